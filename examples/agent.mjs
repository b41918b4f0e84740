/**
 * An agent whose thread outlives its processes: `node examples/agent.mjs [folder]`.
 *
 * It plans a trip and asks before it books. One process begins and waits for the answer, another one takes it. Then the
 * other answer is tried as a fork, both ends are compared, and the thread goes to a second database. The model is
 * scripted: no network.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { HumanMessage } from '@langchain/core/messages'
import { FakeListChatModel } from '@langchain/core/utils/testing'
import {
  Command,
  END,
  interrupt,
  MessagesAnnotation,
  START,
  StateGraph
} from '@langchain/langgraph'
import { createDB } from 'histo-revisions'
import { HistoSaver } from 'histo-revisions/langgraph'

const [folder = './agent-data', part = 'all'] = process.argv.slice(2)
const thread = { configurable: { thread_id: 'trip' } }

/** What the model says to a message. */
const script = {
  'A trip to the sea, please.': 'By train on Friday, back on Sunday.',
  yes: 'It is booked.',
  no: 'Nothing is booked.'
}

async function answer({ messages }) {
  const model = new FakeListChatModel({ responses: [script[messages.at(-1).content]] })
  return { messages: [await model.invoke(messages)] }
}

function ask() {
  return { messages: [new HumanMessage(interrupt('Shall I book it?'))] }
}

function agentOver(saver) {
  return new StateGraph(MessagesAnnotation)
    .addNode('plan', answer)
    .addNode('ask', ask)
    .addNode('book', answer)
    .addEdge(START, 'plan')
    .addEdge('plan', 'ask')
    .addEdge('ask', 'book')
    .addEdge('book', END)
    .compile({ checkpointer: saver })
}

const last = ({ messages }) => messages.at(-1).content

/** In a process of its own: goes until the agent asks. */
async function begin(agent) {
  await agent.invoke({ messages: [new HumanMessage('A trip to the sea, please.')] }, thread)
  const { values, tasks } = await agent.getState(thread)
  console.log(`${last(values)} ${tasks[0].interrupts[0].value}`)
}

/** In another process: answers. */
async function goOn(agent) {
  console.log(last(await agent.invoke(new Command({ resume: 'yes' }), thread)))
}

/** Tries the other answer, from the checkpoint at which the agent asked. */
async function fork(agent) {
  let asked
  for await (const state of agent.getStateHistory(thread)) {
    if (state.next[0] === 'ask') asked = state.config
  }
  const answered = await agent.updateState(asked, { messages: [new HumanMessage('no')] }, 'ask')
  console.log(last(await agent.invoke(null, answered)))
}

/** Tells the ends of both leaves apart. */
async function compare(db) {
  const [one, other] = Object.values(await db.branches({ prefix: 'trip/' }))
  const parted = await db.commonAncestor(one, other)
  console.log(`They parted after: ${(await db.revision(parted)).meta.message}`)
  for (const { op, path, value } of await db.diff(one, other)) {
    if (path.endsWith('/content')) console.log(`${op} ${path}: ${value}`)
  }
}

/** Has the thread at a second database, pending writes and all. */
async function bring(db, saver) {
  const laptop = await createDB({ path: join(folder, 'laptop'), name: 'laptop' }).ready()
  const { failed } = await laptop.pull(db, { branches: saver.branchesOf('trip'), resolve: 'json' })
  assert.deepEqual({ ...failed }, {})
  const there = new HistoSaver(laptop)
  let count = 0
  for await (const { checkpoint, config } of saver.list(thread)) {
    assert.deepEqual((await there.getTuple(config)).checkpoint, checkpoint)
    count += 1
  }
  console.log(`${count} checkpoints are at both databases.`)
  await laptop.close()
}

if (part === 'all') {
  const again = (what) =>
    promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), folder, what])
  for (const what of ['begin', 'go on']) process.stdout.write((await again(what)).stdout)
}
const db = await createDB({ path: join(folder, 'server'), name: 'server' }).ready()
const saver = new HistoSaver(db)
const agent = agentOver(saver)
if (part === 'begin') await begin(agent)
else if (part === 'go on') await goOn(agent)
else {
  await fork(agent)
  await compare(db)
  await bring(db, saver)
}
await db.close()
