/** The bar of progress: on a terminal alone, where something takes long. */

import { PassThrough } from 'node:stream'
import { afterEach, expect, test, vi } from 'vitest'
import { Output } from '../../ts/shell/output.js'
import { Progress } from '../../ts/shell/progress.js'
import type { Shell } from '../../ts/shell/shell.js'
import { widthOf } from '../../ts/shell/text.js'

afterEach(() => void vi.useRealTimers())

/** The output of a bar while `run` moves it. */
function written(
  { isTTY = true, hasColour = true, json = false },
  run: (bar: Progress, wait: (ms: number) => void) => void
): string {
  vi.useFakeTimers({ toFake: ['performance'] })
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 60 })
  const err = new Output(stream as unknown as NodeJS.WriteStream, hasColour)
  const bar = new Progress({ err, json } as Shell, 'verifying')
  run(bar, (ms) => void vi.advanceTimersByTime(ms))
  return (stream.read() as Buffer | null)?.toString() ?? ''
}

test('a bar is drawn after a moment, at most ten times a second, and removed at the end', () => {
  const text = written({}, (bar, wait) => {
    bar.show(1, 100)
    wait(500)
    bar.show(50, 100)
    bar.show(51, 100)
    wait(100)
    bar.show(75, 100)
    bar.end()
    bar.end()
  })
  expect(text).toBe(
    `\r\u001b[Kverifying ${'█'.repeat(12)}${'░'.repeat(12)} 50 %\r\u001b[Kverifying ${'█'.repeat(18)}${'░'.repeat(6)} 75 %\r\u001b[K`
  )
})

test('without a known total it shows a count', () => {
  const text = written({}, (bar, wait) => {
    wait(500)
    bar.show(1234, 0)
  })
  expect(text).toBe('\r\u001b[Kverifying 1234')
})

test.each([{ isTTY: false }, { hasColour: false }, { json: true }])(
  'there is no bar with %o',
  (surroundings) => {
    const text = written(surroundings, (bar, wait) => {
      wait(500)
      bar.show(50, 100)
      bar.end()
    })
    expect(text).toBe('')
  }
)

test('a bar is never wider than the terminal', () => {
  const text = written({}, (bar, wait) => {
    wait(500)
    bar.show(2 ** 40, 0)
    wait(500)
    bar.show(1, 3)
  })
  const lines = text.split('\r\u001b[K')
  expect(Math.max(...lines.map(widthOf))).toBeLessThan(60)
})
