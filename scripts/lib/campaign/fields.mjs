/**
 * The fields of an LMDB file, each as its name and the bytes it takes: of its meta pages, of the pages that
 * the last state leads to, of their nodes, and of the list of free pages. Of values only the first bytes.
 */

const page = 4096
const none = 0xffffffffffffffffn

/** All fields of a file, by name. */
export function fieldsOf(bytes) {
  const fields = new Map()
  const add = (name, start, length) => {
    if (!fields.has(name)) fields.set(name, [])
    for (let at = start; at < start + length; at += 1) fields.get(name).push(at)
  }
  for (const at of [0, page]) metaFields(`meta ${at / page}`, at, add)
  const newest = bytes.readBigUInt64LE(144) > bytes.readBigUInt64LE(page + 144) ? 0 : page
  tree(bytes, 'free', bytes.readBigUInt64LE(newest + 80), add)
  tree(bytes, 'main', bytes.readBigUInt64LE(newest + 128), add)
  return fields
}

const metaLayout = {
  number: [0, 8],
  flags: [10, 2],
  magic: [16, 4],
  version: [20, 4],
  map: [32, 8]
}
const tableLayout = {
  flags: [4, 2],
  depth: [6, 2],
  branches: [8, 8],
  leaves: [16, 8],
  overflow: [24, 8],
  entries: [32, 8],
  root: [40, 8]
}

function layout(what, at, parts, add) {
  for (const [name, [offset, length]] of Object.entries(parts)) {
    add(`${what}: ${name}`, at + offset, length)
  }
}

function metaFields(what, at, add) {
  layout(what, at, metaLayout, add)
  add(`${what}: page size`, at + 40, 4)
  layout(`${what}, free`, at + 40, tableLayout, add)
  layout(`${what}, main`, at + 88, tableLayout, add)
  add(`${what}: last page`, at + 136, 8)
  add(`${what}: transaction`, at + 144, 8)
}

/** Fields of a tree's pages, and of those that its tables lead to. */
function tree(bytes, table, root, add) {
  if (root === none) return
  const at = Number(root) * page
  const isLeaf = (bytes.readUInt16LE(at + 10) & 2) !== 0
  const what = `${table} ${isLeaf ? 'leaf' : 'branch'}`
  const lower = bytes.readUInt16LE(at + 12)
  layout(what, at, { number: [0, 8], flags: [10, 2], lower: [12, 2], upper: [14, 2] }, add)
  add(`${what}: places`, at + 16, lower - 16)
  for (let pointer = 16; pointer < lower; pointer += 2) {
    const node = at + bytes.readUInt16LE(at + pointer)
    const length = bytes.readUInt16LE(node + 6)
    layout(`${what}, node`, node, { size: [0, 4], flags: [4, 2], 'key size': [6, 2] }, add)
    add(`${what}, node: key`, node + 8, length)
    if (isLeaf) value(bytes, { table, what, node, length }, add)
    else tree(bytes, table, BigInt(bytes.readUIntLE(node, 6)), add)
  }
}

function value(bytes, { table, what, node, length }, add) {
  const size = bytes.readUInt32LE(node)
  const flags = bytes.readUInt16LE(node + 4)
  const at = node + 8 + length
  if (flags === 2) {
    layout(`${what}, table`, at, tableLayout, add)
    tree(bytes, bytes.toString('latin1', node + 8, at), bytes.readBigUInt64LE(at + 40), add)
    return
  }
  if (flags === 1) {
    const first = Number(bytes.readBigUInt64LE(at)) * page
    add(`${what}, node: large value`, at, 8)
    layout(`${table} overflow`, first, { number: [0, 8], flags: [10, 2], pages: [12, 4] }, add)
    add(`${table} overflow: value`, first + 16, Math.min(size, 64))
    return
  }
  if (table === 'free') add('free: count', at, 8)
  add(`${what}, node: value`, at, Math.min(size, 64))
}
