/**
 * The page in a browser: what stays visible where there is little room, and what people can do about errors.
 *
 * Checked to fail: on the page as it was before each of these was made.
 */

import { expect, test } from 'vitest'
import { hasBrowser, opened, rowsOf, shownPage } from './browser.js'
// biome-ignore lint/correctness/useImportExtensions: a script, not compiled
import * as inBrowser from './in-browser.mjs'

test.runIf(hasBrowser)('a row with many names still shows its message', async () => {
  const db = opened()
  const ref = await db.put({ at: 1 }, { meta: { message: 'what it is about' } })
  for (let at = 0; at < 9; at += 1) await db.branch(`feature/number-${at}`).setHead(ref)
  await db.branch('x'.repeat(80)).setHead(ref)
  for (const width of [1280, 400]) {
    const page = await shownPage(db, { viewport: { width, height: 800 } })
    const [row] = await rowsOf(page).all()
    const box = await row?.locator('.said').boundingBox()
    expect(box?.width).toBeGreaterThan(60)
    const names = await row?.locator('.label').last().boundingBox()
    expect((names?.x ?? 0) + (names?.width ?? 999)).toBeLessThanOrEqual((box?.x ?? 0) + 1)
    expect(await row?.innerText()).toContain('+9')
  }
})

test.runIf(hasBrowser)(
  'a search result says what the revision is about, and where the text is',
  async () => {
    const db = opened()
    await db.put(
      { tags: ['bread', 'sourdough'] },
      { meta: { author: 'Ann', message: 'first try' } }
    )
    const page = await shownPage(db)
    await page.getByLabel('Search the history').fill('SOUR')
    const result = page.locator('.results li').first()
    await result.getByText('first try').waitFor()
    expect((await result.innerText()).replace(/\s+/g, ' ')).toContain('/tags/1: sourdough')
    expect(await result.locator('mark').innerText()).toBe('sour')
  }
)

test.runIf(hasBrowser)('a revision that could not be loaded can be loaded again', async () => {
  const db = opened()
  const ref = await db.put({ at: 1 }, { meta: { message: 'the one' } })
  await db.put({ at: 2 })
  const page = await shownPage(db)
  const failing = (url: URL) => url.pathname.endsWith('/api/revision')
  await page.route(failing, (route) => route.fulfill({ status: 200, body: 'no JSON' }))
  await rowsOf(page).filter({ hasText: 'the one' }).click()
  await page.locator('.detail').getByRole('alert').waitFor()
  await page.unroute(failing)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.locator('.whole', { hasText: ref }).waitFor()
})

test.runIf(hasBrowser)('a long string among differences is cut, and its length told', async () => {
  const db = opened()
  await db.put({ text: 'x'.repeat(2000) })
  await db.put({ text: 'y' })
  const page = await shownPage(db)
  const change = page.locator('.differences li')
  await change.getByText('of 2,000 characters').waitFor()
  expect((await change.innerText()).length).toBeLessThan(400)
})

test.runIf(hasBrowser)(
  'nothing but the parts of the page scrolls, and no button is in another one',
  async () => {
    const db = opened()
    await db.put({ list: [{ a: 1 }] })
    await db.put(Object.fromEntries(Array.from({ length: 35 }, (_, at) => [`key ${at}`, [at]])))
    const page = await shownPage(db)
    await page.locator('.differences li').last().waitFor()
    expect(await page.evaluate(inBrowser.documentHeight)).toBe(800)
    expect(await page.locator(':is(button, summary, a) :is(button, a, input)').count()).toBe(0)
    await page.locator('summary', { hasText: 'key 7' }).hover()
    await page.getByRole('button', { name: 'History of the value at /key 7', exact: true }).click()
    await page.locator('.past-of li').waitFor()
  }
)
