/** This package. */

import { join } from 'node:path'
import { createDB, jsonMerge } from '../../../../target/benches/lib/database.js'
import { pipelined } from '../pipeline.mjs'

export const how = "`putMany`, 4 calls in flight; one by one `put`; durability `'sync'`"

export async function open(path) {
  const db = await createDB({ path: join(path, 'db') }).ready()
  return {
    put: (all, flight) =>
      pipelined(all, flight, (batch) =>
        flight === 1
          ? db.put(batch[0]).then((ref) => [ref])
          : db.putMany(batch.map((data) => ({ data })))
      ),
    get: (ref) => db.get(ref),
    getMany: (refs) => db.getMany(refs),
    head: () => db.head(),
    close: () => db.close(),
    fork: (each) => fork(db, each)
  }
}

/** Two branches, `each` revisions apart from a common one; a function that asks for it. */
async function fork(db, each) {
  const base = await db.put('base')
  const branch = async (name) => {
    let ref = base
    for (let number = 0; number < each; number += 1) {
      ref = await db.put(`${name} ${number}`, [ref], { moveHead: false })
    }
    return ref
  }
  const [main, side] = [await branch('main'), await branch('side')]
  return { base, ask: () => db.commonAncestor(main, side) }
}

/** A history of which only the shape counts: `parents` are numbers. */
export async function loadGraph(path, parents) {
  const db = await createDB({ path: join(path, 'graph'), durability: 'relaxed' }).ready()
  const refs = []
  const numberOf = new Map()
  for (const [number, above] of parents.entries()) {
    const ancestors = above.map((parent) => refs[parent])
    refs.push(await db.put(number, ancestors, { moveHead: false }))
    numberOf.set(refs[number], number)
  }
  return {
    mergeBases: async (a, b) =>
      (await db.mergeBases(refs[a], refs[b])).map((ref) => numberOf.get(ref)),
    difference: async (from, to) => (await db.refDifference(refs[from], refs[to])).length,
    close: () => db.close()
  }
}

/** Reads, writes and merges of a service. */
export async function openMixed(path) {
  const db = await createDB({ path: join(path, 'mixed') }).ready()
  const resolve = jsonMerge({ onConflict: 'theirs' })
  return {
    read: (ref) => db.get(ref),
    // Tried again where a merge moves the head first.
    write: (data) => db.update(() => data),
    fork: (from, data) => db.put(data, [from], { moveHead: false }),
    merge: async (ref) => (await db.merge(ref, resolve)).ref,
    close: () => db.close()
  }
}
