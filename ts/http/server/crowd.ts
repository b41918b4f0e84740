/**
 * What all requests to a database together may take of the process, through however many handlers.
 */

import type { EngineState } from '../../engine.js'
import { Room } from './room.js'
import { Stagger } from './stagger.js'

const mebibyte = 1024 * 1024

/** The rooms that requests share. */
export interface Rooms {
  /** Bytes of lists of refs that were asked with, and of what is made of them. */
  readonly lists: Room
  /** Long lists that are looked up, one at a time. */
  readonly lookups: Room
  /** Bytes that came in pushes and are not committed. */
  readonly pushes: Room
  /** A push of more than may be in there, one at a time. */
  readonly huge: Room
  /** Walks that may be long. */
  readonly walks: Room
  /** Bytes of what walks found, until it is told. */
  readonly found: Room
  /** Bytes of answers that are made and not taken. */
  readonly answers: Room
}

/** The rooms, and who makes something now. */
export interface Crowd extends Rooms {
  readonly stagger: Stagger
}

/** Bytes of each room of bytes, */
export const roomBytes: number = 64 * mebibyte
/** but for what walks found: a million revisions. More at once take some 30 MB a walk, found and sent. */
const foundBytes = 8 * mebibyte

const crowds = new WeakMap<EngineState, Crowd>()

/** The crowd at a database. */
export function crowdOf(engine: EngineState): Crowd {
  const known = crowds.get(engine)
  if (known !== undefined) return known
  const made: Crowd = {
    lists: new Room(roomBytes, 64),
    lookups: new Room(1, 64),
    pushes: new Room(roomBytes, 64),
    huge: new Room(1, 8),
    walks: new Room(4, 64),
    found: new Room(foundBytes, 64),
    answers: new Room(roomBytes, 256),
    stagger: new Stagger()
  }
  crowds.set(engine, made)
  return made
}
