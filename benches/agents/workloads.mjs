/**
 * Workloads of agents for a checkpointer: a conversation, a state with forks, a crowd of threads.
 *
 * Each workload takes a saver and returns its measurements. Texts are random letters and blanks from a seed, so that
 * nothing is gained by their repetition.
 */

import assert from 'node:assert/strict'
import { HumanMessage } from '@langchain/core/messages'
import { uuid6 } from '@langchain/langgraph-checkpoint'

/** Processor time of this process, all threads, in microseconds. */
const used = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

let seed = 1
const random = (below) => {
  seed = (seed * 48_271) % 2_147_483_647
  return seed % below
}
const letters = 'etaoinshrdlucmfwypvbgkjqxz     '
const words = (bytes) => {
  let text = ''
  while (text.length < bytes) text += letters[random(letters.length)]
  return text
}

const configOf = (thread, id) => ({
  configurable: { thread_id: thread, checkpoint_ns: '', ...(id ? { checkpoint_id: id } : {}) }
})
const metadataOf = (step) => ({ source: 'loop', step, parents: {} })

const checkpointOf = (step, values) => ({
  v: 4,
  id: uuid6(step),
  ts: new Date().toISOString(),
  channel_values: values,
  channel_versions: { messages: step, 'branch:to:agent': step },
  versions_seen: { input: {}, start: { start: 1 }, agent: { 'branch:to:agent': step } }
})

/** `turns` messages of `bytes`, the whole list as the state; a checkpoint and the writes of a task a turn. */
async function conversation(saver, { turns, bytes, isMessage }) {
  const thread = 'conversation'
  let config = configOf(thread)
  let messages = []
  const texts = Array.from({ length: turns }, () => words(bytes))
  const begun = used()
  const started = performance.now()
  for (let turn = 1; turn <= turns; turn += 1) {
    const text = texts[turn - 1]
    const plain = { role: turn % 2 === 0 ? 'assistant' : 'user', content: text }
    const message = isMessage ? new HumanMessage({ content: text, id: `${turn}` }) : plain
    messages = [...messages, message]
    const checkpoint = checkpointOf(turn, { messages })
    // As in LangGraph, the writes of a task are being saved while the next checkpoint is saved.
    const writes = [['messages', [message]]]
    const writing = turn > 1 && saver.putWrites(config, writes, `task-${turn}`, '~__pregel_pull')
    const putting = saver.put(config, checkpoint, metadataOf(turn), checkpoint.channel_versions)
    ;[config] = await Promise.all([putting, writing])
  }
  const cpu = (used() - begun) / turns / 1000
  const wall = (performance.now() - started) / turns
  const { checkpoint } = await saver.getTuple(configOf(thread))
  assert.equal(checkpoint.channel_values.messages.length, turns)
  return { cpu, wall }
}

/** A state of `bytes` that grows, with a fork at a random checkpoint every `every` steps. */
async function forks(saver, { steps, bytes, grows, every }) {
  const thread = 'forks'
  const message = () => ({ role: 'assistant', content: words(grows) })
  const first = []
  for (let has = 0; has < bytes; has += grows + 35) first.push(message())
  const ids = []
  const states = []
  let at = { config: configOf(thread), messages: first }
  let total = 0
  const begun = used()
  for (let step = 1; step <= steps; step += 1) {
    if (step % every === 0) at = states[random(states.length)]
    const messages = [...at.messages, message()]
    const checkpoint = checkpointOf(step, { messages })
    const config = await saver.put(
      at.config,
      checkpoint,
      metadataOf(step),
      checkpoint.channel_versions
    )
    at = { config, messages }
    states.push(at)
    ids.push(checkpoint.id)
    total += JSON.stringify(checkpoint).length
  }
  const cpu = (used() - begun) / steps / 1000
  const times = []
  for (let n = 0; n < 200; n += 1) {
    const place = random(ids.length)
    const start = performance.now()
    const { checkpoint } = await saver.getTuple(configOf(thread, ids[place]))
    times.push(performance.now() - start)
    assert.equal(checkpoint.channel_values.messages.length, states[place].messages.length)
  }
  times.sort((one, other) => one - other)
  return { cpu, total, get: times[100], slowest: times[197] }
}

/** `threads` at once, each with `turns` that add `bytes` to its state; every checkpoint durable. */
async function crowd(saver, { threads, turns, bytes }) {
  const texts = Array.from({ length: turns }, () => words(bytes))
  const begun = used()
  const started = performance.now()
  const thread = async (_, number) => {
    let config = configOf(`thread-${number}`)
    let messages = []
    for (let turn = 1; turn <= turns; turn += 1) {
      messages = [...messages, { role: 'user', content: texts[turn - 1] }]
      const checkpoint = checkpointOf(turn, { messages })
      config = await saver.put(config, checkpoint, metadataOf(turn), checkpoint.channel_versions)
    }
  }
  await Promise.all(Array.from({ length: threads }, thread))
  const seconds = (performance.now() - started) / 1000
  return { rate: (threads * turns) / seconds, cpu: (used() - begun) / threads / turns / 1000 }
}

/** The workloads, with their full and quick sizes. */
export const workloads = {
  'a conversation': {
    run: conversation,
    whole: { turns: 500, bytes: 415, isMessage: false },
    quick: { turns: 60, bytes: 415, isMessage: false }
  },
  'a conversation of messages': {
    run: conversation,
    whole: { turns: 500, bytes: 260, isMessage: true },
    quick: { turns: 60, bytes: 260, isMessage: true }
  },
  forks: {
    run: forks,
    whole: { steps: 2000, bytes: 100_000, grows: 450, every: 10 },
    quick: { steps: 200, bytes: 20_000, grows: 450, every: 10 }
  },
  'a crowd': {
    run: crowd,
    whole: { threads: 100, turns: 50, bytes: 1000 },
    quick: { threads: 20, turns: 5, bytes: 1000 }
  }
}
