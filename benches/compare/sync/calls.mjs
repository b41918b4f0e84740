/**
 * Calls between the bench and the processes that it forks: `{ call, args }` there, `{ answer }` or
 * `{ error }` back, one at a time.
 */

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** In a forked process: answers the calls of the bench until it lets go. */
export function answerCalls(calls) {
  process.on('message', async ({ call, args }) => {
    try {
      process.send({ answer: (await calls[call](...args)) ?? null })
    } catch (error) {
      process.send({ error: String(error?.stack ?? error) })
    }
  })
  process.on('disconnect', () => process.exit())
}

/** Forks a file of this folder, into a network namespace where one is given. */
export function child(file, namespace) {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const node = ['--expose-gc']
  const options =
    namespace === undefined
      ? { execArgv: node }
      : { execPath: 'ip', execArgv: ['netns', 'exec', namespace, process.execPath, ...node] }
  const forked = fork(path, [], options)
  return {
    ask: (call, ...args) => ask(forked, call, args),
    end: () => forked.disconnect()
  }
}

function ask(forked, call, args) {
  return new Promise((resolve, reject) => {
    const ended = (code) => reject(new Error(`the process ended with ${code} during ${call}`))
    forked.once('exit', ended)
    forked.once('message', ({ answer, error }) => {
      forked.off('exit', ended)
      if (error === undefined) resolve(answer)
      else reject(new Error(error))
    })
    forked.send({ call, args })
  })
}
