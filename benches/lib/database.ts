/** The package, for `benches/compare`, which as a package of its own cannot name it. */

export { createDB } from 'histo-revisions'
