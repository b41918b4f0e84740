/**
 * Revisions that `histo import git` made: their data is a list of changes already.
 */

import { counted } from '../ts/base/shown.js'
import type { RevisionShown, Value } from '../ts/page/protocol.js'
import { dataText, el } from './dom.js'

/** The files that a commit changed; `undefined` for any other revision. */
export function filesOf({ meta, data }: RevisionShown): HTMLElement | undefined {
  const [commit, files] = [memberOf(meta, 'commit'), memberOf(data, 'files')]
  if (commit?.type !== 'value' || files?.type !== 'object') return undefined
  const items = files.members.map(([path, file]) => {
    const isGone = file.type === 'value'
    const words = isGone ? 'gone' : 'changed'
    return el(
      'li',
      { class: isGone ? 'remove' : 'replace' },
      el('span', { class: 'sign', title: words }, isGone ? '−' : '~'),
      el('span', { class: 'hidden' }, `${words}: `),
      dataText(path, 'place')
    )
  })
  const left = files.size - items.length
  const more = left > 0 && el('p', { class: 'note' }, `and ${counted(left, 'more file')}`)
  return el('div', {}, el('ul', { class: 'differences' }, ...items), more)
}

function memberOf(value: Value, name: string): Value | undefined {
  if (value.type !== 'object') return undefined
  return value.members.find(([key]) => key === name)?.[1]
}
