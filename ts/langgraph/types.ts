/**
 * Configurations and tuples of `HistoSaver`: those of LangGraph, without the parts that differ between its declarations
 * for `import` and for `require`, so that they fit both.
 */

import type { CheckpointPendingWrite, CheckpointTuple } from '@langchain/langgraph-checkpoint'

/** LangGraph's `RunnableConfig`: `configurable` has `thread_id`, `checkpoint_ns` and `checkpoint_id`. */
export interface ThreadConfig {
  readonly configurable?: Readonly<Record<string, unknown>> | undefined
}

/** The configuration of an existing checkpoint. */
export interface CheckpointConfig {
  configurable: Record<'thread_id' | 'checkpoint_ns' | 'checkpoint_id', string>
}

/** LangGraph's `CheckpointTuple`. */
export interface SavedCheckpoint extends Omit<CheckpointTuple, 'config' | 'parentConfig'> {
  config: CheckpointConfig
  parentConfig?: CheckpointConfig
}

/** LangGraph's `CheckpointListOptions`. */
export interface ThreadListOptions {
  /**
   * Most checkpoints to return.
   *
   * @default Infinity
   */
  readonly limit?: number | undefined
  /** Only those with smaller ids than the one in `configurable`. */
  readonly before?: ThreadConfig | undefined
  /** Only those whose metadata has these members. */
  readonly filter?: Readonly<Record<string, unknown>> | undefined
}

/** The argument of `getDeltaChannelHistory`. */
export interface DeltaChannelQuestion {
  config: ThreadConfig
  channels: string[]
}

/** LangGraph's `DeltaChannelHistory`, which not all its versions declare. */
export interface DeltaChannelHistory {
  /** Oldest first. */
  writes: CheckpointPendingWrite[]
  /** The value before them; missing if the channel was never saved whole. */
  seed?: unknown
}

/** The result of `getDeltaChannelHistory`, by channel. */
export type DeltaChannelHistories = Record<string, DeltaChannelHistory>
