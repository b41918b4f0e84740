/**
 * The pending writes of a checkpoint, as the data of a revision: `{ writes: [[task, path, index, channel, value, type?]] }`.
 */

import {
  type CheckpointPendingWrite,
  type PendingWrite,
  WRITES_IDX_MAP
} from '@langchain/langgraph-checkpoint'
import { compareNames } from '../base/names.js'
import { parseJson } from '../base/parse.js'
import type { Payload } from '../engine.js'
import { members, type Values } from './values.js'

/** One write: its task and the task's path, its index among the task's writes, its channel, its value. */
export interface Write {
  readonly task: string
  readonly path: string
  /** Below 0 for writes of LangGraph itself, such as errors and interrupts. */
  readonly index: number
  readonly channel: string
  readonly value: unknown
  /** The serializer's type, if the value is stored as a string instead of JSON. */
  readonly type: string | undefined
}

/** Serializes the writes of a task. */
export async function writesOf(
  values: Values,
  given: readonly PendingWrite[],
  task: string,
  path: string
): Promise<Write[]> {
  return await Promise.all(
    given.map(async ([channel, value], place) => {
      const { text, type } = await values.store(value, false)
      // Not what its prototype has: a channel may be named `constructor`.
      const special = Object.hasOwn(WRITES_IDX_MAP, channel) ? WRITES_IDX_MAP[channel] : undefined
      const index = special ?? place
      return { task, path, index, channel, value: parseJson(text) as unknown, type }
    })
  )
}

/**
 * All writes, in the order in which LangGraph applies them. Of two writes of a task with the same index the first stays;
 * of LangGraph's own writes the last.
 */
export function joined(before: readonly Write[], later: readonly Write[]): Write[] {
  const byKey = new Map<string, Write>()
  for (const write of before) byKey.set(keyOf(write), write)
  for (const write of later) {
    if (write.index < 0 || !byKey.has(keyOf(write))) byKey.set(keyOf(write), write)
  }
  return [...byKey.values()].toSorted(
    (one, other) =>
      compareNames(one.path, other.path) ||
      compareNames(one.task, other.task) ||
      one.index - other.index
  )
}

/** The JSON of the data; `opaque`: values as strings, if the database cannot represent them as JSON. */
export function storeWrites(writes: readonly Write[], opaque: boolean): string {
  const rows = writes.map(({ task, path, index, channel, value, type }) => {
    const row = [task, path, index, channel]
    if (type !== undefined) return [...row, value, type]
    return opaque ? [...row, JSON.stringify(value), 'json'] : [...row, value]
  })
  return JSON.stringify({ writes: rows })
}

/** The writes of a revision's data. */
export function readWrites(payload: Payload): Write[] {
  const text = typeof payload === 'string' ? payload : Buffer.from(payload).toString()
  const { writes } = members(parseJson(text))
  const rows = Array.isArray(writes) ? (writes as unknown[]) : []
  return rows.filter(Array.isArray).map(([task, path, index, channel, value, type]: unknown[]) => ({
    task: String(task),
    path: String(path),
    index: Number(index),
    channel: String(channel),
    value,
    type: typeof type === 'string' ? type : undefined
  }))
}

/** Writes in LangGraph's form. */
export async function pendingOf(
  values: Values,
  writes: readonly Write[]
): Promise<CheckpointPendingWrite[]> {
  return await Promise.all(
    writes.map(
      async ({ task, channel, value, type }): Promise<CheckpointPendingWrite> => [
        task,
        channel,
        await values.load({ value, type })
      ]
    )
  )
}

function keyOf({ task, index }: Write): string {
  return `${index} ${task}`
}
