/**
 * A process that sends requests like a client that is up to date: the state, a few refs, and what is new
 * since a moment ago. Over IPC: a message begins, the next one ends, and gets the times in ms.
 */

import { Agent, request } from 'node:http'
import { encode, version } from './wire.mjs'

const [, , port] = process.argv
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
/** ms between two requests. */
const pause = 20
let [asked, times, failures, slowest] = [[], [], {}, {}]
let isOn = false

process.once('message', (refs) => {
  const recent = refs.slice(-8)
  asked = [
    ['GET', 'state'],
    ['POST', 'has', encode(refs.slice(-32))],
    ['POST', 'news?bounds=1&compress=1', encode([recent[6]])],
    ['POST', 'revisions?compress=1', encode(recent.slice(6))]
  ]
  process.on('message', () => {
    isOn = !isOn
    if (isOn) void run()
    else process.send({ times, failures, slowest })
  })
  process.send('ready')
})
process.on('disconnect', () => process.exit())

async function run() {
  ;[times, failures, slowest] = [[], {}, {}]
  for (let number = 0; isOn; number += 1) {
    const begun = performance.now()
    const status = await ask(...asked[number % asked.length])
    const took = performance.now() - begun
    times.push(took)
    const path = asked[number % asked.length][1].split('?')[0]
    slowest[path] = Math.max(slowest[path] ?? 0, Math.round(took))
    if (status !== 200) failures[status] = (failures[status] ?? 0) + 1
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

function ask(method, path, body) {
  return new Promise((resolve) => {
    const headers = { ...version, ...(body && { 'content-length': body.length }) }
    const options = {
      method,
      agent,
      headers,
      port: Number(port),
      host: '127.0.0.1',
      path: `/${path}`
    }
    const sent = request(options, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode))
      answer.on('error', () => resolve('broken'))
    })
    sent.on('error', (error) => resolve(error.code))
    sent.end(body)
  })
}
