/** LangGraph's validation suite over HistoSaver, in memory and on a path. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { createDB } from '../../ts/index.js'
import { validateOver } from './validation.js'

const folder = mkdtempSync(join(tmpdir(), 'histo-langgraph-'))
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
let opened = 0

validateOver('HistoSaver in memory', () => createDB().ready())

validateOver('HistoSaver on a path', () => {
  opened += 1
  return createDB({ path: join(folder, `${opened}`) }).ready()
})
