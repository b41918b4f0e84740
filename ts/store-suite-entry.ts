/**
 * The entry `histo-revisions/store-suite`: the conformance suite for stores that users write.
 *
 * @packageDocumentation
 */

export type { OptionalMethod, SuiteOptions, SuiteStores, Supports } from './suite/options.js'
export { testStores } from './suite/test-stores.js'
