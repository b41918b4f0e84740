/**
 * The entry `histo-revisions/graph`: the graph algorithms alone, over refs of any kind.
 *
 * @packageDocumentation
 */

export {
  type CommitGraph,
  createGraph,
  type GraphHistoryOptions,
  type GraphItem,
  type GraphRevision
} from './commit-graph/commit-graph.js'
