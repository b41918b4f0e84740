/**
 * What is to be put in order if a signal ends the command: a bar on the terminal, a file that is half written.
 *
 * Signals have their usual effect where nothing is registered, and after all was put in order.
 */

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const cleanUps = new Set<() => void>()

/**
 * Registers what a signal makes of an unfinished work; it is synchronous, since nothing is waited for then. Returns what
 * withdraws it.
 */
export function ifInterrupted(cleanUp: () => void): () => void {
  if (cleanUps.size === 0) for (const signal of signals) process.on(signal, end)
  cleanUps.add(cleanUp)
  return () => {
    if (!cleanUps.delete(cleanUp) || cleanUps.size > 0) return
    for (const signal of signals) process.off(signal, end)
  }
}

/** Puts all in order, the last first, and lets the signal end the process. */
function end(signal: NodeJS.Signals): void {
  for (const cleanUp of [...cleanUps].reverse()) cleanUp()
  cleanUps.clear()
  for (const each of signals) process.off(each, end)
  process.kill(process.pid, signal)
}
