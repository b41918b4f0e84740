/**
 * A service through which several clients read, write and merge one document of 2 KB: the operations and, for databases
 * without versions, a merge as an application would make it.
 */

const fields = 20
const words =
  'A field of a document that several people edit at the same time, each another one of them. '

/** The initial document. */
export const first = () =>
  Object.fromEntries(Array.from({ length: fields }, (_, field) => [`field ${field}`, `${words}0`]))

/** The document with one field changed, as the `number`th write. */
export const edited = (data, number, field = number % fields) => ({
  ...data,
  [`field ${field}`]: `${words}${number}`
})

/** Members that they changed are theirs. */
function mergeData(base, ours, theirs) {
  const merged = { ...ours }
  for (const [key, value] of Object.entries(theirs)) {
    if (value !== base[key]) merged[key] = value
  }
  return merged
}

/**
 * Versions over a store: `read(ref)` returns `{ parents, data }`, `write({ parents, data }, movesHead)` a ref once it is
 * durable. Merges walk from both sides, the latest first by `order(ref)`.
 */
export function versionsOver({ read, write, order }) {
  let last
  /** One writer at a time moves the head. */
  let turn = Promise.resolve()
  const inTurn = (work) => {
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine
  }
  const onHead = (make) =>
    inTurn(async () => {
      last = await write(await make(last), true)
      return last
    })
  return {
    read: async (ref) => (await read(ref)).data,
    write: (data) => onHead((ref) => ({ parents: ref === undefined ? [] : [ref], data })),
    fork(from, data) {
      return write({ parents: [from], data }, false)
    },
    merge: (theirs) =>
      onHead(async (ours) => {
        const base = await baseOf(ours, theirs)
        const [a, b, c] = await Promise.all([base, ours, theirs].map(read))
        return { parents: [ours, theirs], data: mergeData(a.data, b.data, c.data) }
      })
  }

  async function baseOf(a, b) {
    const sides = new Map([[a, 1]])
    sides.set(b, (sides.get(b) ?? 0) | 2)
    const queue = [...new Set([a, b])]
    while (queue.length > 0) {
      queue.sort((left, right) => order(left) - order(right))
      const ref = queue.pop()
      const side = sides.get(ref)
      if (side === 3) return ref
      for (const parent of (await read(ref)).parents) {
        if (!sides.has(parent)) queue.push(parent)
        sides.set(parent, (sides.get(parent) ?? 0) | side)
      }
    }
    throw new Error('the histories share nothing')
  }
}
