/**
 * Reads checkpoints in LangGraph's form: the state, its metadata, its parent and its pending writes.
 */

import { isDeepStrictEqual } from 'node:util'
import {
  type Checkpoint,
  type CheckpointMetadata,
  type CheckpointPendingWrite,
  maxChannelVersion,
  TASKS
} from '@langchain/langgraph-checkpoint'
import { isRecord } from '../base/arguments.js'
import { configOf } from './configs.js'
import type { Facts } from './facts.js'
import type { Lookup } from './lookup.js'
import type { Place } from './names.js'
import { joined, pendingOf, type Write } from './pending.js'
import { loadState, type State } from './state.js'
import type { SavedCheckpoint } from './types.js'
import type { Values } from './values.js'

type Version = Checkpoint['channel_versions'][string]

/** Reads with one serializer. */
export class Tuples {
  readonly #lookup: Lookup
  readonly #values: Values
  readonly #firstVersion: () => Version

  constructor(lookup: Lookup, values: Values, firstVersion: () => Version) {
    this.#lookup = lookup
    this.#values = values
    this.#firstVersion = firstVersion
  }

  async tupleOf(facts: Facts): Promise<SavedCheckpoint> {
    const { place, id, time } = facts
    const { checkpoint: rest, metadata: inState } = await this.#stateOf(facts)
    const checkpoint = { ...rest, ...(time === undefined ? {} : { ts: time }), id } as Checkpoint
    const metadata = inState ?? (await this.#metadataIn(facts))
    const parent = (await this.#lookup.facts.one(facts.ancestors[0]))?.id ?? facts.lostParent
    if (checkpoint.v < 4 && parent !== undefined) await this.#migrate(checkpoint, place, parent)
    const pendingWrites = await pendingOf(this.#values, await this.#writesOf(place, id))
    return {
      config: configOf(place, id),
      checkpoint,
      ...(metadata === undefined ? {} : { metadata }),
      ...(parent === undefined ? {} : { parentConfig: configOf(place, parent) }),
      pendingWrites
    }
  }

  /** The pending writes of a checkpoint to some channels. */
  async writesTo(
    { place, id }: Facts,
    isWanted: (channel: string) => boolean
  ): Promise<CheckpointPendingWrite[]> {
    const writes = await this.#writesOf(place, id)
    return await pendingOf(
      this.#values,
      writes.filter(({ channel }) => isWanted(channel))
    )
  }

  /** The values of some channels, as far as a checkpoint has them. */
  async valuesIn(
    facts: Facts,
    isWanted: (channel: string) => boolean
  ): Promise<Readonly<Record<string, unknown>>> {
    return (await this.#stateOf(facts, isWanted)).checkpoint.channel_values
  }

  /** Whether the metadata has these members. Reads the state only if the metadata is stored there. */
  async matches(
    facts: Facts,
    filter: Readonly<Record<string, unknown>> | undefined
  ): Promise<boolean> {
    const wanted = Object.entries(filter ?? {})
    if (wanted.length === 0) return true
    const metadata: unknown =
      (await this.#metadataIn(facts)) ?? (await this.#stateOf(facts)).metadata
    return wanted.every(([key, value]) =>
      isDeepStrictEqual(isRecord(metadata) ? metadata[key] : undefined, value)
    )
  }

  /** The metadata in the meta. */
  async #metadataIn({ metadata: value }: Facts): Promise<CheckpointMetadata | undefined> {
    if (value === undefined) return undefined
    return (await this.#values.load({ value, type: undefined })) as CheckpointMetadata
  }

  async #stateOf({ ref }: Facts, isWanted?: (channel: string) => boolean): Promise<State> {
    const { handle } = this.#lookup
    const payload = await handle.ask((engine) => engine.payload(ref, undefined))
    return await loadState(this.#values, payload, isWanted)
  }

  async #writesOf(place: Place, id: string): Promise<Write[]> {
    const entries = await this.#lookup.entries(place, id)
    const each = await Promise.all(entries.map(({ facts }) => this.#lookup.writesIn(facts)))
    return each.reduce((all, writes) => joined(all, writes), [])
  }

  /** Migrates as LangGraph's savers do: before version 4, sends to tasks were stored only with the parent. */
  async #migrate(checkpoint: Checkpoint, place: Place, parent: string): Promise<void> {
    const writes = await this.#writesOf(place, parent)
    const sends = writes.filter(({ channel }) => channel === TASKS)
    const pending = await pendingOf(this.#values, sends)
    checkpoint.channel_values[TASKS] = pending.map(([, , value]) => value)
    const versions = Object.values(checkpoint.channel_versions)
    checkpoint.channel_versions[TASKS] =
      versions.length > 0 ? maxChannelVersion(...versions) : this.#firstVersion()
  }
}
