/**
 * Why the page refuses a request.
 */

/** A refusal with its status; its message is for the reader. */
export class PageRefusal extends Error {
  override readonly name = 'PageRefusal'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A parameter is missing or wrong. */
export function wrong(message: string): PageRefusal {
  return new PageRefusal(400, message)
}

/** It does not exist or may not be seen; both look the same. */
export function unknown(what: string): PageRefusal {
  return new PageRefusal(404, `there is no such ${what}`)
}

/** The order of rows is no longer cached: the reader must request the state again. */
export function forgotten(): PageRefusal {
  return new PageRefusal(410, 'these rows are forgotten; ask for the state anew')
}
