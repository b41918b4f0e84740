/**
 * Pages in Chromium, over `node:http`, with a token.
 */

import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page
} from 'playwright-core'
import { afterAll, expect, onTestFinished } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { createPageListener } from '../../ts/page-entry.js'
import { possible } from '../support/skip.js'

const places = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser']
const executablePath = places.find((path) => path !== '' && existsSync(path))

/** Whether there is a browser. */
export const hasBrowser: boolean = possible(
  executablePath !== undefined,
  'the page in a browser needs Chromium: apt-get install chromium, or its path in CHROMIUM'
)

const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
let browser: Promise<Browser> | undefined
afterAll(async () => await (await browser)?.close())

/** A database that goes with the test. */
export function opened(name = 'kitchen'): DB {
  const db = createDB({ name })
  onTestFinished(() => db.close())
  return db
}

/**
 * Opens the page of a database. After the test nothing may have gone wrong in it, or have been asked for elsewhere.
 * `begin` runs in the browser before the page does.
 */
export async function shownPage(
  db: DB,
  options: BrowserContextOptions = {},
  begin?: () => void
): Promise<Page> {
  const server = createServer(createPageListener(db, { token: 'secret' }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser ??= chromium.launch({ executablePath: executablePath ?? '', args })
  const size = { viewport: { width: 1400, height: 800 } }
  const context = await (await browser).newContext({ ...size, ...options })
  if (begin !== undefined) await context.addInitScript(begin)
  context.setDefaultTimeout(10_000)
  const wrong: string[] = []
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) wrong.push(request.url())
  })
  context.on('weberror', (error) => wrong.push(String(error.error())))
  context.on('console', (message) => {
    if (message.type() === 'error') wrong.push(message.text())
  })
  context.on('dialog', (dialog) => {
    wrong.push(dialog.message())
    void dialog.dismiss()
  })
  onTestFinished(async () => {
    await context.close()
    server.closeAllConnections()
    server.close()
    expect(wrong).toEqual([])
  })
  const page = await context.newPage()
  await page.goto(`${origin}/?token=secret`)
  await page.locator('.row .ref, .status:has-text("no revision")').first().waitFor()
  return page
}

/** The rows of the history that are in sight. */
export function rowsOf(page: Page, options: { readonly selected?: boolean } = {}): Locator {
  return page.getByRole('listbox').getByRole('option', options)
}
