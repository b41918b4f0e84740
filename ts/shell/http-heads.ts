/**
 * The branches of a database over HTTP. A server answers of what a head reaches, so that each branch is asked by itself.
 */

import type { Ref } from '../base/types.js'
import type { RemoteDatabase } from '../http-entry.js'
import { mainFirst } from '../rows/tips.js'
import { codeOf } from './fail.js'

/** Listed refs of which a server is asked whether another head reaches them. */
const mostSampled = 256

/** What a server shows, as of one moment. */
export class HttpHeads {
  readonly heads: Readonly<Record<string, Ref>>
  /** The heads in the order in which graphs begin from them. */
  readonly order: readonly Ref[]
  readonly #remote: RemoteDatabase
  /** The branches of refs that others than `main` were found to reach. */
  readonly #owners = new Map<Ref, RemoteDatabase>()
  /** All that was listed, in the order of the heads, and of each head what those before it do not reach. */
  readonly #listed = new Set<Ref>()
  readonly #lists = new Map<Ref, Promise<readonly Ref[]>>()

  private constructor(remote: RemoteDatabase, heads: Readonly<Record<string, Ref>>) {
    this.#remote = remote
    this.heads = heads
    const names = Object.keys(heads).sort(mainFirst)
    this.order = names.map((name) => heads[name] ?? '')
    for (const [name, head] of Object.entries(heads)) {
      const isOwn = name === 'main' || head === heads['main'] || this.#owners.has(head)
      if (!isOwn) this.#owners.set(head, remote.branch(name))
    }
  }

  /** Asks for the heads; a server that serves one branch alone shows it as `main`. */
  static async of(remote: RemoteDatabase): Promise<HttpHeads> {
    const head = await remote.head()
    const heads: Record<string, Ref> = Object.create(null)
    if (head !== null) heads['main'] = head
    return new HttpHeads(remote, Object.assign(heads, await branchesOf(remote)))
  }

  /** The branch through which a ref is read. */
  sourceOf(ref: Ref): RemoteDatabase {
    return this.#owners.get(ref) ?? this.#remote
  }

  /** All that `tip` reaches, newest first. */
  async reached(tip: Ref): Promise<readonly Ref[]> {
    const source = this.sourceOf(tip)
    return this.owned(await source.refDifference(null, tip), source)
  }

  /** What a head reaches and the heads before it do not, newest first. */
  async side(head: Ref): Promise<readonly Ref[]> {
    for (const before of this.order) {
      if (before === head) break
      await this.#list(before)
    }
    return await this.#list(head)
  }

  /** Notes that refs are reached through a branch; them. */
  owned(refs: readonly Ref[], source: RemoteDatabase): readonly Ref[] {
    if (source === this.#remote) return refs
    for (const ref of refs) if (!this.#owners.has(ref)) this.#owners.set(ref, source)
    return refs
  }

  #list(head: Ref): Promise<readonly Ref[]> {
    const known = this.#lists.get(head)
    if (known !== undefined) return known
    const made = this.#listAnew(head)
    this.#lists.set(head, made)
    return made
  }

  async #listAnew(head: Ref): Promise<readonly Ref[]> {
    if (this.#listed.has(head)) return []
    const source = this.sourceOf(head)
    const sample = sampled([...this.#listed])
    const isReached = sample.length === 0 ? [] : await source.has(sample)
    const from = sample.filter((_ref, at) => isReached[at])
    const all = await source.refDifference(from, head)
    const refs = all.filter((ref) => !this.#listed.has(ref))
    for (const ref of refs) this.#listed.add(ref)
    return this.owned(refs, source)
  }
}

/** The branches that are served; none where the server does not tell them. */
async function branchesOf(remote: RemoteDatabase): Promise<Record<string, Ref>> {
  try {
    return await remote.branches()
  } catch (error) {
    const code = codeOf(error) ?? ''
    if (code === 'HISTO_DENIED' || code === 'HISTO_PROTOCOL' || code === 'HISTO_NOT_FOUND')
      return {}
    throw error
  }
}

/** Some refs of a list, the newest closest to each other. */
function sampled(refs: readonly Ref[]): Ref[] {
  const found = new Set<Ref>()
  for (let at = 0; at < refs.length && found.size < mostSampled; at += Math.ceil((at + 1) / 24)) {
    found.add(refs[at] ?? '')
  }
  return [...found]
}
