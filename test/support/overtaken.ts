/** Stores whose log others overtake: between reading it and what follows, something else is done. */

import type { BranchStore, LogRange } from '../../ts/index.js'

/** The stores, which await `between` after each `readLog`, before its answer is given. */
export function overtaken<S extends { readonly branchStore: BranchStore }>(
  stores: S,
  between: () => Promise<void>
): S {
  const { branchStore } = stores
  const readLog = async (range: LogRange) => {
    const read = branchStore.readLog as (this: BranchStore, range: LogRange) => unknown
    const found = await read.call(branchStore, range)
    await between()
    return found
  }
  const get = (target: BranchStore, name: string) => {
    if (name === 'readLog') return readLog
    const member: unknown = Reflect.get(target, name, target)
    return typeof member === 'function' ? member.bind(target) : member
  }
  return { ...stores, branchStore: new Proxy(branchStore, { get }) as BranchStore }
}
