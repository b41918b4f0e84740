/**
 * A handler's refusals, and what a client learns about them: the reason if it is in the request, but only a status for
 * failures of the server.
 */

import { HistoError, type HistoErrorCode, type HistoErrorDetails } from '../../base/errors.js'
import type { Complaint } from '../protocol.js'

/** A failure caused by the client, with its status. */
class Refusal extends HistoError {
  readonly status: number

  constructor(status: number, code: HistoErrorCode, message: string, details?: HistoErrorDetails) {
    super(code, message, details)
    this.status = status
  }
}

/** The client may not do this. */
export function denied(message: string): HistoError {
  return new Refusal(403, 'HISTO_DENIED', message)
}

/** The database behind the handler is open for reading only. */
function readOnly(): HistoError {
  return denied('the database is open for reading only')
}

/** The request exceeds a limit of the handler. */
export function limitExceeded(message: string): HistoError {
  return new Refusal(413, 'HISTO_DENIED', message)
}

/** The body stalled for too long. */
export function tooSlow(): HistoError {
  return new Refusal(408, 'HISTO_NETWORK', 'the request came too slowly', { retryable: true })
}

/** The server is busy with other requests. */
export function busy(): HistoError {
  return new Refusal(503, 'HISTO_NETWORK', 'the server is busy', { retryable: true })
}

/** Whether an error says that the server is busy. */
export function isBusy(error: unknown): boolean {
  return error instanceof Refusal && error.status === 503
}

/** The body was read or parsed before the handler. */
export function bodyTaken(): HistoError {
  const message =
    'the body was read before the handler: let the handler come before what reads or parses bodies'
  return new Refusal(400, 'HISTO_PROTOCOL', message)
}

/** The request is not part of the protocol. */
export function misplaced(status: 404 | 405, message: string): HistoError {
  return new Refusal(status, 'HISTO_PROTOCOL', message)
}

/** The ref does not exist, or the client must not see it. */
export function unknownRef(ref: string): HistoError {
  return new Refusal(404, 'HISTO_NOT_FOUND', 'there is no such revision', { ref })
}

/** Rewords an error of receiving a client's revisions, so that it reveals nothing about the database. */
export function refusedRevisions(error: unknown): unknown {
  if (!(error instanceof HistoError) || error instanceof Refusal) return error
  const details = { ref: error.ref, cause: error }
  switch (error.code) {
    case 'HISTO_CORRUPT':
      return new Refusal(422, 'HISTO_CORRUPT', 'a revision is not what its ref says', details)
    case 'HISTO_MISSING_ANCESTOR':
      return new Refusal(422, 'HISTO_MISSING_ANCESTOR', 'an ancestor is not there', details)
    case 'HISTO_DENIED':
      if (error.path !== undefined) return readOnly()
      // Without a ref it is the limit of the whole stream.
      if (error.ref !== undefined) return new Refusal(403, 'HISTO_DENIED', error.message, details)
      return new Refusal(413, 'HISTO_DENIED', error.message, details)
    case 'HISTO_TOO_LARGE':
      return new Refusal(413, 'HISTO_DENIED', error.message, details)
    default:
      return error
  }
}

/** Whether the database cannot answer now, but may later. */
const unavailable = new Set<HistoErrorCode>([
  'HISTO_CLOSED',
  'HISTO_FULL',
  'HISTO_LOCKED',
  'HISTO_NOT_READY',
  'HISTO_STORE'
])

/** The status of a failure, and what the client learns: nothing if it is the server's own. */
export function refusalOf(error: unknown): {
  readonly status: number
  readonly complaint?: Complaint
} {
  if (!(error instanceof HistoError)) return { status: 500 }
  if (error instanceof Refusal) return { status: error.status, complaint: complaintOf(error) }
  switch (error.code) {
    case 'HISTO_HEAD_CONFLICT':
      return { status: 409, complaint: complaintOf(error) }
    case 'HISTO_DENIED':
      return refusalOf(readOnly())
    case 'HISTO_NOT_FOUND':
      return refusalOf(unknownRef(error.ref ?? ''))
    case 'HISTO_SHALLOW': {
      const { ref } = error
      const message = 'it depends on what was cut away or erased'
      const complaint = { code: error.code, message, ...(ref === undefined ? {} : { ref }) }
      return { status: 410, complaint }
    }
    case 'HISTO_PROTOCOL':
      return { status: 400, complaint: complaintOf(error) }
    default:
      return { status: unavailable.has(error.code) ? 503 : 500 }
  }
}

function complaintOf({ code, message, ref, head, expected }: HistoError): Complaint {
  return {
    code,
    message,
    ...(ref === undefined ? {} : { ref }),
    ...(head === undefined ? {} : { head }),
    ...(expected === undefined ? {} : { expected })
  }
}
