/**
 * Limits of all requests to a database together, over all its handlers.
 */

import type { EngineState } from '../../engine.js'
import { Room } from './room.js'
import { Stagger } from './stagger.js'

const mebibyte = 1024 * 1024

/** The rooms that requests share: amounts of a resource. */
export interface Rooms {
  /** Bytes of lists of refs in requests, and of what is made of them. */
  readonly lists: Room
  /** Lookups of long lists, one at a time. */
  readonly lookups: Room
  /** Bytes of pushes that are not committed yet. */
  readonly pushes: Room
  /** Pushes larger than that room, one at a time. */
  readonly huge: Room
  /** Long walks. */
  readonly walks: Room
  /** Bytes of refs found by walks and not sent yet. */
  readonly found: Room
  /** Bytes of the latest texts of streams that have changes of them. */
  readonly texts: Room
  /** Bytes of answers that are made and not read yet. */
  readonly answers: Room
}

/** The rooms, and the turns of work. */
export interface Crowd extends Rooms {
  readonly stagger: Stagger
}

/** Bytes of each room of bytes, except `found`. */
export const roomBytes: number = 64 * mebibyte
/** Bytes of the texts that one stream keeps. */
export const textsBytes: number = 8 * mebibyte
/** Bytes of found refs: a million revisions. Beyond that each walk would take some 30 MB, found and sent. */
const foundBytes = 8 * mebibyte

const crowds = new WeakMap<EngineState, Crowd>()

/** The limits of a database's requests. */
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
    texts: new Room(roomBytes, 64),
    answers: new Room(roomBytes, 256),
    stagger: new Stagger()
  }
  crowds.set(engine, made)
  return made
}
