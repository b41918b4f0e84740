/**
 * JSON Pointers (RFC 6901) of places in data, for messages.
 */

const longest = 200

/** The pointer of the member at the end of `keys`. */
export function pointerOf(keys: readonly string[]): string {
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** A pointer in quotes, cut to 200 characters. */
export function shownPointer(pointer: string): string {
  const isLong = pointer.length > longest
  return `'${isLong ? `${pointer.slice(0, longest)}…` : pointer}'`
}
