/**
 * A process for one rival, called by the bench (`sync/calls.mjs`). It takes the times itself, so that they exclude the
 * calls, and checks each result after the clock has stopped.
 */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { random } from '../../../target/benches/lib/data.js'
import { answerCalls } from '../sync/calls.mjs'
import { mix } from './clients.mjs'
import { kinds, versions } from './data.mjs'
import { memoryNow } from './memory.mjs'

const draw = random()
let rival
let folder
let opened
let refs = []

/** Milliseconds that `work` took, and what it resolved with. */
async function timed(work) {
  const start = performance.now()
  const answer = await work()
  return { milliseconds: performance.now() - start, answer }
}

const pick = (count) => Array.from({ length: count }, () => draw(refs.length))

const calls = {
  /** Loads the rival's module; if that fails, the rival is left out with the error as the reason. */
  async load(file) {
    // Where a module that is CommonJS throws, Node.js 20 rejects a second promise that nobody holds.
    const ignore = () => {}
    process.on('unhandledRejection', ignore)
    rival = await import(`./rivals/${file}.mjs`)
    process.off('unhandledRejection', ignore)
    return { how: rival.how, isVolatile: rival.isVolatile, isSlow: rival.isSlow }
  },
  /** Opens or creates a database in a folder; returns milliseconds until its head is known. */
  async open(path, isNew) {
    folder = path
    const { milliseconds, answer } = await timed(async () => {
      const made = await rival.open(path, isNew)
      if (!isNew) await made.head()
      return made
    })
    opened = answer
    return milliseconds
  },
  /** Reads the refs that `check` left. */
  refs(path) {
    refs = JSON.parse(readFileSync(join(path, 'refs.json'), 'utf8'))
  },
  /** Puts further versions; returns milliseconds. */
  async put(kind, count, flight) {
    const all = versions(kind, refs.length, count)
    const { milliseconds, answer } = await timed(() => opened.put(all, flight))
    assert.equal(answer.length, count)
    for (const ref of answer) refs.push(ref)
    return milliseconds
  },
  /** Checks the head; leaves the refs beside the database. Old versions are checked when they are read. */
  async check() {
    assert.deepEqual(await opened.head(), refs.at(-1), 'the head is not what was put last')
    writeFileSync(join(folder, 'refs.json'), JSON.stringify(refs))
  },
  /** Reads random versions one by one, and then `together`; milliseconds of both. */
  async read(kind, count, together) {
    const numbers = pick(count)
    const asked = numbers.map((number) => refs[number])
    const check = (all) => {
      for (const [index, data] of all.entries()) {
        assert.deepEqual(data, kinds[kind](numbers[index]), `version ${numbers[index]}`)
      }
    }
    const one = await timed(async () => {
      const all = []
      for (const ref of asked) all.push(await opened.get(ref))
      return all
    })
    check(one.answer)
    if (opened.getMany === undefined) return { one: one.milliseconds }
    const many = await timed(async () => {
      const all = []
      for (let at = 0; at < asked.length; at += together) {
        for (const data of await opened.getMany(asked.slice(at, at + together))) all.push(data)
      }
      return all
    })
    check(many.answer)
    return { one: one.milliseconds, many: many.milliseconds }
  },
  memory: memoryNow,
  async close() {
    await opened.close()
  },
  /** Loads a shape; `false` if the rival has no graph. */
  async loadGraph(path, parents) {
    if (rival.loadGraph === undefined) return false
    opened = await rival.loadGraph(path, parents)
    return true
  },
  /** Queries pairs until the time is over; returns milliseconds, the number of pairs, and of wrong results. */
  async ask(question, queries, budget) {
    if (opened[question] === undefined) return undefined
    let [asked, wrong, spent] = [0, 0, 0]
    for (const { from, to, expected } of queries) {
      const { milliseconds, answer } = await timed(() => opened[question](from, to))
      spent += milliseconds
      asked += 1
      const sorted = Array.isArray(answer) ? answer.sort((a, b) => a - b) : answer
      if (JSON.stringify(sorted) !== JSON.stringify(expected)) wrong += 1
      if (spent > budget) break
    }
    return { milliseconds: spent, asked, wrong }
  },
  /** Clients that read, write and merge until the time or the operations are over; ms by what they did. */
  async mix(path, operations, clients, budget) {
    if (rival.openMixed === undefined) return undefined
    opened = await rival.openMixed(path)
    return mix(opened, operations, clients, budget)
  },
  /** Makes two branches and asks for their base; milliseconds of the median. */
  async fork(each, times) {
    if (opened.fork === undefined) return undefined
    const { base, ask } = await opened.fork(each)
    const all = []
    for (let time = 0; time < times; time += 1) {
      const { milliseconds, answer } = await timed(ask)
      assert.deepEqual(answer, base, 'another merge base')
      all.push(milliseconds)
    }
    return all.sort((a, b) => a - b)[times >> 1]
  }
}

answerCalls(calls)
