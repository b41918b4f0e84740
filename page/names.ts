/**
 * The names at revisions: heads of branches, and remote heads.
 */

import type { State } from '../ts/page/protocol.js'
import { el } from './dom.js'

/** Most names above a revision, and most letters of names at a row, unless there is only one. */
const [mostAbove, mostLetters] = [12, 22]
/** Names of up to so many letters are never cut. */
const shortest = 12

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

  /** Labels of the names at a row, as many as have room beside its message. */
  labelsAtRow(ref: string): HTMLElement | undefined {
    const names = this.at(ref)
    if (names.length === 0) return undefined
    let letters = 0
    const count = names.findIndex((name) => {
      letters += textOf(name).length
      return letters > mostLetters
    })
    const most = count < 0 ? names.length : Math.max(1, count)
    return el('span', { class: 'names' }, ...this.#labels(ref, most))
  }

  /** Labels of the names at a revision. */
  labels(ref: string): HTMLElement[] {
    return this.#labels(ref, mostAbove)
  }

  #labels(ref: string, most: number): HTMLElement[] {
    const names = this.at(ref)
    const labels = names.slice(0, most).map(labelOf)
    const others = names.slice(most, most + 20).map(textOf)
    if (others.length === 0) return labels
    const title = others.join(', ')
    return [...labels, el('span', { class: 'label short', title }, `+${names.length - most}`)]
  }

  #add(ref: string, name: Name): void {
    const names = this.#byRef.get(ref) ?? []
    names.push(name)
    this.#byRef.set(ref, names)
  }
}

/** A name as a label. */
function labelOf(one: Name): HTMLElement {
  const text = textOf(one)
  const size = text.length <= shortest ? ' short' : ''
  return el('bdi', { class: `label ${one.kind}${size}`, title: `${one.kind} ${one.name}` }, text)
}

function textOf({ name, kind }: Name): string {
  return kind === 'branch' ? name : `remotes/${name}`
}
