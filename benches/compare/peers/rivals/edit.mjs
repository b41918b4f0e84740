/** Changes a document of a CRDT so that it equals `data`: only members that differ are set. */

/** Sets what differs, in place; arrays have as many elements as before, or are set whole. */
export function edit(draft, data) {
  for (const [key, value] of Object.entries(data)) {
    const before = draft[key]
    if (before === value) continue
    const isSame = typeof value === 'object' && before?.length === value.length
    if (!isSame) draft[key] = value
    else for (const [at, element] of value.entries()) editElement(before, at, element)
  }
}

function editElement(before, at, element) {
  if (typeof element === 'object') edit(before[at], element)
  else if (before[at] !== element) before[at] = element
}
