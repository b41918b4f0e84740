/**
 * `view`: a page that shows the history, for a browser on this machine.
 */

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { listen, stopped } from './local-server.js'
import { readingHere } from './open.js'
import { exit, type Shell } from './shell.js'

/** Serves the page until a signal ends it. */
export async function run(shell: Shell): Promise<number> {
  const port = shell.count('port', { most: 65_535 }) ?? 0
  const token = shell.env['HISTO_TOKEN'] || randomBytes(24).toString('base64url')
  const db = await readingHere(shell)
  const { createPageListener } = await import('../page-entry.js')
  const listener = createPageListener(db, { token })
  const address = await listen(shell, { host: '127.0.0.1', port, checksHost: true }, listener)
  const url = `${address}?token=${encodeURIComponent(token)}`
  const end = stopped()
  await shell.tell({ url }, url)
  await shell.note('control-C ends it')
  if (!shell.flag('no-open') && shell.out.isTerminal) open(url)
  await end
  return exit.done
}

/** Asks the system to open the page; if that fails, the address was printed anyway. */
function open(url: string): void {
  const [command, ...args] = openers[process.platform] ?? ['xdg-open']
  const child = spawn(command ?? 'xdg-open', [...args, url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}

/** The commands that open a URL. On Windows `start` is a word of the shell, which would interpret `&`. */
const openers: Readonly<Partial<Record<string, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler']
}
