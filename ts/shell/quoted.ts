/**
 * Words of a command line, as a shell takes them unchanged.
 */

/** `word`, in single quotes if a shell would read more into it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./^-][\w@%+=:,./^~-]*$/.test(word) ? word : inQuotes(word)
}

/** `text` in single quotes, whatever it has. */
export function inQuotes(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
