/** What a client writes by hand. */

export const version = { 'histo-revisions': '1' }

/** A list of built-in refs. */
export function encode(refs) {
  return Buffer.concat([Buffer.from([0]), Buffer.from(refs.join(''), 'hex')])
}

/** A list of other refs, each of so many bytes. */
export function texts(count, size) {
  const one = Buffer.alloc(2 + size, 'x')
  one.writeUInt16LE(size)
  return Buffer.concat([Buffer.from([1]), ...new Array(count).fill(one)])
}
