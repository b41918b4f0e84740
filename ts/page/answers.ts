/**
 * The answers of the page: their headers, JSON, refusals.
 */

import { HistoError } from '../base/errors.js'
import { PageRefusal } from './refusals.js'

/**
 * Headers of every answer: only code and files from here may run and load, no page may frame it, no referrer is sent, and
 * nothing is cached.
 */
const common = {
  'content-security-policy': "default-src 'self'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store'
}

/** The same answer with the common headers. */
export function guarded(answer: Response): Response {
  for (const [name, value] of Object.entries(common)) {
    if (!answer.headers.has(name)) answer.headers.set(name, value)
  }
  return answer
}

/** A JSON answer. */
export function jsonAnswer(value: unknown, status = 200): Response {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return new Response(JSON.stringify(value), { status, headers })
}

/** The answer to a failed request, and whether it gives no reason. */
export function refusalAnswer(
  error: unknown,
  request: Request
): { answer: Response; isBare: boolean } {
  if (error instanceof PageRefusal) {
    const { status, message } = error
    const isByReader = request.headers.get('accept')?.includes('text/html') === true
    const isSignIn = status === 401 && isByReader
    const answer = isSignIn ? signInAnswer(message) : jsonAnswer({ error: message }, status)
    return { answer, isBare: false }
  }
  const known = error instanceof HistoError ? statuses[error.code] : undefined
  if (known !== undefined) {
    return { answer: jsonAnswer({ error: (error as Error).message }, known), isBare: false }
  }
  return { answer: jsonAnswer({ error: 'the server could not answer' }, 500), isBare: true }
}

/** Errors that are reported unchanged, since they name only what was requested. */
const statuses: Readonly<Partial<Record<string, number>>> = {
  HISTO_NOT_FOUND: 404,
  HISTO_AMBIGUOUS: 400,
  HISTO_SHALLOW: 409
}

/** A page with a link to itself, which sends the cookie that a link from elsewhere did not. */
function signInAnswer(message: string): Response {
  const text = `<!doctype html><html lang="en"><meta charset="utf-8"><title>No token</title>
<p>Not shown: ${message}. Open the address that was printed, with its token.
<p><a href="">Try again</a></p></html>\n`
  const headers = { 'content-type': 'text/html; charset=utf-8' }
  return new Response(text, { status: 401, headers })
}
