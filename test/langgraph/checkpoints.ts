/** Checkpoints for tests, with ids in the order that they are made. */

import type { RunnableConfig } from '@langchain/core/runnables'
import type { Checkpoint, CheckpointMetadata } from '@langchain/langgraph-checkpoint'
import type { HistoSaver } from '../../ts/langgraph-entry.js'

/** A configuration of a thread, and of a checkpoint in it. */
export function configOf(thread: string, id?: string, namespace = ''): RunnableConfig {
  const named = id === undefined ? {} : { checkpoint_id: id }
  return { configurable: { thread_id: thread, checkpoint_ns: namespace, ...named } }
}

/** A checkpoint whose channels are `values`. */
export function checkpointOf(id: string, values: Record<string, unknown> = {}): Checkpoint {
  return {
    v: 4,
    id,
    ts: '2026-11-29T12:00:00.000Z',
    channel_values: values,
    channel_versions: Object.fromEntries(Object.keys(values).map((name) => [name, 1])),
    versions_seen: {}
  }
}

/** Metadata of a step. */
export function metadataOf(step = 0): CheckpointMetadata {
  return { source: 'loop', step, parents: {} }
}

/** Puts a checkpoint after the one that `config` names. */
export async function putTo(
  saver: HistoSaver,
  config: RunnableConfig,
  id: string,
  values: Record<string, unknown> = { n: id }
): Promise<RunnableConfig> {
  const checkpoint = checkpointOf(id, values)
  return await saver.put(config, checkpoint, metadataOf(), checkpoint.channel_versions)
}

/** Puts checkpoints one after another; returns the last one's configuration. */
export async function putChain(saver: HistoSaver, config: RunnableConfig, ids: readonly string[]) {
  let at = config
  for (const id of ids) at = await putTo(saver, at, id)
  return at
}

/** The ids of what is listed. */
export async function idsIn(saver: HistoSaver, config: RunnableConfig, options = {}) {
  const ids: string[] = []
  for await (const { checkpoint } of saver.list(config, options)) ids.push(checkpoint.id)
  return ids
}
