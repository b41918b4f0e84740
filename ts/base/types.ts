/**
 * The basic types of the API: ref, revision, callback.
 */

/** The address of a revision; of the built-in stores 64 lower-case hexadecimal digits. */
export type Ref = string

/** A revision as it is read: its address, the addresses of its direct ancestors in order, its data. */
export interface Revision<T> {
  readonly ref: Ref
  readonly ancestors: readonly Ref[]
  readonly data: T
}

/**
 * Called by an asynchronous call in place of a promise: exactly once, never before the
 * call has returned, with `error === null` on success.
 */
export type Callback<R> = (error: Error | null, result: R) => void
