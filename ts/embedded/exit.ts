/**
 * Keeps writes from being lost at `process.exit` or an uncaught error: one listener drains the
 * databases that have pending writes. No finalizer runs at such an exit.
 */

/** An object with pending writes. */
export interface Drained {
  /** Blocks until all of them are durable. */
  drain(): void
}

const active = new Set<Drained>()
let listening = false

/** Drains `writes` if the process exits. */
export function drainAtExit(writes: Drained): void {
  active.add(writes)
  if (listening) return
  listening = true
  process.on('exit', drainAll)
}

/** Called when `writes` has no pending writes any more. */
export function forgetAtExit(writes: Drained): void {
  active.delete(writes)
}

function drainAll(): void {
  for (const writes of active) writes.drain()
}
