/**
 * The validation suite of LangGraph's checkpointers, which wants the functions of vitest as globals.
 */

import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint'
import { deltaChannelHistoryTests, validate } from '@langchain/langgraph-checkpoint-validation'
import * as vitest from 'vitest'
import type { DB } from '../../ts/index.js'
import { HistoSaver } from '../../ts/langgraph-entry.js'

/** Runs all of the suite, each part of it over a database of its own. */
export function validateOver(name: string, open: () => Promise<DB>): void {
  const { describe, it, test, expect, beforeAll, beforeEach, afterAll, afterEach } = vitest
  Object.assign(globalThis, {
    describe,
    it,
    test,
    expect,
    beforeAll,
    beforeEach,
    afterAll,
    afterEach
  })
  const opened = new Map<BaseCheckpointSaver, DB>()
  const initializer = {
    checkpointerName: name,
    createCheckpointer: async () => {
      const db = await open()
      const saver = new HistoSaver(db)
      opened.set(saver, db)
      return saver
    },
    destroyCheckpointer: async (saver: BaseCheckpointSaver) => {
      await opened.get(saver)?.close()
    }
  }
  validate(initializer)
  deltaChannelHistoryTests(initializer)
}
