/** Ways to misbehave: what a client does with a new connection. */

import { encode, texts } from './wire.mjs'

const megabyte = 1 << 20
/** Names or refs that one request may ask about. */
const mostAsked = 65_536

/** All of them, by what they do. */
export function manners({ refs, large }) {
  const head = refs.at(-1)
  const [one, many] = [encode([head]), encode(refs)]
  // Names of branches beside refs, as questions about many branches bring them.
  const heads = Buffer.concat([section(texts(mostAsked, 12)), section(many)])
  const shorts = Buffer.concat([
    section(texts(mostAsked, 12)),
    section(Buffer.alloc(mostAsked * 6, 7))
  ])
  const base64 = many.toString('base64')
  const bomb = Buffer.from(`{"base64":"","x":[${'{},'.repeat(11e6)}0]}`)
  const json = { 'content-type': 'application/json' }
  return {
    '33 MB of JSON that is none': (socket) => post(socket, 'has', bomb, json),
    'the longest list in JSON': (socket) => post(socket, 'has', JSON.stringify({ base64 }), json),
    'the longest list': (socket) => post(socket, 'has', many),
    'the longest list of branches': (socket) => post(socket, 'branches-pull?prefix=', heads),
    'the most branches compared': (socket) => post(socket, 'branches?prefix=&what=names', shorts),
    'the most branches moved': (socket) => post(socket, 'branches-head?prefix=&remote=bad', heads),
    'the longest list of long refs': (socket) => post(socket, 'has', texts(65_536, 512)),
    'a list that trickles': (socket) => {
      socket.write(begin('has', many.length))
      socket.write(many.subarray(0, -1000))
      trickle(socket)
    },
    'the whole difference': (socket) => post(socket, 'difference', one),
    'pages of the difference': (socket) => post(socket, 'difference?limit=65536', one),
    'pages of the difference, not read': (socket) => unread(socket, 'difference?limit=65536', one),
    'a pull of all': (socket) => post(socket, 'pull?compress=1', one),
    'a pull of all, not read': (socket) => unread(socket, 'pull', one),
    'a pull of all beside the longest list': (socket) => post(socket, 'pull', many),
    'news of all': (socket) => post(socket, 'news?bounds=0', encode([])),
    'a megabyte 3,000 times': (socket) =>
      post(socket, 'revisions', encode(new Array(3000).fill(large))),
    'a megabyte, not read': (socket) => unread(socket, 'revisions', encode([large])),
    'a push that rests after 8 MB': (socket) => {
      socket.write(begin('push?remote=bad', 64 * megabyte))
      socket.write(unfinished(8 * megabyte))
      trickle(socket)
    },
    'a pull that is left at once': (socket) => {
      post(socket, 'pull', one)
      setTimeout(() => socket.destroy(), 20)
    }
  }
}

function begin(path, length, headers = {}) {
  const all = { host: 'x', connection: 'close', 'content-length': length, ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `POST /${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

function post(socket, path, body, headers = {}) {
  socket.write(begin(path, Buffer.byteLength(body), headers))
  socket.write(body)
}

function unread(socket, path, body) {
  socket.pause()
  post(socket, path, body)
}

/** A byte each half second. */
function trickle(socket) {
  const timer = setInterval(() => socket.write('x'), 500)
  socket.on('close', () => clearInterval(timer))
}

/** The begin of a stream of one revision that is larger. */
function unfinished(size) {
  return Buffer.concat([preamble(), batch(48 * megabyte), Buffer.alloc(size, 'x')])
}

function preamble() {
  const bytes = Buffer.from('89484953544f0d0a0100000000000000', 'hex')
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 12)), 12)
  return bytes
}

function batch(length) {
  const bytes = Buffer.alloc(24)
  bytes[0] = 1
  bytes.writeUInt32LE(1, 4)
  bytes.writeUInt32LE(length, 8)
  bytes.writeUInt32LE(length, 12)
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 20)), 20)
  return bytes
}

function crc32c(bytes) {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return (crc ^ -1) >>> 0
}

/** A part of a body that has several: its length, then its bytes. */
function section(bytes) {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([length, bytes])
}
