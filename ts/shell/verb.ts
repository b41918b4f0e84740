/**
 * The form of a verb in the table.
 */

/** An option at the shell. */
export interface OptionSpec {
  readonly type: 'boolean' | 'string'
  /** One letter. */
  readonly short?: string
  /** The name of its value in help. */
  readonly value?: string
  /** Its description in help. */
  readonly says: string
}

/** Options by their long names. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>

/** A verb, as help, completion and the parser use it. */
export interface Verb {
  readonly name: string
  /** As help shows them: `<from> <to>`. */
  readonly operands: string
  /** Fewest and most operands. */
  readonly count: readonly [least: number, most: number]
  /** One line, for the list of verbs. */
  readonly says: string
  /** Further lines of its help. */
  readonly details?: string
  readonly options?: OptionSpecs
  /** The fields of each line with `--json`; `undefined` if it prints none. */
  readonly json?: string
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, says: string])[]
  /** Where it works: only on a path, also over stores of a server, or also over HTTP; `nothing`: it opens no database. */
  readonly over: 'path' | 'stores' | 'http' | 'nothing'
}
