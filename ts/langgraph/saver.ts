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
import type { Ref } from '../base/types.js'
import { Bound } from '../branch/handle.js'
import type { DB } from '../db.js'
import { askedBy, configOf, idArgument, placeIn } from './configs.js'
import { deltaHistories } from './delta-history.js'
import { deleteThread } from './erase.js'
import { type Facts, isConflict, isGone } from './facts.js'
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

/** Checkpoints whose place is kept, since their children come next. */
const mostRecent = 1024

/**
 * A LangGraph checkpointer over a database of `createDB`. A thread and namespace is a prefix of branches, one for each
 * leaf; a checkpoint is a revision whose ancestor is its parent; a fork costs one commit. A step costs what it changed.
 *
 * The database may hold anything else too, and is closed by who opened it. Several processes, and several savers, may
 * serve one thread: where two go on from one checkpoint, both stay, as a fork.
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
   * @param db - a database of `createDB`, whichever branch it stands for
   * @param serde - writes and reads values; LangGraph's `JsonPlusSerializer` where it is left out. What it gives the type
   *   `'json'` is stored as JSON
   * @throws {TypeError} if `db` is no database, or `serde` lacks a function
   */
  constructor(db: DB<never>, serde?: SerializerProtocol)
  constructor(db: DB, serde?: SerializerProtocol)
  constructor(db: unknown, serde?: SerializerProtocol) {
    expectSerializer(serde)
    super(serde)
    const handle = Bound.handleOf(db)
    if (handle === undefined) throw new TypeError(`db must be a database, not ${described(db)}`)
    this.#lookup = new Lookup(handle)
    const writes = new WritesPutter(this.#lookup, this.#recent)
    this.#writesPutter = writes
    this.#putter = new Putter(this.#lookup, this.#recent, (key) => writes.isBusy(key))
  }

  /**
   * The checkpoint that a configuration names, or the last of its thread and namespace, with its metadata, its parent and
   * its pending writes; `undefined` where there is none.
   *
   * @throws {TypeError} if an id is no well-formed text
   * @throws {HistoError} `HISTO_SHALLOW` if it was erased by itself; as reads do
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
      // Deleted meanwhile, with its thread, unless it is found again.
      if (!isGone(error) || (await this.#find(place, id)) !== undefined) throw error
      return undefined
    }
  }

  /** The checkpoint of `getTuple` alone. */
  override async get(config: ThreadConfig): Promise<Checkpoint | undefined> {
    return (await this.getTuple(config))?.checkpoint
  }

  /**
   * What LangGraph makes the values of its `DeltaChannel`s of: the writes since they were last saved whole.
   *
   * Cost: reads the checkpoints back to there.
   */
  override async getDeltaChannelHistory(
    question: DeltaChannelQuestion
  ): Promise<DeltaChannelHistories> {
    const { config, channels } = question
    const { thread, namespace = '', id } = askedBy(config)
    const isAsked = thread !== undefined && channels.length > 0
    const facts = isAsked ? await this.#find({ thread, namespace }, id) : undefined
    return await deltaHistories(this.#lookup, this.#tuples, facts, channels)
  }

  /**
   * The checkpoints of a thread and namespace, of all namespaces or of all threads, as far as the configuration names
   * them: place by place, the last id first. They are read as they are taken.
   *
   * Cost: what is passed over, by `before` or by `filter`, costs a look at its meta.
   */
  override async *list(
    config: ThreadConfig,
    options: ThreadListOptions = {}
  ): AsyncGenerator<SavedCheckpoint> {
    const { thread, namespace, id } = askedBy(config)
    const { before: beforeConfig, limit = Number.POSITIVE_INFINITY, filter } = options
    const before = beforeConfig === undefined ? undefined : askedBy(beforeConfig).id
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
   * Saves a checkpoint after the one that `config` names: on that one's branch, or as a fork where something follows it
   * already.
   *
   * Cost: one commit.
   *
   * @returns the configuration of the checkpoint
   * @throws {TypeError} if the thread is missing, or an id is no well-formed text
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
   * Saves what a task wrote after a checkpoint, which need not be saved yet.
   *
   * Cost: one commit, shared by the tasks of one moment.
   *
   * @throws {TypeError} if the thread or the checkpoint is missing, or an id is no well-formed text
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
   * Deletes all checkpoints and writes of a thread, in all namespaces, and erases their data; what a branch that is no
   * thread's reaches keeps it. On a path the bytes may stay in free pages until they are written over, or until
   * `compact`. Over stores of your own the data goes with the next `prune`. Replicas do not hear of it.
   *
   * Cost: a commit for 256 checkpoints, and a look at the name of each branch of the database.
   */
  override async deleteThread(threadId: string): Promise<void> {
    const thread = idArgument(threadId, 'threadId')
    for (;;) {
      try {
        this.#recent.clear()
        await deleteThread(this.#lookup, thread)
        return
      } catch (error) {
        if (!isConflict(error)) throw error // else the thread was written to meanwhile
      }
    }
  }

  /**
   * The ref of the checkpoint that a configuration names, or of the last one: for `db.diff`, `db.changes`, and to move a
   * branch to it.
   *
   * @returns `null` where there is none
   */
  async refOf(config: ThreadConfig): Promise<Ref | null> {
    const { id, ...place } = placeIn(config, 'refOf')
    return (await this.#find(place, id))?.ref ?? null
  }

  /**
   * The branch that the checkpoint was put on, whose `log`, `undo` and `redo` are those of the thread.
   *
   * @returns `null` where there is none
   */
  async branchOf(config: ThreadConfig): Promise<string | null> {
    const { id, ...place } = placeIn(config, 'branchOf')
    return (await this.#find(place, id))?.branch ?? null
  }

  /** Tells the branches of a thread, pending writes included, from others: for `branches` of a synchronizer. */
  branchesOf(threadId: string): (branch: string) => boolean {
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
