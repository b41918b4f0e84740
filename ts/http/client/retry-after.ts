/**
 * How long a server, or what stands before it, wants not to be asked: the header `Retry-After`.
 */

/** Milliseconds in a second. */
const second = 1000

/** Of a header that tells seconds or a date, which is held to the time that the answer itself tells; 0 for none. */
export function retryAfter(header: (name: string) => string | null): number {
  const told = header('retry-after')?.trim() ?? ''
  if (/^\d{1,9}$/.test(told)) return Number(told) * second
  const [then, now] = [Date.parse(told), Date.parse(header('date') ?? '')]
  if (Number.isNaN(then)) return 0
  return Math.max(0, then - (Number.isNaN(now) ? Date.now() : now))
}
