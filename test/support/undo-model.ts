/** Random moves of heads with undos and redos, beside lists of what each branch has been. */

import { expect } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'

/** The history of a branch's heads in order, and how many moves are undone. */
interface Branch {
  states: (string | null)[]
  undone: number
}

/** The seeds of random calls: some, and with `HISTO_LONG` a hundred times as many. */
export function seedsOf(count: number): number[] {
  const length = process.env['HISTO_LONG'] === '1' ? 100 * count : count
  return Array.from({ length }, (_, n) => n + 1)
}

/** Branches as one would write them down. */
export class Model {
  readonly branches = new Map<string, Branch>()

  of(name: string): Branch {
    const known = this.branches.get(name) ?? { states: [null], undone: 0 }
    this.branches.set(name, known)
    return known
  }

  head(name: string): string | null {
    const { states, undone } = this.of(name)
    return states[states.length - 1 - undone] ?? null
  }

  move(name: string, to: string | null): void {
    const branch = this.of(name)
    if (to === this.head(name)) return
    branch.states.length -= branch.undone
    branch.undone = 0
    branch.states.push(to)
  }

  /** The target; `undefined` if there are fewer moves. */
  travel(name: string, way: 'undo' | 'redo', steps: number): string | null | undefined {
    const branch = this.of(name)
    const most = way === 'undo' ? branch.states.length - 1 - branch.undone : branch.undone
    if (steps > most) return undefined
    branch.undone += way === 'undo' ? steps : -steps
    return this.head(name)
  }
}

/** Numbers below `n`, the same for a seed. */
function dice(seed: number): (n: number) => number {
  let state = BigInt(seed)
  return (n) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % (1n << 64n)
    return Number((state >> 33n) % BigInt(n))
  }
}

/** What a walk of random calls has at hand. */
interface Walk {
  readonly db: DB<number>
  readonly model: Model
  readonly roll: (n: number) => number
  /** Revisions to which no head needs to lead. */
  readonly refs: readonly string[]
  /** A database beside, to synchronize with. */
  readonly other: DB<number>
}

const names = ['main', 'one', 'two']

/** The kinds of calls, by what they move. Each tells the model. */
const kinds: Record<string, (walk: Walk, name: string, call: number) => Promise<void>> = {
  async put({ db, model, roll }, name) {
    model.move(name, await db.branch(name).put(roll(50)))
  },
  async 'puts that are not awaited'({ db, model }, name, call) {
    const some = [call, -call, call + 0.25].map((data) => db.branch(name).put(data))
    for (const put of some) model.move(name, await put)
  },
  async 'puts that are not awaited, with an undo among them'({ db, model }, name, call) {
    const branch = db.branch(name)
    const [first, undone, last] = [branch.put(call), branch.undo(), branch.put(-call)]
    model.move(name, await first)
    expect(await undone).toBe(model.travel(name, 'undo', 1))
    model.move(name, await last)
  },
  async putMany({ db, model }, name, call) {
    const refs = await db.branch(name).putMany([{ data: call }, { data: call + 0.5 }])
    model.move(name, refs.at(-1) as string)
  },
  async update({ db, model }, name, call) {
    model.move(name, await db.branch(name).update(() => call))
  },
  async restore({ db, model, refs, roll }, name) {
    model.move(name, await db.branch(name).restore(refs[roll(refs.length)] as string))
  },
  async setHead({ db, model, refs, roll }, name) {
    model.move(name, await db.branch(name).setHead(refs[roll(refs.length)] as string))
  },
  async deleteBranch({ db, model }, name) {
    await db.deleteBranch(name)
    model.move(name, null)
  },
  async merge({ db, model, refs, roll }, name, call) {
    const theirs = refs[roll(refs.length)] as string
    model.move(name, (await db.branch(name).merge(theirs, () => call)).ref)
  },
  async batch({ db, model, refs, roll }, name, call) {
    const ref = refs[roll(refs.length)] as string
    const [to, moved] = await db.batch([
      { type: 'setHead', branch: name, ref },
      { type: 'put', branch: name, data: call },
      { type: 'deleteBranch', branch: 'two' }
    ])
    expect(to).toBe(ref)
    if (name !== 'two') model.move(name, moved as string)
    model.move('two', null)
  },
  async 'a run of a synchronizer beside'({ db, other }) {
    await createSynchronizer(other, db).run()
  },
  async pull({ db, model, other }, name, call) {
    await other.put(call)
    const { merge } = await db.branch(name).pull(other, { resolve: () => call })
    if (merge !== null) model.move(name, merge.ref)
  },
  async 'a prune that forgets nothing'({ db }) {
    const error = await db.prune().then(
      () => undefined,
      (failure) => failure.message
    )
    // Stores of callbacks list no keys.
    if (error !== undefined) expect(error).toMatch(/^cannot prune: the stores lack/)
  }
}

const ways = ['undo', 'undo', 'redo'] as const

/** Makes random calls, some of them not awaited, and compares with the model. */
export async function compare(db: DB<number>, seed: number, calls: number, model = new Model()) {
  const roll = dice(seed)
  const refs = await db.putMany(
    Array.from({ length: 5 }, (_, n) => ({ data: seed * 1000 + n, ancestors: [] })),
    { moveHead: false }
  )
  const other = createDB<number>()
  await other.put(seed)
  const walk = { db, model, roll, refs, other }
  for (let call = 0; call < calls; call++) {
    const name = names[roll(3)] as string
    if (roll(3) === 0) {
      const way = ways[roll(3)] as 'undo' | 'redo'
      const steps = 1 + roll(3)
      const wanted = model.travel(name, way, steps)
      const got = await db
        .branch(name)
        [way]({ steps })
        .catch((error) => error.code)
      expect(got).toBe(wanted === undefined ? 'HISTO_NOT_FOUND' : wanted)
    } else {
      const all = Object.values(kinds)
      await all[roll(all.length)]?.(walk, name, call)
    }
    for (const each of names) expect(await headOf(db.branch(each))).toBe(model.head(each))
  }
  await other.close()
}

function headOf(db: DB<number>): Promise<string | null> {
  return new Promise((resolve, reject) => {
    db.head((error, head) => (error ? reject(error) : resolve(head)))
  })
}
