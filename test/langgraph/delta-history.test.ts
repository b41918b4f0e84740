/** The writes that LangGraph makes the values of its `DeltaChannel`s of, beside those of its own saver. */

import { MemorySaver } from '@langchain/langgraph-checkpoint'
import { expect, test, vi } from 'vitest'
import { Bound } from '../../ts/branch/handle.js'
import { createDB } from '../../ts/index.js'
import { HistoSaver } from '../../ts/langgraph-entry.js'
import { checkpointOf, configOf, metadataOf } from './checkpoints.js'

/** Ten checkpoints with writes to two channels; `messages` was saved whole at the third. */
async function filled(savers: readonly (HistoSaver | MemorySaver)[]): Promise<void> {
  for (const saver of savers) {
    let config = configOf('a')
    for (let step = 1; step <= 10; step += 1) {
      const values = step === 3 ? { messages: ['whole'] } : { other: step }
      const checkpoint = checkpointOf(String(100 + step), values)
      const versions = checkpoint.channel_versions
      config = await saver.put(config, checkpoint, metadataOf(step), versions)
      const writes: [string, unknown][] = [
        ['messages', { text: `${step}` }],
        ['never', step]
      ]
      await saver.putWrites(config, writes, 'second', 'b')
      await saver.putWrites(config, writes.slice(0, 1), 'first', 'a')
    }
  }
}

test('it is as that of the saver in memory, from wherever it is asked', async () => {
  await using db = createDB()
  const [ours, theirs] = [new HistoSaver(db), new MemorySaver()]
  await filled([ours, theirs])
  const channels = ['messages', 'other', 'never', 'none']
  for (const id of [undefined, '101', '103', '104', '107', 'nowhere']) {
    const question = { config: configOf('a', id), channels }
    const found = await ours.getDeltaChannelHistory(question)
    expect(found).toEqual(await theirs.getDeltaChannelHistory(question))
    expect(Object.keys(found)).toEqual(channels)
  }
  const { messages } = await ours.getDeltaChannelHistory({ config: configOf('a'), channels })
  expect(messages?.seed).toEqual(['whole'])
  expect(messages?.writes).toHaveLength(14)
})

test('nothing is asked, or of nobody: nothing is there', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await filled([saver])
  expect(await saver.getDeltaChannelHistory({ config: configOf('a'), channels: [] })).toEqual({})
  const question = { config: configOf('b'), channels: ['messages'] }
  expect(await saver.getDeltaChannelHistory(question)).toEqual({ messages: { writes: [] } })
  expect(await saver.getDeltaChannelHistory({ ...question, config: {} })).toEqual({
    messages: { writes: [] }
  })
})

test('no checkpoint is read beyond the one that has the value', async () => {
  await using db = createDB()
  await filled([new HistoSaver(db)])
  const { engine } = Bound.handleOf(db) as NonNullable<ReturnType<typeof Bound.handleOf>>
  const read = vi.spyOn(engine, 'payload')
  const saver = new HistoSaver(db)
  await saver.getDeltaChannelHistory({ config: configOf('a'), channels: ['messages'] })
  expect(read.mock.calls.length).toBe(14) // the states and the writes of seven
})
