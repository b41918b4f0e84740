/**
 * `HistoSaver`: a LangGraph checkpointer over a database of revisions.
 */

import {
  BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointMetadata,
  type PendingWrite,
  type SerializerProtocol
} from '@langchain/langgraph-checkpoint'
import { described, isRecord } from '../base/arguments.js'
import { hasCode } from '../base/errors.js'
import { refuseOptions } from '../base/known.js'
import type { Ref } from '../base/types.js'
import { Bound } from '../branch/handle.js'
import type { DB } from '../db.js'
import { askedBy, configOf, idArgument, placeIn } from './configs.js'
import { deltaHistories } from './delta-history.js'
import { deleteThread } from './erase.js'
import { type Facts, isGone } from './facts.js'
import { listArguments, questionArgument } from './list-arguments.js'
import { checkpointsIn } from './listing.js'
import { Lookup } from './lookup.js'
import { type Place, threadIndex, threadPrefix } from './names.js'
import { placesOf } from './places.js'
import { type Known, Putter } from './put.js'
import { WritesPutter } from './put-writes.js'
import { Recent } from './recent.js'
import { storeState } from './state.js'
import { Tuples } from './tuples.js'
import type {
  CheckpointConfig,
  DeltaChannelHistories,
  DeltaChannelQuestion,
  SavedCheckpoint,
  ThreadConfig,
  ThreadListOptions
} from './types.js'
import { Values } from './values.js'

/** Most checkpoints whose place is cached, since their children come next. */
const mostRecent = 1024

/**
 * A LangGraph checkpointer over a database of `createDB`. The branches of a thread and namespace share a prefix, with one
 * branch for each leaf. A checkpoint is a revision whose ancestor is its parent; a fork costs one commit. A step stores
 * only what it changed.
 *
 * The database may also hold other data, and closing it stays your job. Several processes, and several savers, may
 * serve one thread: if two continue from one checkpoint, both results stay, as a fork.
 *
 * @example
 * ```ts
 * import { MessagesAnnotation, StateGraph } from '@langchain/langgraph'
 * import { createDB } from 'histo-revisions'
 * import { HistoSaver } from 'histo-revisions/langgraph'
 *
 * const db = createDB({ path: './threads' })
 * const graph = new StateGraph(MessagesAnnotation)
 *   .addNode('answer', () => ({ messages: [{ role: 'assistant', content: 'Hello.' }] }))
 *   .addEdge('__start__', 'answer')
 *   .compile({ checkpointer: new HistoSaver(db) })
 * ```
 */
export class HistoSaver extends BaseCheckpointSaver {
  readonly #lookup: Lookup
  readonly #recent = new Recent<Known>(mostRecent)
  readonly #putter: Putter
  readonly #writesPutter: WritesPutter

  /**
   * @param db - a database of `createDB`, of any branch
   * @param serde - serializes values; by default LangGraph's `JsonPlusSerializer`. Values to which it gives the type
   *   `'json'` are stored as JSON
   * @throws {TypeError} if `db` is not a database, or `serde` lacks a function
   */
  constructor(db: DB<never>, serde?: SerializerProtocol)
  constructor(db: DB, serde?: SerializerProtocol)
  constructor(db: unknown, serde?: SerializerProtocol, ...surplus: unknown[]) {
    expectSerializer(serde)
    refuseOptions('HistoSaver', surplus)
    super(serde)
    const handle = Bound.handleOf(db)
    if (handle === undefined) throw new TypeError(`db must be a database, not ${described(db)}`)
    this.#lookup = new Lookup(handle)
    const writes = new WritesPutter(this.#lookup, this.#recent)
    this.#writesPutter = writes
    this.#putter = new Putter(this.#lookup, this.#recent, (key) => writes.isBusy(key))
  }

  /**
   * Returns the checkpoint that a configuration names, or the last of its thread and namespace, with its metadata, its
   * parent and its pending writes; `undefined` if there is none.
   *
   * @throws {TypeError} if an id is not well-formed text
   * @throws {HistoError} `HISTO_SHALLOW` if its revision was erased by `erase`; as reads do
   */
  override async getTuple(config: ThreadConfig): Promise<SavedCheckpoint | undefined> {
    const { thread, namespace = '', id } = askedBy(config)
    if (thread === undefined) return undefined
    const place = { thread, namespace }
    const facts = await this.#find(place, id)
    if (facts === undefined) return undefined
    try {
      return await this.#tuples.tupleOf(facts)
    } catch (error) {
      // It was deleted meanwhile with its thread, unless it is found again.
      if (!isGone(error) || (await this.#find(place, id)) !== undefined) throw error
      return undefined
    }
  }

  /** Returns only the checkpoint of `getTuple`. */
  override async get(config: ThreadConfig): Promise<Checkpoint | undefined> {
    return (await this.getTuple(config))?.checkpoint
  }

  /**
   * Returns the writes from which LangGraph computes the values of `DeltaChannel`s: those since the last full value.
   *
   * Cost: reads the checkpoints back to that value.
   *
   * @throws {TypeError} if the question lacks a part, has another one, or an id is not well-formed text
   */
  override async getDeltaChannelHistory(
    question: DeltaChannelQuestion
  ): Promise<DeltaChannelHistories> {
    const { config, channels } = questionArgument(question)
    const { thread, namespace = '', id } = askedBy(config)
    const isAsked = thread !== undefined && channels.length > 0
    const facts = isAsked ? await this.#find({ thread, namespace }, id) : undefined
    return await deltaHistories(this.#lookup, this.#tuples, facts, channels)
  }

  /**
   * Iterates the checkpoints of a thread and namespace, the last id first. Without a namespace it iterates all namespaces
   * of the thread, without a thread all threads, one after the other. Checkpoints are read as they are taken.
   *
   * Cost: a checkpoint that `before` or `filter` skips costs reading its meta.
   *
   * @throws {TypeError} if an option is unknown or of another type, or an id is not well-formed text
   */
  override async *list(
    config: ThreadConfig,
    options?: ThreadListOptions
  ): AsyncGenerator<SavedCheckpoint> {
    const { thread, namespace, id } = askedBy(config)
    const { before, limit, filter } = listArguments(options)
    const tuples = this.#tuples
    let left = limit
    for await (const place of placesOf(this.#lookup, thread, namespace)) {
      for await (const facts of this.#listed(place, id, before)) {
        if (left <= 0) return
        if (!(await tuples.matches(facts, filter))) continue
        left -= 1
        yield await tuples.tupleOf(facts)
      }
    }
  }

  /**
   * Saves a checkpoint after the one that `config` names: on the same branch, or as a fork if something follows that one
   * already.
   *
   * Cost: one commit.
   *
   * @returns the configuration of the checkpoint
   * @throws {TypeError} if the thread is missing, or an id is not well-formed text
   * @throws what the serializer throws, and as `put` of a database does; nothing is saved then
   */
  override async put(
    config: ThreadConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions
  ): Promise<CheckpointConfig> {
    const { id: parentId, ...place } = placeIn(config, 'put')
    const id = idArgument(checkpoint.id, 'checkpoint.id')
    const values = new Values(this.serde)
    const isNew = (channel: string) => Object.hasOwn(newVersions ?? {}, channel)
    await this.#putter.put({
      place,
      id,
      parentId,
      time: typeof checkpoint.ts === 'string' ? checkpoint.ts : undefined,
      metadata,
      store: (opaque) => {
        const keeps = (channel: string) => parentId !== undefined || isNew(channel)
        return storeState(values, checkpoint, metadata, { keeps, opaque })
      }
    })
    return configOf(place, id)
  }

  /**
   * Saves the writes of a task after a checkpoint, which need not be saved yet.
   *
   * Cost: one commit, shared by concurrent tasks.
   *
   * @throws {TypeError} if the thread or the checkpoint is missing, or an id is not well-formed text
   * @throws what the serializer throws, and as `put` of a database does; nothing is saved then
   */
  override async putWrites(
    config: ThreadConfig,
    writes: PendingWrite[],
    taskId: string,
    taskPath = ''
  ): Promise<void> {
    const { id, ...place } = placeIn(config, 'putWrites')
    if (id === undefined) {
      const message = 'putWrites needs the checkpoint: config.configurable.checkpoint_id is missing'
      throw new TypeError(message)
    }
    const task = idArgument(taskId, 'taskId')
    if (writes.length === 0) return
    await this.#writesPutter.put(
      place,
      id,
      { writes, task, path: taskPath },
      new Values(this.serde)
    )
  }

  /**
   * Deletes all checkpoints and writes of a thread, in all namespaces, and erases their data. Revisions that a branch
   * outside of threads reaches keep their data. On a path the bytes may stay in free pages until they are overwritten, or
   * until `compact`. Over stores of your own the next `prune` deletes the data. Replicas are not informed.
   *
   * Cost: a commit for each 256 checkpoints, and reading the name of each branch of the database.
   */
  override async deleteThread(threadId: string): Promise<void> {
    const thread = idArgument(threadId, 'threadId')
    for (;;) {
      try {
        this.#recent.clear()
        await deleteThread(this.#lookup, thread)
        return
      } catch (error) {
        if (!hasCode(error, 'HISTO_HEAD_CONFLICT')) throw error // otherwise the thread was written to meanwhile
      }
    }
  }

  /**
   * Returns the ref of the checkpoint that a configuration names, or of the last one: for `db.diff`, `db.changes`, and to
   * move a branch to it.
   *
   * @returns `null` if there is none
   */
  refOf(config: ThreadConfig): Promise<Ref | null>
  async refOf(config: ThreadConfig, ...surplus: unknown[]): Promise<Ref | null> {
    refuseOptions('refOf', surplus)
    const { id, ...place } = placeIn(config, 'refOf')
    return (await this.#find(place, id))?.ref ?? null
  }

  /**
   * Returns the branch that the checkpoint was put on, whose `log`, `undo` and `redo` are those of the thread.
   *
   * @returns `null` if there is none
   */
  branchOf(config: ThreadConfig): Promise<string | null>
  async branchOf(config: ThreadConfig, ...surplus: unknown[]): Promise<string | null> {
    refuseOptions('branchOf', surplus)
    const { id, ...place } = placeIn(config, 'branchOf')
    return (await this.#find(place, id))?.branch ?? null
  }

  /** Returns a function that selects the branches of a thread, with its pending writes, for `branches` of a synchronizer. */
  branchesOf(threadId: string): (branch: string) => boolean
  branchesOf(threadId: string, ...surplus: unknown[]): (branch: string) => boolean {
    refuseOptions('branchesOf', surplus)
    const thread = idArgument(threadId, 'threadId')
    const prefixes = [threadPrefix(thread), threadIndex(thread)]
    return (branch) => prefixes.some((prefix) => branch.startsWith(prefix))
  }

  async #find(place: Place, id: string | undefined): Promise<Facts | undefined> {
    if (id === undefined) return await this.#lookup.latest(place)
    return (await this.#lookup.find(place, id))?.checkpoint
  }

  async *#listed(
    place: Place,
    id: string | undefined,
    before: string | undefined
  ): AsyncGenerator<Facts> {
    if (id === undefined) yield* checkpointsIn(this.#lookup, place, before)
    else if (before === undefined || id < before) {
      const found = await this.#find(place, id)
      if (found !== undefined) yield found
    }
  }

  get #tuples(): Tuples {
    const values = new Values(this.serde)
    return new Tuples(this.#lookup, values, () => this.getNextVersion(undefined))
  }
}

/** @throws {TypeError} if it is given and is none, such as options of another checkpointer */
function expectSerializer(serde: unknown): void {
  if (serde === undefined) return
  for (const name of ['dumpsTyped', 'loadsTyped']) {
    if (isRecord(serde) && typeof serde[name] === 'function') continue
    throw new TypeError(`serde must be a serializer with ${name}, not ${described(serde)}`)
  }
}
