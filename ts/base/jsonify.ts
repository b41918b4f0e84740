/**
 * The types of data: what may be put, and what is read again after it has been through JSON.
 *
 * Arrays are told from tuples, since a mapped type over an array is worked out at once and would never end on
 * a type that contains itself.
 */

type IsAny<T> = 0 extends 1 & T ? true : false

/** Stays what it is. */
type Primitive = string | number | boolean | null

type AnyFunction = (...args: never[]) => unknown

/** JSON leaves it out as a member, and makes `null` of it as an element. */
type LeftOut = AnyFunction | symbol | undefined

interface WithJson {
  toJSON(key: string): unknown
}

/** A typed array of numbers: an object with a member for each where it is inside of data. */
interface View {
  readonly buffer: unknown
  readonly byteLength: number
  readonly [index: number]: number
}

/**
 * Throws in `JSON.stringify`, or loses all that it holds. `WeakRef` and buffers are described by their members,
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

/** The value that JSON gives back for one inside of data. */
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

/** The key of a member, unless it or its value is nothing to JSON. */
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
 * The type that is read where a `T` was put: the result of `JSON.parse` over `JSON.stringify(data)`. A `Date` is read as
 * a `string`, an object with `toJSON` as its result, an object without its functions, a `Uint8Array` as
 * one. A type that JSON does not change stays the type that it is.
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

/** At each place `T` or what is read there, as in `{ ...read, due: new Date() }`. */
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

/** `T` with `never` in the place of each part that JSON has no form for. */
type Checked<T> = unknown extends T
  ? unknown
  : T extends Primitive | View | LeftOut | WithJson
    ? T
    : T extends Foreign
      ? never
      : T extends readonly (infer E)[]
        ? readonly Checked<E>[]
        : { [K in keyof T]: Checked<T[K]> }

/** `Checked` of all of the data, which cannot be `undefined`, a function or a view of another kind. */
type CheckedWhole<T> = T extends Uint8Array ? T : T extends LeftOut | View ? never : Checked<T>

/**
 * The bound of a type of data: nothing in it, at any depth, that JSON has no form for. `unknown` for each such
 * type, and for a type parameter of the caller's; else a text that says what is wrong.
 */
export type Jsonable<T> = true extends ([T] extends [CheckedWhole<T>] ? false : true)
  ? 'JSON has no form for a part of this, such as a Map, a Set, a promise or a bigint'
  : unknown

/** The data that a database takes: of its own type, of the type that is read, or both mixed. */
export type Storable<In, Out = Jsonify<In>> = In | Out | Mixed<In>
