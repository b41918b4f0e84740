/**
 * Words of a command line, as a shell takes them unchanged.
 */

/** `word`, in single quotes if a shell would read more into it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./^-][\w@%+=:,./^~-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
