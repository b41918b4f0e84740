/** The package, for `benches/compare`, which as a package of its own cannot name it. */

export { createDB, createSynchronizer } from 'histo-revisions'
export { connect, createListener } from 'histo-revisions/http'
export { jsonMerge } from 'histo-revisions/json'
