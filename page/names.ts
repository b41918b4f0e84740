/**
 * The names at revisions: heads of branches, and remote heads.
 */

import type { State } from '../ts/page/protocol.js'
import { el } from './dom.js'

/** Most names at a row. */
const mostAtRow = 4

/** A name at a revision. */
interface Name {
  readonly name: string
  readonly kind: 'branch' | 'remote'
}

/** The names by revision. */
export class Names {
  readonly #byRef = new Map<string, Name[]>()

  constructor({ heads, remotes }: Pick<State, 'heads' | 'remotes'>) {
    for (const { name, ref } of heads) this.#add(ref, { name, kind: 'branch' })
    for (const { name, ref } of remotes) this.#add(ref, { name, kind: 'remote' })
  }

  /** The names at a revision, branches first. */
  at(ref: string): readonly Name[] {
    return this.#byRef.get(ref) ?? []
  }

  /** Labels of the names at a revision. */
  labels(ref: string): HTMLElement[] {
    const names = this.at(ref)
    const labels = names.slice(0, mostAtRow).map(labelOf)
    const others = names.length - labels.length
    return others > 0 ? [...labels, el('span', { class: 'label' }, `+${others}`)] : labels
  }

  #add(ref: string, name: Name): void {
    const names = this.#byRef.get(ref) ?? []
    names.push(name)
    this.#byRef.set(ref, names)
  }
}

/** A name as a label. */
function labelOf({ name, kind }: Name): HTMLElement {
  const text = kind === 'branch' ? name : `remotes/${name}`
  return el('bdi', { class: `label ${kind}`, title: `${kind} ${name}` }, text)
}
