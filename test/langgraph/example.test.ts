/** The example does what it says, in processes of its own, and again over what it left. */

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { root } from '../support/project.js'

test('an agent is interrupted, continues in another process, forks, and is copied to a second database', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'histo-agent-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const program = join(root, 'examples', 'agent.mjs')
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, folder])
  expect(stderr).toBe('')
  expect(stdout.trim().split('\n')).toEqual([
    'By train on Friday, back on Sunday. Shall I book it?',
    'It is booked.',
    'Nothing is booked.',
    'They parted after: loop 1',
    expect.stringMatching(/^replace \/channel_values\/messages\/2\/kwargs\/content: (?:yes|no)$/),
    expect.stringMatching(/^replace \/channel_values\/messages\/3\/kwargs\/content: .* booked\.$/),
    '7 checkpoints are at both databases.'
  ])
}, 60_000)
