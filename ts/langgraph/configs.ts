/**
 * The parts of LangGraph's configurations that name a checkpoint, checked.
 */

import { getCheckpointId } from '@langchain/langgraph-checkpoint'
import { described, isRecord } from '../base/arguments.js'
import type { Place } from './names.js'
import type { CheckpointConfig, ThreadConfig } from './types.js'

/** The ids in a configuration; `undefined` if not given. */
interface Asked {
  readonly thread: string | undefined
  readonly namespace: string | undefined
  readonly id: string | undefined
}

/**
 * Returns the ids in a configuration; an empty checkpoint id counts as none.
 *
 * @throws {TypeError} if one is not well-formed text, or the thread's is empty
 */
export function askedBy(config: ThreadConfig): Asked {
  if (!isRecord(config)) throw new TypeError(`config must be an object, not ${described(config)}`)
  const { configurable } = config as ThreadConfig
  const thread = optionalId(configurable?.['thread_id'], 'thread_id')
  if (thread === '') throw new TypeError('thread_id must not be empty')
  const namespace = optionalId(configurable?.['checkpoint_ns'], 'checkpoint_ns')
  const id = optionalId(getCheckpointId({ configurable: { ...configurable } }), 'checkpoint_id')
  return { thread, namespace, id: id === '' ? undefined : id }
}

/**
 * Returns the place that a configuration names, by default with the namespace `''`, and the checkpoint there.
 *
 * @throws {TypeError} if it names no thread, or as `askedBy` does
 */
export function placeIn(config: ThreadConfig, call: string): Place & Pick<Asked, 'id'> {
  const { thread, namespace = '', id } = askedBy(config)
  if (thread === undefined) {
    throw new TypeError(`${call} needs the thread: config.configurable.thread_id is missing`)
  }
  return { thread, namespace, id }
}

/** Checks that a value can be an id. */
export function idArgument(value: unknown, what: string): string {
  const id = optionalId(value, what)
  if (id === undefined || id === '') throw new TypeError(`${what} must be a text that is not empty`)
  return id
}

function optionalId(value: unknown, what: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') {
    throw new TypeError(`${what} must be a string, not ${described(value)}`)
  }
  if (value.isWellFormed()) return value
  throw new TypeError(`${what} must be well-formed: it has a lone surrogate`)
}

/** The configuration of a checkpoint. */
export function configOf({ thread, namespace }: Place, id: string): CheckpointConfig {
  return { configurable: { thread_id: thread, checkpoint_ns: namespace, checkpoint_id: id } }
}
