/**
 * A process of 200 clients that misbehave in one way. Over IPC: the name of a behaviour begins it, `undefined` ends it,
 * and gets the statuses.
 */

import { connect } from 'node:net'
import { manners } from './manners.mjs'

const [, , port, many] = process.argv
let stop = () => undefined
let statuses = {}

process.once('message', ({ refs, large }) => {
  const all = manners({ refs, large })
  process.on('message', ({ manner }) => {
    stop()
    if (manner === undefined) return process.send(statuses)
    statuses = {}
    stop = begin(all[manner])
  })
  process.send(Object.keys(all))
})
process.on('disconnect', () => process.exit())

/** Makes all clients behave like that, each again when it is cut off or answered, until it is ended. */
function begin(manner) {
  const sockets = new Set()
  let isOver = false
  const client = () => {
    if (isOver) return
    const socket = connect(Number(port), '127.0.0.1')
    sockets.add(socket)
    const note = (status) => {
      statuses[status] = (statuses[status] ?? 0) + 1
    }
    socket.once('data', (data) => note(/^HTTP\/1.1 (\d+)/.exec(data.toString('latin1'))?.[1]))
    socket.on('error', (error) => note(error.code))
    socket.on('close', () => {
      sockets.delete(socket)
      setTimeout(client, 10)
    })
    socket.on('connect', () => manner(socket))
  }
  for (let number = 0; number < Number(many); number += 1) client()
  return () => {
    isOver = true
    for (const socket of sockets) socket.destroy()
  }
}
