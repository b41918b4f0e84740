/**
 * The entry `histo-revisions/langgraph`: a checkpointer for LangGraph.
 *
 * @packageDocumentation
 */

export { HistoSaver } from './langgraph/saver.js'
export type {
  CheckpointConfig,
  DeltaChannelHistories,
  DeltaChannelHistory,
  DeltaChannelQuestion,
  SavedCheckpoint,
  ThreadConfig,
  ThreadListOptions
} from './langgraph/types.js'
