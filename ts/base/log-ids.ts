/**
 * Ids of the log in the stores of this package, as users give them back: numbers of fixed length.
 */

import { shortened } from './arguments.js'

/** Misuse that a store of this package finds; its caller passes it on as a `TypeError`, not as a failure of the store. */
export class StoreMisuse extends Error {}

/** Refuses what is no id of the log; `undefined` is none. */
export function expectLogId(id: string | undefined, largest: string): void {
  if (id === undefined) return
  const isNumber = /^\d+$/.test(id) && id.length === largest.length
  if (isNumber && id <= largest) return
  throw new StoreMisuse(noLogId(id).message)
}

/** The error for what is no id of the log, whatever that is over. Twin of `LogId::parse` in the core. */
export function noLogId(id: string): TypeError {
  return new TypeError(`${JSON.stringify(shortened(id))} is no id of the log`)
}
