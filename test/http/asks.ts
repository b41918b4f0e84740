/** The operations for one branch and those for many, and their bodies: most of what a hostile client can do goes by either. */

import { encodeNames } from '../../ts/http/compare.js'
import { joined } from '../../ts/http/sections.js'
import type { HandlerOptions } from '../../ts/http-entry.js'
import { encodeRefs } from '../../ts/wire/wire-refs.js'
import { openToAll } from './servers.js'

type Body = Uint8Array<ArrayBuffer>

/** The operations of one kind, about the branch `main`. */
export interface Asks {
  readonly has: string
  /** The body of `has`. */
  readonly hasBody: (refs: readonly string[]) => Body
  readonly pull: string
  /** The body of `pull`, where `main` is at `head` and the client has nothing. */
  readonly pullBody: (head: string) => Body
  readonly revisions: string
  readonly push: string
}

/** All is allowed, and both kinds are answered. */
export const openToMany: HandlerOptions = { ...openToAll, branches: true }

const ofMain = (refs: readonly string[]) =>
  joined([encodeNames(['main']), encodeRefs(refs)]) as Body

/** Both kinds, by name. */
export const asks: readonly (readonly [string, Asks])[] = [
  [
    'for one branch',
    {
      has: 'has',
      hasBody: (refs) => encodeRefs(refs) as Body,
      pull: 'pull',
      pullBody: (head) => encodeRefs([head]) as Body,
      revisions: 'revisions',
      push: 'push?remote=evil'
    }
  ],
  [
    'for many branches',
    {
      has: 'branches-has?prefix=',
      hasBody: ofMain,
      pull: 'branches-pull?prefix=',
      pullBody: () => ofMain([]),
      revisions: 'branches-revisions?prefix=',
      push: 'push?prefix=&remote=evil'
    }
  ]
]
