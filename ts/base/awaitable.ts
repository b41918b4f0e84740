/**
 * Values that are available now or later, so that one code path serves callees that return a value and those that
 * return a promise.
 */

/** A value or a promise of it. A function that returns one may throw instead of rejecting. */
export type Awaitable<R> = R | Promise<R>

/** Calls `next` with the value, at once or when its promise is fulfilled. */
export function after<A, B>(value: Awaitable<A>, next: (value: A) => Awaitable<B>): Awaitable<B> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Calls `next` with the value of `run`, or `failed` with the error that it throws or rejects with. */
export function tried<A, B>(
  run: () => Awaitable<A>,
  next: (value: A) => Awaitable<B>,
  failed: (error: unknown) => Awaitable<B>
): Awaitable<B> {
  let value: Awaitable<A>
  try {
    value = run()
  } catch (error) {
    return failed(error)
  }
  return value instanceof Promise ? value.then(next, failed) : next(value)
}

/** Calls `step` with each item, one after another. The first failure ends it. */
export function inTurn<I>(
  items: Iterable<I>,
  step: (item: I) => Awaitable<unknown>
): Promise<void> | undefined {
  const rest = items[Symbol.iterator]()
  for (let next = rest.next(); next.done !== true; next = rest.next()) {
    const running = step(next.value)
    if (running instanceof Promise) return goOn(running, rest, step)
  }
  return undefined
}

async function goOn<I>(
  first: Promise<unknown>,
  rest: Iterator<I>,
  step: (item: I) => Awaitable<unknown>
): Promise<void> {
  await first
  for (let next = rest.next(); next.done !== true; next = rest.next()) {
    const running = step(next.value)
    if (running instanceof Promise) await running
  }
}
