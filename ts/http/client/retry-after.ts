/**
 * The header `Retry-After`: how long a server, or a proxy before it, asks to wait.
 */

/** Milliseconds in a second. */
const second = 1000

/** Reads the header, in seconds or as a date relative to the answer's own `Date`; 0 if it is missing. */
export function retryAfter(header: (name: string) => string | null): number {
  const told = header('retry-after')?.trim() ?? ''
  if (/^\d{1,9}$/.test(told)) return Number(told) * second
  const [then, now] = [Date.parse(told), Date.parse(header('date') ?? '')]
  if (Number.isNaN(then)) return 0
  return Math.max(0, then - (Number.isNaN(now) ? Date.now() : now))
}
