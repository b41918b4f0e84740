/**
 * Nothing handed over is lost at `process.exit` or an uncaught error: one listener drains the
 * databases that have writes in flight. No finalizer runs at such an exit.
 */

/** What has writes in flight. */
export interface Drained {
  /** Blocks until all of them are durable. */
  drain(): void
}

const active = new Set<Drained>()
let listening = false

/** Has `writes` drained should the process exit now. */
export function drainAtExit(writes: Drained): void {
  active.add(writes)
  if (listening) return
  listening = true
  process.on('exit', drainAll)
}

/** Nothing of `writes` is in flight any more. */
export function forgetAtExit(writes: Drained): void {
  active.delete(writes)
}

function drainAll(): void {
  for (const writes of active) writes.drain()
}
