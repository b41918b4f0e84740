/**
 * The streams of one pull: takes them in one after another, adds up what came, and reports progress.
 */

import { HistoError } from '../../base/errors.js'
import { added } from '../../base/tombstones.js'
import type { Ref } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'
import type { RemoteHead } from '../../engine.js'
import type { Run, Sent } from '../../sync/exchange.js'
import { takeIn } from '../../wire/wire.js'
import { broken, totalHeader } from '../protocol.js'
import type { Calls } from './calls.js'
import type { Reply } from './client.js'

/** A stream, and how to take it in. */
interface Stream {
  readonly reply: Reply
  readonly chunks: AsyncIterable<Uint8Array>
  /** Whether texts may come as changes of texts here. */
  readonly bases: boolean
  /** Remote heads that the commit of its last batch sets. */
  readonly remotes: readonly RemoteHead[] | undefined
}

/** Counts the streams of one pull. */
export class Received {
  /** Called when something came, so that a later failure is one of another attempt. */
  progressed: () => void = () => undefined
  readonly #calls: Calls
  readonly #handle: Handle
  readonly #run: Run
  /** The amount that came before the current stream. */
  #before: Sent = { revisions: 0, bytes: 0 }
  #now: Sent = { revisions: 0, bytes: 0 }

  constructor(calls: Calls, handle: Handle, run: Run) {
    this.#calls = calls
    this.#handle = handle
    this.#run = run
  }

  /** The amount that came, in all streams. */
  get sum(): Sent {
    return added(this.#before, this.#now)
  }

  /** Takes in a stream. `head` is the one that it is to bring, if it is one. */
  async take({ reply, chunks, bases, remotes }: Stream, head?: Ref): Promise<void> {
    const { signal } = this.#run
    this.#before = this.sum
    this.#now = { revisions: 0, bytes: 0 }
    const total = Number(reply.header(totalHeader) ?? 0) + this.#before.revisions
    const { maxRevisionBytes, refusesTombstones: refuses } = this.#calls.client.settings
    const refusesTombstones = refuses || this.#run.refusesTombstones
    const limits = { maxRevisionBytes, maxBytes: Number.MAX_SAFE_INTEGER, refusesTombstones }
    const onBatch = (revisions: number, bytes: number) => this.#count({ revisions, bytes }, total)
    try {
      this.#now = await this.#handle.write((engine) =>
        takeIn(engine, chunks, { signal, ...limits, bases, onBatch, remotes })
      )
    } catch (error) {
      throw serversFault(error, head)
    }
  }

  #count(now: Sent, total: number): void {
    this.#now = now
    this.progressed()
    const { revisions: done, bytes } = this.sum
    this.#run.onProgress({ phase: 'revisions', done, total: Math.max(total, done), bytes })
  }
}

/** Rewords an error of receiving what a server sent: it was wrong, or more than allowed. */
function serversFault(error: unknown, head?: Ref): unknown {
  if (!(error instanceof HistoError)) return error
  switch (error.code) {
    case 'HISTO_MISSING_ANCESTOR':
      return broken('the server sent a revision without its ancestors', { cause: error })
    case 'HISTO_NOT_FOUND':
      return head === undefined || error.ref === head ? neverCame() : error
    case 'HISTO_TOO_LARGE':
      return new HistoError('HISTO_DENIED', error.message, { ref: error.ref, cause: error })
    default:
      return error
  }
}

/** The error for heads that a server announced and did not send. */
export function neverCame(): HistoError {
  return broken('the server did not send the head that it announced')
}
