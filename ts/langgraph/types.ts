/**
 * Configurations and tuples as `HistoSaver` has them: LangGraph's, without what differs between its declarations for
 * `import` and for `require`, so that users of both can pass it on.
 */

import type { CheckpointPendingWrite, CheckpointTuple } from '@langchain/langgraph-checkpoint'

/** LangGraph's `RunnableConfig`: `configurable` has `thread_id`, `checkpoint_ns` and `checkpoint_id`. */
export interface ThreadConfig {
  readonly configurable?: Readonly<Record<string, unknown>> | undefined
}

/** The configuration of a checkpoint that is there. */
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
   * Most checkpoints to answer.
   *
   * @default Infinity
   */
  readonly limit?: number | undefined
  /** Only those with smaller ids than the one in `configurable`. */
  readonly before?: ThreadConfig | undefined
  /** Only those whose metadata has these members. */
  readonly filter?: Readonly<Record<string, unknown>> | undefined
}

/** What `getDeltaChannelHistory` is asked. */
export interface DeltaChannelQuestion {
  config: ThreadConfig
  channels: string[]
}

/** LangGraph's `DeltaChannelHistory`, which not all its versions declare. */
export interface DeltaChannelHistory {
  /** Oldest first. */
  writes: CheckpointPendingWrite[]
  /** The value before them; not there where the channel never was saved whole. */
  seed?: unknown
}

/** Its answer, by channel. */
export type DeltaChannelHistories = Record<string, DeltaChannelHistory>
