/**
 * A link of 50 ms (there and back) that loses one packet in a hundred, between two network namespaces:
 * real TCP over the program in `slow-link`. Linux, root and `ip` (iproute2) alone.
 */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Milliseconds one way, and packets lost of 10,000. */
export const slow = { delay: 25, loss: 100 }

const program = fileURLToPath(
  new URL('../../../target/slow-link/release/histo-slow-link', import.meta.url)
)
const ip = (...args) => execFileSync('ip', args, { stdio: 'ignore' })

/** Why there can be no link on this machine; `undefined` where there can. */
export function whyNoLink() {
  if (process.platform !== 'linux') return 'it needs Linux'
  if (process.getuid() !== 0) return 'it needs root'
  try {
    ip('-V')
    return undefined
  } catch {
    return 'it needs the command ip'
  }
}

/** Makes the link; `place` says where the two processes go. */
export async function slowLink({ delay, loss }) {
  const names = ['server', 'client'].map((role) => `histo-${role}-${process.pid}`)
  const devices = ['hserver', 'hclient']
  const link = spawn(program, [...devices, String(delay), String(loss)], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const end = () => {
    link.kill()
    for (const name of names) ip('netns', 'del', name)
  }
  await once(link.stdout, 'data')
  for (const [index, name] of names.entries()) {
    ip('netns', 'add', name)
    ip('link', 'set', devices[index], 'netns', name)
    ip('-n', name, 'addr', 'add', `10.77.0.${index + 1}/30`, 'dev', devices[index])
    ip('-n', name, 'link', 'set', devices[index], 'up')
  }
  const [server, client] = names
  return { place: { address: '10.77.0.1', server, client }, end }
}
