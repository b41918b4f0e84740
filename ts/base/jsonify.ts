/**
 * The types of data: of what may be put, and of what is read after it has been through JSON.
 *
 * Arrays are distinguished from tuples, since a mapped type over an array is evaluated at once and would never end on
 * a type that contains itself.
 */

type IsAny<T> = 0 extends 1 & T ? true : false

/** Types that JSON does not change. */
type Primitive = string | number | boolean | null

type AnyFunction = (...args: never[]) => unknown

/** Types that JSON leaves out as a member and turns into `null` as an element. */
type LeftOut = AnyFunction | symbol | undefined

interface WithJson {
  toJSON(key: string): unknown
}

/** A typed array of numbers: inside data, JSON makes an object of it with a member for each number. */
interface View {
  readonly buffer: unknown
  readonly byteLength: number
  readonly [index: number]: number
}

/**
 * Types that throw in `JSON.stringify`, or lose their content. `WeakRef` and buffers are described by their members,
 * so that a caller needs no newer `lib`.
 */
type Foreign =
  | bigint
  | PromiseLike<unknown>
  | ReadonlyMap<never, unknown>
  | ReadonlySet<unknown>
  | WeakMap<never, unknown>
  | WeakSet<never>
  | { deref(): unknown; readonly [Symbol.toStringTag]: string }
  | { readonly byteLength: number; readonly buffer?: undefined; slice(begin: number): unknown }
  | Iterator<unknown, unknown, never>
  | AsyncIterable<unknown>

/** The type that is read for a `T` inside of data. */
type Inside<T> =
  IsAny<T> extends true
    ? T
    : unknown extends T
      ? T
      : T extends Primitive | undefined
        ? T
        : T extends { toJSON(key: string): infer R }
          ? Inside<R>
          : T extends Foreign | LeftOut
            ? never
            : T extends View
              ? Record<string, number>
              : T extends readonly unknown[]
                ? Elements<T>
                : { [K in keyof T as Kept<K, T[K]>]: Inside<T[K]> }

type Elements<T extends readonly unknown[]> = number extends T['length']
  ? T extends unknown[]
    ? Element<T[number]>[]
    : readonly Element<T[number]>[]
  : { [K in keyof T]: Element<T[K]> }

type Element<T> = T extends LeftOut ? null : Inside<T>

/** The key of a member, or `never` if JSON leaves the member out. */
type Kept<K, T> = K extends symbol
  ? never
  : IsAny<T> extends true
    ? K
    : [T] extends [never]
      ? K
      : [T] extends [AnyFunction | symbol]
        ? never
        : K

/** `Jsonify`, written out member by member. */
type Read<T> = T extends Uint8Array ? Uint8Array : T extends LeftOut ? never : Inside<T>

/**
 * The type that is read if a `T` was put: that of the data after a round trip through JSON. A `Date` is read as
 * a `string`, an object with `toJSON` as the result of that, an object without its functions, a `Uint8Array` as
 * one. A type that JSON does not change stays the same.
 *
 * @example
 * ```ts
 * import type { Jsonify } from 'histo-revisions'
 *
 * interface Task { title: string; due: Date }
 * type TaskAsRead = Jsonify<Task> // { title: string; due: string }
 * ```
 */
export type Jsonify<T> = IsAny<T> extends true ? T : [Read<T>] extends [T] ? T : Read<T>

/** At each place `T` or the type that is read there, as in `{ ...read, due: new Date() }`. */
type Mixed<T> =
  IsAny<T> extends true
    ? T
    : [Read<T>] extends [T]
      ? T
      : T extends Primitive | View | LeftOut | WithJson
        ? T | Inside<T>
        : T extends readonly unknown[]
          ? number extends T['length']
            ? readonly Mixed<T[number]>[]
            : { [K in keyof T]: Mixed<T[K]> }
          : { [K in keyof T]: Mixed<T[K]> }

/** `T` with `never` for each part that JSON cannot represent. */
type Checked<T> = unknown extends T
  ? unknown
  : T extends Primitive | View | LeftOut | WithJson
    ? T
    : T extends Foreign
      ? never
      : T extends readonly (infer E)[]
        ? readonly Checked<E>[]
        : { [K in keyof T]: Checked<T[K]> }

/** `Checked` for the whole data, which cannot be `undefined`, a function or a view other than `Uint8Array`. */
type CheckedWhole<T> = T extends Uint8Array ? T : T extends LeftOut | View ? never : Checked<T>

/**
 * The bound of a type of data: JSON must be able to represent all of it, at any depth. It is `unknown` for such a
 * type, and for a type parameter of the caller; otherwise a text that says what is wrong.
 */
export type Jsonable<T> = true extends ([T] extends [CheckedWhole<T>] ? false : true)
  ? 'JSON has no form for a part of this, such as a Map, a Set, a promise or a bigint'
  : unknown

/** The data that can be put into a database: of its own type, of the type that is read, or a mixture. */
export type Storable<In, Out = Jsonify<In>> = In | Out | Mixed<In>
