/**
 * The basic types of the API: ref, revision, callback.
 */

/** The address of a revision; in the built-in stores 64 lower-case hexadecimal digits. */
export type Ref = string

/**
 * A JSON object that is stored beside the data of a revision, such as who wrote it, when and why. It is the writer's
 * claim: nothing vouches for it. At most 64 KiB of JSON.
 */
export type Meta = Readonly<Record<string, unknown>>

/**
 * A revision as it is read: its address, the addresses of its direct ancestors in order, its data, and its meta
 * if it has one.
 */
export interface Revision<T> {
  readonly ref: Ref
  readonly ancestors: readonly Ref[]
  readonly data: T
  readonly meta?: Meta
}

/**
 * Called by an asynchronous call instead of returning a promise: exactly once, never before the
 * call has returned, with `error === null` on success.
 */
export type Callback<R> = (error: Error | null, result: R) => void
