/**
 * Makes elements. Every text is inserted as text, with visible control characters: data is never markup.
 */

import { escapedParts, shown } from '../ts/base/shown.js'

/** A child of an element. */
type Child = Node | string | number | undefined | null | false

/** Attributes by name; functions under `on…` are event listeners. */
type Attributes = Readonly<
  Record<string, string | number | boolean | undefined | ((event: never) => void)>
>

/** An element with its attributes and children. */
export function el<N extends keyof HTMLElementTagNameMap>(
  name: N,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[N] {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    if (typeof value === 'function') {
      made.addEventListener(key.slice(2), value as unknown as EventListener)
    } else {
      made.setAttribute(key, value === true ? '' : shown(String(value)))
    }
  }
  fill(made, ...children)
  return made
}

/** Replaces the children of an element. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...children.flatMap(nodesOf))
}

function nodesOf(child: Child): Node[] {
  if (child === undefined || child === null || child === false) return []
  return child instanceof Node ? [child] : textNodes(String(child))
}

/** A text as nodes: invisible characters are escapes. With `keepsLines` line ends are kept. */
export function textNodes(text: string, keepsLines = false): Node[] {
  return escapedParts(text, keepsLines).map(({ part, isEscape }) => {
    if (!isEscape) return document.createTextNode(part)
    const made = document.createElement('span')
    made.className = 'control'
    made.textContent = part
    return made
  })
}

/** A text of the data, in its own direction. */
export function dataText(text: string, className = ''): HTMLElement {
  return el('bdi', className === '' ? {} : { class: className }, text)
}

/** A button that does something. */
export function button(label: Child, action: () => void, attributes: Attributes = {}): HTMLElement {
  return el('button', { type: 'button', onclick: action, ...attributes }, label)
}
