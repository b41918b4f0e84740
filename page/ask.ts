/**
 * Asks the server.
 */

/** The server refused, or cannot be reached. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** 0 where there was no answer. */
  readonly status: number

  constructor(message: string, { status, cause }: { status: number; cause?: unknown }) {
    super(message, { cause })
    this.status = status
  }
}

/** Parameters of a question. */
export type Parameters = Readonly<Record<string, string | number | undefined>>

/**
 * The answer to a question.
 *
 * @throws {Refusal} if it is refused or there is none
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
  const body = (await answer.json().catch(() => ({}))) as { error?: string } // of a server between, it is no JSON
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

/** Whether an error is only that nobody wants the answer any more. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

/** What went wrong, in words. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
