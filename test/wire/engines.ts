/**
 * Engines for the tests of binary streams: of each kind, filled with a small history.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ref } from '../../ts/base/types.js'
import { openEmbedded } from '../../ts/embedded/engine.js'
import type { Draft, Engine, WireOptions } from '../../ts/engine.js'
import { StoreEngine } from '../../ts/store/engine.js'
import { type Manner, manners, ownManners } from '../support/user-stores.js'

export const maxRevisionBytes: number = 1 << 28
export const unlimited = { signal: undefined, maxRevisionBytes, maxBytes: Infinity }
export const plain: WireOptions = { signal: undefined, compress: false }
export const zipped: WireOptions = { signal: undefined, compress: true }

/** A kind of engine. */
export interface Kind {
  readonly name: string
  /** Whether its refs are the built-in ones. */
  readonly builtIn: boolean
  /** Whether it finds a forged ref before it writes anything of a batch. */
  readonly tellsIds: boolean
  readonly open: (folder: string) => Engine
}

function overStores(manner: Manner, builtIn: boolean): Kind {
  const open = () => {
    const { revisionStore, branchStore } = manner.make()
    return new StoreEngine({
      revisionStore,
      branchStore,
      maxRevisionBytes,
      cacheRevisions: 1000,
      timeout: undefined,
      isMissing: undefined,
      probe: false
    })
  }
  return {
    name: `stores: ${manner.name}`,
    builtIn,
    tellsIds: manner.name.endsWith('all methods'),
    open
  }
}

let lastFolder = 0

export const kinds: readonly Kind[] = [
  {
    name: 'memory',
    builtIn: true,
    tellsIds: true,
    open: () => openEmbedded({ durability: 'sync', maxRevisionBytes })
  },
  {
    name: 'a path',
    builtIn: true,
    tellsIds: true,
    open: (folder) => {
      lastFolder += 1
      const path = join(folder, String(lastFolder))
      return openEmbedded({ path, durability: 'sync', maxRevisionBytes })
    }
  },
  ...manners.slice(0, 2).map((manner) => overStores(manner, true)),
  ...manners.slice(-1).map((manner) => overStores(manner, true)),
  ...ownManners.map((manner) => overStores(manner, false))
]

/** Runs `use` with a folder that is removed afterwards. */
export async function withFolder<R>(use: (folder: string) => Promise<R>): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), 'histo-wire-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const move = { previousHead: undefined, moveHead: true }

/** Opens an engine and writes `count` revisions: a chain with a merge at every tenth, some of bytes. */
export async function filled(
  kind: Kind,
  folder: string,
  count: number
): Promise<{ engine: Engine; refs: Ref[] }> {
  const engine = kind.open(folder)
  await engine.opened()
  const refs: Ref[] = []
  for (let n = 0; n < count; n += 1) {
    const [last, before] = [refs.at(-1), refs.at(-2)]
    const ancestors = [last, n % 10 === 9 ? before : undefined].filter((ref) => ref !== undefined)
    const payload: Draft['payload'] =
      n % 7 === 3 ? new Uint8Array(n).fill(n) : JSON.stringify({ n })
    refs.push(await engine.put('main', { payload, ancestors }, move))
  }
  return { engine, refs }
}

/** The pieces of a stream as one. */
export async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return new Uint8Array(Buffer.concat(parts))
}

/** A stream in pieces of `size` bytes. */
export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve()
    yield bytes.subarray(at, at + size)
  }
}
