/**
 * Canonical JSON (RFC 8785) of values without numbers: what a revision's ref is the hash of.
 */

/** The text; keys stand in the order of their UTF-16 units. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = value as Readonly<Record<string, unknown>>
  const texts = Object.keys(members)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(members[key])}`)
  return `{${texts.join(',')}}`
}
