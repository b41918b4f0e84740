/**
 * Sends queries to the server.
 */

/** The server refused, or cannot be reached. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** The status; 0 if there was no answer. */
  readonly status: number

  constructor(message: string, { status, cause }: { status: number; cause?: unknown }) {
    super(message, { cause })
    this.status = status
  }
}

/** Parameters of a query. */
type Parameters = Readonly<Record<string, string | number | undefined>>

/**
 * Returns the answer to a query.
 *
 * @throws {Refusal} if it is refused, or there is no answer
 */
export async function ask<T>(
  question: string,
  parameters: Parameters = {},
  signal?: AbortSignal
): Promise<T> {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, String(value))
  }
  const answer = await fetched(`api/${question}?${query}`, signal)
  const { status } = answer
  if (answer.ok) return (await answer.json()) as T
  const body = (await answer.json().catch(() => ({}))) as { error?: string } // a proxy may not send JSON
  throw new Refusal(body.error ?? `the server answered ${status}`, { status })
}

async function fetched(url: string, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(url, signal === undefined ? {} : { signal })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new Refusal('the server cannot be reached', { status: 0, cause })
  }
}

/** Whether an error only means that the answer is no longer needed. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

/** The message of an error. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
