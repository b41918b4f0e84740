/**
 * A device that loses power: what of a recorded file's writes is on it at some moment.
 *
 * What was written before the last sync that had ended is there. Of all later writes each is there,
 * missing, or torn at sectors of 512 bytes or 4 KiB, in any order. Nothing else is assumed.
 */

import type { Event } from './recorder.js'

/** The remaining file, and the acknowledgements before the loss. */
export interface Remains {
  /** The file; `undefined` where it had not got its place. */
  readonly image: Buffer | undefined
  /** Writes that were acknowledged before. */
  readonly acknowledged: readonly string[]
  /** How many of these were acknowledged before the last sync that had ended began. */
  readonly synced: number
  /** How many writes were under way or not synced. */
  readonly pending: number
}

/** How the device behaves. */
export interface Device {
  /** Bytes that are written whole or not at all. */
  readonly sector: 512 | 4096
  /** Numbers from 0 to below 1. */
  readonly random: () => number
  /** To see that a test can fail: syncs of this kind do nothing. */
  readonly ignores?: 'syncs' | 'synced writes' | undefined
}

type Write = Extract<Event, { kind: 'write' }>

/** Plays a record again and loses power at each of `moments`, numbers of events in ascending order. */
export function* powerLosses(
  events: readonly Event[],
  moments: readonly number[],
  device: Device
): Generator<Remains> {
  const disk = new Disk(device)
  let done = 0
  for (const moment of moments) {
    for (const event of events.slice(done, moment)) disk.take(event)
    done = moment
    yield disk.remains()
  }
}

class Disk {
  readonly #device: Device
  #durable: Buffer = Buffer.alloc(0)
  #pending: Write[] = []
  /** Writes that the sync under way covers, and what was acknowledged when it began. */
  #covered: Write[] = []
  #acknowledgedBefore = 0
  #synced = 0
  #isLinked = false
  readonly #acknowledged: string[] = []

  constructor(device: Device) {
    this.#device = device
  }

  take(event: Event): void {
    const { ignores } = this.#device
    switch (event.kind) {
      case 'write':
        this.#pending.push(event)
        break
      case 'written':
        if (ignores !== 'synced writes') this.#harden(this.#pending.filter(({ syncs }) => syncs))
        break
      case 'sync':
        this.#covered = [...this.#pending]
        this.#acknowledgedBefore = this.#acknowledged.length
        break
      case 'synced':
        if (ignores === 'syncs') break
        this.#harden(this.#covered)
        this.#synced = this.#acknowledgedBefore
        break
      case 'linked':
        this.#isLinked = true
        break
      case 'acknowledged':
        this.#acknowledged.push(...event.lines)
    }
  }

  remains(): Remains {
    const { length: pending } = this.#pending
    const told = { acknowledged: [...this.#acknowledged], synced: this.#synced, pending }
    if (!this.#isLinked) return { image: undefined, ...told }
    const { random } = this.#device
    let image: Buffer = Buffer.from(this.#durable)
    const order = this.#pending.map((write) => ({ write, place: random() }))
    for (const { write } of order.toSorted((a, b) => a.place - b.place)) {
      const fate = random()
      if (fate < 0.35) continue
      image = fate < 0.65 ? written(image, write.offset, write.bytes) : this.#torn(image, write)
    }
    return { image, ...told }
  }

  #torn(image: Buffer, { offset, bytes }: Write): Buffer {
    const { sector, random } = this.#device
    let torn = image
    for (let at = 0; at < bytes.length; ) {
      const next = Math.min(bytes.length, at + sector - ((offset + at) % sector))
      if (random() < 0.5) torn = written(torn, offset + at, bytes.subarray(at, next))
      at = next
    }
    return torn
  }

  #harden(writes: readonly Write[]): void {
    for (const { offset, bytes } of writes) this.#durable = written(this.#durable, offset, bytes)
    this.#pending = this.#pending.filter((write) => !writes.includes(write))
  }
}

/** `image` with bytes written to it, in place where it is long enough; a gap is zeros. */
function written(image: Buffer, offset: number, bytes: Buffer): Buffer {
  const end = offset + bytes.length
  const long = end > image.length ? Buffer.concat([image, Buffer.alloc(end - image.length)]) : image
  bytes.copy(long, offset)
  return long
}

/** Numbers from 0 to below 1 that a seed brings again. Source: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
