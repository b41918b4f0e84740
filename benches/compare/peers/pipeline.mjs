/** Keeps versions in flight, for all rivals that accept batches. */

/** Batches in flight. */
const batches = 4

/**
 * Passes `all` to `write`, in order, with at most `flight` of them not acknowledged; `write` takes a batch and
 * resolves with its refs once it is durable. One in flight is one a batch.
 */
export async function pipelined(all, flight, write) {
  const size = Math.max(1, Math.floor(flight / batches))
  const [refs, going] = [[], []]
  const settle = async () => {
    for (const ref of await going.shift()) refs.push(ref)
  }
  for (let at = 0; at < all.length; at += size) {
    if (going.length >= (flight === 1 ? 1 : batches)) await settle()
    going.push(write(all.slice(at, at + size)))
  }
  while (going.length > 0) await settle()
  return refs
}

/** As `pipelined`, for rivals that allow one call at a time: batches of `flight`. */
export async function batched(all, flight, write) {
  const refs = []
  for (let at = 0; at < all.length; at += flight) {
    for (const ref of await write(all.slice(at, at + flight))) refs.push(ref)
  }
  return refs
}
