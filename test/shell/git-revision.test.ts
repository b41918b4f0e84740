/** The texts of a commit's revision, from which its ref is made without reading them again. */

import { expect, test } from 'vitest'
import { refOf } from '../../ts/index.js'
import { textsOf } from '../../ts/shell/git-revision.js'

const who = { who: 'Ann <a@b>', time: '2026-08-01T09:12:00Z' }
const hash = 'a'.repeat(40)
const file = (path: string) => ({ path, mode: '100644', hash })

test.each([
  ['without contents', undefined],
  [
    'with contents',
    new Map<string, { text: string } | { base64: string }>([
      ['9', { text: 'a "quoted"\u2028 line\n' }],
      ['10', { base64: '/w==' }]
    ])
  ]
])('they are canonical, whatever the names of the files are, %s', (_how, contents) => {
  const changes = [
    file('9'),
    file('b'),
    { path: 'b', mode: '100755', hash },
    { path: 'gone' },
    file('10'),
    file('__proto__'),
    file('\u{1f389} "q"\n\\'),
    file('\uff5e')
  ]
  const commit = {
    mark: 1,
    hash,
    author: who,
    committer: { who: 'Carl <c@d>', time: '2026-08-02T09:12:00+02:00' },
    message: `${'m'.repeat(9000)}\u0000`,
    parents: [],
    changes
  }
  const { data, meta } = textsOf(contents === undefined ? commit : { ...commit, contents })
  // refOf refuses what is not canonical
  expect(refOf(`{"ancestors":[],"data":${data},"meta":${meta}}`)).toMatch(/^[0-9a-f]{64}$/)
  const { files, message } = JSON.parse(data)
  expect(Object.keys(files)).toHaveLength(7)
  expect([files.b.mode, files.gone]).toEqual(['100755', null])
  expect(message).toHaveLength(9001)
  expect(JSON.parse(meta)).toMatchObject({ author: who.who, commit: hash, committer: 'Carl <c@d>' })
})
