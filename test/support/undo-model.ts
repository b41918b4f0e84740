/** Random moves of heads with undos and redos, beside lists of what each branch has been. */

import { expect } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'

/** The history of a branch's heads in order, and how many moves are undone. */
interface Branch {
  states: (string | null)[]
  undone: number
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

/** Makes random calls, some of them not awaited, and compares with the model. */
export async function compare(db: DB<number>, seed: number, calls: number, model = new Model()) {
  const roll = dice(seed)
  const names = ['main', 'one', 'two']
  const refs = await db.putMany(
    Array.from({ length: 5 }, (_, n) => ({ data: seed * 1000 + n, ancestors: [] })),
    { moveHead: false }
  )
  const other = createDB<number>()
  await other.put(seed)
  const any = () => refs[roll(refs.length)] as string
  for (let call = 0; call < calls; call++) {
    const name = names[roll(3)] as string
    const branch = db.branch(name)
    switch (roll(9)) {
      case 0:
        model.move(name, await branch.put(roll(50)))
        break
      case 1: {
        const some = [branch.put(call), branch.put(-call)]
        for (const put of some) model.move(name, await put)
        break
      }
      case 2: {
        const ref = any()
        model.move(name, await branch.setHead(ref))
        break
      }
      case 3:
        await db.deleteBranch(name)
        model.move(name, null)
        break
      case 4:
        model.move(name, (await branch.merge(any(), () => call)).ref)
        break
      case 5:
        await createSynchronizer(other, db).run()
        break
      default: {
        const way = roll(3) === 0 ? 'redo' : 'undo'
        const steps = 1 + roll(3)
        const wanted = model.travel(name, way, steps)
        const got = await branch[way]({ steps }).catch((error) => error.code)
        expect(got).toBe(wanted === undefined ? 'HISTO_NOT_FOUND' : wanted)
      }
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
