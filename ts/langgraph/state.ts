/**
 * Converts a checkpoint into the data of a revision, and back.
 *
 * The data is `{ channel_values, checkpoint, encoded?, metadata? }`: the values of the channels; the rest of the
 * checkpoint, without its id and time, which are in the meta; the serializer's types of values that are stored as strings;
 * and metadata that is too long for the meta.
 */

import type { Checkpoint, CheckpointMetadata } from '@langchain/langgraph-checkpoint'
import { parseJson } from '../base/parse.js'
import type { Payload } from '../engine.js'
import { fitsMeta } from './facts.js'
import { members, type Stored, type Values } from './values.js'

/** The stored form of a checkpoint. */
export interface StoredState {
  /** The data's JSON. */
  readonly payload: string
  /** Metadata that goes into the meta, as JSON. */
  readonly metadata: string | undefined
}

/** A checkpoint read back, without id and time; without metadata if that is in the meta. */
export interface State {
  readonly checkpoint: Omit<Checkpoint, 'id' | 'ts'>
  readonly metadata: CheckpointMetadata | undefined
}

/** Serializes a checkpoint with the channels for which `keeps` returns `true`. */
export async function storeState(
  values: Values,
  checkpoint: Checkpoint,
  metadata: CheckpointMetadata,
  how: { readonly keeps: (channel: string) => boolean; readonly opaque: boolean }
): Promise<StoredState> {
  const { channel_values: channels, id: _id, ...rest } = checkpoint
  if (typeof rest.ts === 'string') Reflect.deleteProperty(rest, 'ts')
  const kept = Object.entries(channels ?? {}).filter(([channel]) => how.keeps(channel))
  const about = await values.store(metadata, how.opaque)
  const isInMeta = about.type === undefined && fitsMeta(about.text)
  if (isInMeta && !how.opaque) {
    // Printed as one: to join a large state from parts copies it several times.
    const payload = values.plain({ channel_values: Object.fromEntries(kept), checkpoint: rest })
    if (payload !== undefined) return { payload, metadata: about.text }
  }
  const [whole, ...stored] = await Promise.all([
    values.store(rest, how.opaque),
    ...kept.map(([, value]) => values.store(value, how.opaque))
  ])
  const named = kept.map(([channel], at) => [channel, stored[at] as Stored] as const)
  const types = {
    ...typeOf('checkpoint', whole),
    ...(isInMeta ? {} : typeOf('metadata', about)),
    ...typesOf(named)
  }
  const parts = [
    `"channel_values":{${named.map(([channel, { text }]) => `${JSON.stringify(channel)}:${text}`).join(',')}}`,
    `"checkpoint":${whole.text}`
  ]
  if (Object.keys(types).length > 0) parts.push(`"encoded":${JSON.stringify(types)}`)
  if (!isInMeta) parts.push(`"metadata":${about.text}`)
  return { payload: `{${parts.join(',')}}`, metadata: isInMeta ? about.text : undefined }
}

function typeOf(part: string, { type }: Stored): Record<string, string> {
  return type === undefined ? {} : { [part]: type }
}

function typesOf(named: readonly (readonly [string, Stored])[]) {
  const typed = named.filter(([, { type }]) => type !== undefined)
  if (typed.length === 0) return {}
  return { channel_values: Object.fromEntries(typed.map(([channel, { type }]) => [channel, type])) }
}

/** Reads the data of a checkpoint's revision; of its channels only those that are wanted. */
export async function loadState(
  values: Values,
  payload: Payload,
  isWanted: (channel: string) => boolean = () => true
): Promise<State> {
  const text = typeof payload === 'string' ? payload : Buffer.from(payload).toString()
  const data = members(parseJson(text))
  const types = members(data['encoded'])
  const isPlain = data['encoded'] === undefined && values.isPlain(text)
  const load = async (value: unknown, type: unknown): Promise<unknown> =>
    isPlain
      ? value
      : await values.load({ value, type: typeof type === 'string' ? type : undefined })
  const channelTypes = members(types['channel_values'])
  const wanted = Object.entries(members(data['channel_values'])).filter(([channel]) =>
    isWanted(channel)
  )
  const [rest, metadata, channels] = await Promise.all([
    load(data['checkpoint'], types['checkpoint']),
    'metadata' in data ? load(data['metadata'], types['metadata']) : undefined,
    Promise.all(
      wanted.map(
        async ([channel, value]) => [channel, await load(value, channelTypes[channel])] as const
      )
    )
  ])
  const checkpoint = { ...(rest as Checkpoint), channel_values: Object.fromEntries(channels) }
  return { checkpoint, metadata: metadata as CheckpointMetadata | undefined }
}
