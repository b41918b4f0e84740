/**
 * The page in a browser: what people see and do.
 *
 * Checked to fail: with names put in by `innerHTML`, with the escapes left out, with `keydown` not listened to, and
 * with the news not asked for.
 */

import { stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { DB } from '../../ts/index.js'
import { mostParsed } from '../../ts/page/read.js'
import { hasBrowser, opened, rowsOf, shownPage } from './browser.js'
// biome-ignore lint/correctness/useImportExtensions: a script, not compiled
import * as inBrowser from './in-browser.mjs'

const meta = (author: string, message: string) => ({
  author,
  message,
  time: '2026-08-01T09:12:00Z'
})

/** A fork with a conflict and its merge, a replica, and a few more versions. */
async function kitchen() {
  const db = opened()
  const first = await db.put({ oven: 230, tags: ['bread'] }, { meta: meta('Ann', 'begin') })
  const idea = db.branch('idea')
  await idea.setHead(first)
  const theirs = await idea.put({ oven: 240, tags: ['bread'] }, { meta: meta('Bob', 'hotter') })
  const ours = await db.put({ oven: 220, tags: ['bread'] }, { meta: meta('Ann', 'colder') })
  await db.setRemoteHead('laptop', theirs)
  const { ref: merged } = await db.merge(theirs, () => ({ oven: 235, tags: ['bread', 'slow'] }), {
    meta: meta('Cleo', 'meet in the middle')
  })
  return { db, first, ours, theirs, merged }
}

/** A line of revisions, oldest first. */
async function line(db: DB, count: number): Promise<string[]> {
  return await db.putMany(
    Array.from({ length: count }, (_, at) => ({
      data: { at },
      meta: meta('Ann', `step number ${at}`)
    }))
  )
}

test.runIf(hasBrowser)('everything shown is in the document as text', async () => {
  const { db, first, merged, theirs } = await kitchen()
  const page = await shownPage(db)
  await page.getByText('"slow"').first().waitFor()
  expect(new URL(page.url()).search).toBe('')
  const text = await page.evaluate(inBrowser.visibleText)
  for (const said of ['kitchen', 'main', 'idea', 'remotes/laptop', merged, first.slice(0, 10)]) {
    expect(text).toContain(said)
  }
  for (const said of ['begin', 'hotter', 'colder', 'meet in the middle', 'Cleo', '4 revisions']) {
    expect(text).toContain(said)
  }
  expect(text).toContain('claimed, not verified')
  await page.getByText('2 behind main').first().waitFor()
  expect(await rowsOf(page).count()).toBe(4)
  const chosen = rowsOf(page, { selected: true })
  expect(await chosen.innerText()).toContain(merged.slice(0, 10))
  expect(await chosen.textContent()).toContain('a merge of 2')
  expect(await page.getByRole('navigation').innerText()).toContain(theirs.slice(0, 10))
})

test.runIf(hasBrowser)(
  'a merge shows its conflicts, and a click the history of a value',
  async () => {
    const { db, theirs } = await kitchen()
    const page = await shownPage(db)
    const conflicts = page.locator('.detail section', { hasText: 'Conflicts of this merge' })
    await conflicts.getByText('both modified').waitFor()
    expect((await conflicts.innerText()).replace(/\s+/g, ' ')).toContain(
      'base 230 ours 220 theirs 240 settled as 235'
    )
    await conflicts.getByRole('button', { name: '/oven' }).click()
    const past = page.locator('.past-of')
    await past.getByText('begin').waitFor()
    expect(await past.locator('li').count()).toBe(4)
    await past.getByRole('button', { name: theirs.slice(0, 10) }).click()
    await page.getByText(theirs, { exact: true }).waitFor()
    await page.locator('.tree .leaf', { hasText: 'oven' }).hover()
    await page.getByRole('button', { name: 'History of the value at /oven' }).click()
    await past.getByText('begin').waitFor() // of several, or none, this fails
  }
)

test.runIf(hasBrowser)('j and k move the selection, / searches, ? lists the keys', async () => {
  const db = opened()
  const refs = await line(db, 300)
  const page = await shownPage(db)
  const isShown = (ref = '') => page.locator('.whole', { hasText: ref }).waitFor()
  await isShown(refs.at(-1))
  for (let at = 0; at < 40; at += 1) await page.keyboard.press('j')
  await isShown(refs.at(-41))
  await page.getByText('step number 259').first().waitFor()
  await page.keyboard.press('k')
  await isShown(refs.at(-40))
  const active = await page.getByRole('listbox').getAttribute('aria-activedescendant')
  expect(await page.locator(`#${active}`).getAttribute('aria-selected')).toBe('true')
  await page.keyboard.press('?')
  await page.getByRole('dialog').getByText('the next revision').waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('/')
  await page.keyboard.type('number 7')
  await page.getByText('11 results.').waitFor()
  await page.keyboard.press('Escape')
  expect(await page.getByText('11 results.').isVisible()).toBe(false)
  await page.keyboard.press('j')
  await isShown(refs.at(-41))
})

test.runIf(hasBrowser)(
  'rows and their dots stay aligned when half a row is scrolled into view',
  async () => {
    const db = opened()
    await line(db, 100)
    const page = await shownPage(db)
    const half = rowsOf(page).filter({ hasText: 'step number 76' })
    await half.evaluate(inBrowser.bringInSight)
    await half.click()
    const tops = await page.locator('.window, .window canvas').evaluateAll(inBrowser.topsOf)
    expect(tops[0]).toBe(tops[1])
  }
)

test.runIf(hasBrowser)('a click selects a search result, and the address names it', async () => {
  const db = opened()
  const refs = await line(db, 3000)
  const page = await shownPage(db)
  await page.getByLabel('Search the history').fill('step number 2017')
  const result = page.locator('.results .what', { hasText: 'step number 2017' })
  await result.click()
  await page.locator('.whole', { hasText: refs[2017] ?? '' }).waitFor()
  await rowsOf(page, { selected: true }).getByText('step number 2017').waitFor()
  expect(new URL(page.url()).hash).toBe(`#${refs[2017]}`)
  await page.reload()
  await page.locator('.whole', { hasText: refs[2017] ?? '' }).waitFor()
  await rowsOf(page, { selected: true }).getByText('step number 2017').waitFor()
  await page.getByLabel('Search the history').fill(refs[44]?.slice(0, 12) ?? '')
  await page
    .locator('.results')
    .getByText(refs[44]?.slice(0, 10) ?? '')
    .first()
    .waitFor()
  await page.getByLabel('Search the history').fill('no such words')
  await page.getByText('Nothing was found.').waitFor()
})

test.runIf(hasBrowser)('two revisions are compared', async () => {
  const { db } = await kitchen()
  const page = await shownPage(db)
  await rowsOf(page).filter({ hasText: 'colder' }).click()
  await page.getByRole('heading', { name: 'colder' }).waitFor()
  await page
    .getByRole('option')
    .filter({ hasText: 'hotter' })
    .click({ modifiers: ['Shift'] })
  const detail = page.locator('.detail')
  await detail.getByText('If they are merged: conflicts').waitFor()
  expect((await detail.innerText()).replace(/\s+/g, ' ')).toContain('/oven220 240')
  expect(await detail.innerText()).toContain('1 ahead, 1 behind the first')
  await page.getByLabel('From', { exact: true }).fill('main')
  await page.getByLabel('To', { exact: true }).fill('main~1')
  await page.getByLabel('To', { exact: true }).press('Enter')
  await detail.getByText('One contains the other.').waitFor()
  await page.getByLabel('To', { exact: true }).fill('nothing')
  await page.getByLabel('To', { exact: true }).press('Enter')
  await detail.getByRole('alert').getByText('is named nothing').waitFor()
  await db.put({ later: true }, { meta: meta('Dan', 'meanwhile') })
  await rowsOf(page).filter({ hasText: 'meanwhile' }).waitFor()
  expect(await page.getByLabel('To', { exact: true }).inputValue()).toBe('nothing')
})

test.runIf(hasBrowser)('the slider goes through the versions of a branch', async () => {
  const db = opened()
  const refs = await line(db, 20)
  const page = await shownPage(db)
  await page.getByText('version 20 of 20').waitFor()
  await page.getByLabel('Version of the branch').fill('4')
  await page.locator('.whole', { hasText: refs[4] ?? '' }).waitFor()
  await page.getByLabel('Later version').click()
  await page.locator('.whole', { hasText: refs[5] ?? '' }).waitFor()
})

test.runIf(hasBrowser)('heads that move are shown as they move', async () => {
  const db = opened()
  await line(db, 200)
  const page = await shownPage(db)
  const next = await db.put({ new: true }, { meta: meta('Dan', 'just written') })
  await page.locator('.whole', { hasText: next }).waitFor()
  await rowsOf(page).filter({ hasText: 'just written' }).waitFor()
  await db.setRemoteHead('phone', next)
  await page.getByRole('navigation').getByText('phone').waitFor()
  // The remote head of another branch is measured from the branch of its name.
  const idea = db.branch('idea')
  await idea.setHead(next)
  await idea.put({ idea: 1 })
  await db.setRemoteHead('phone/idea', next)
  const remote = page.getByRole('button', { name: 'phone/idea' })
  await remote.getByText('1 behind idea').waitFor()
  // What is being read stays.
  for (let at = 0; at < 60; at += 1) await page.keyboard.press('j')
  const heading = page.getByRole('heading', { name: 'step number 140' })
  await heading.waitFor()
  const later = db.branch('later')
  await later.setHead(next)
  await later.put({ new: 2 }, { meta: meta('Dan', 'on another branch') })
  await page.getByRole('button', { name: 'The history has changed' }).click()
  await rowsOf(page).filter({ hasText: 'on another branch' }).waitFor()
  expect(await heading.isVisible()).toBe(true)
})

test.runIf(hasBrowser)(
  'a database without a revision says so, and its first one is shown',
  async () => {
    const db = opened()
    const page = await shownPage(db)
    await page.getByText('There is no revision yet.').waitFor()
    await db.put({ title: 'the first' })
    await page.getByText('"the first"', { exact: true }).waitFor()
    await page.getByText('1 revision', { exact: true }).waitFor()
  }
)

test.runIf(hasBrowser)('it is dark if the system is', async () => {
  const { db } = await kitchen()
  const backs: number[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await shownPage(db, { colorScheme })
    const { back, text, isDrawn } = await page.evaluate(inBrowser.lightness)
    expect(Math.abs(back - text)).toBeGreaterThan(150)
    expect(isDrawn).toBe(true)
    backs.push(back)
  }
  expect(backs[0]).toBeGreaterThan(200)
  expect(backs[1]).toBeLessThan(60)
})

test.runIf(hasBrowser)('it is readable at 400 pixels', async () => {
  const { db, first } = await kitchen()
  const page = await shownPage(db, { viewport: { width: 400, height: 800 } })
  const row = rowsOf(page).filter({ hasText: 'begin' })
  for (const part of ['begin', first.slice(0, 10), 'Ann']) {
    const box = await row.getByText(part).boundingBox()
    expect(box?.x ?? -1).toBeGreaterThanOrEqual(0)
    expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(400)
  }
  await row.click()
  await page.locator('.whole', { hasText: first }).scrollIntoViewIfNeeded()
  expect(await page.evaluate(inBrowser.documentWidth)).toBe(400)
})

const nasty = '<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"\'`{{}}'
const unseen = '\u0000\u0007\u001b[31m\u009b\u061c\u200e\u202e\u2066\u2028'

test.runIf(hasBrowser)(
  'no data is taken for markup, and invisible characters are shown',
  async () => {
    const db = opened(nasty.replaceAll('/', ''))
    const said = `${nasty}${unseen}`
    const claims = { author: said, message: `${said}\nmore ${said}`, time: said, [said]: said }
    const one = await db.put({ [said]: [said, { [nasty]: unseen }], at: 1 }, { meta: claims })
    const side = db.branch(`${nasty}\u202e`)
    await side.setHead(one)
    await side.put({ [said]: [nasty], at: 2 }, { meta: claims })
    await db.put({ [said]: [], at: 3 }, { meta: claims })
    await db.merge(side.head() ?? '', () => ({ [said]: said }), { meta: claims })
    await db.setRemoteHead(`${nasty}\u202e`, one)
    const page = await shownPage(db)
    await page.locator('.conflicts').waitFor()
    await page.locator('.conflicts button').first().click()
    await page.locator('.past-of li').first().waitFor()
    await page.getByLabel('Search the history').fill('hacked')
    await page.locator('.results li').first().waitFor()
    const check = async () => {
      const found = await page.evaluate(inBrowser.markup)
      expect([found.hacked, found.scripts, found.images]).toEqual([false, 1, 0])
      expect(found.texts).toContain(nasty)
      expect(found.texts).toContain('\\u202e')
      expect(found.texts).toContain('\\u001b[31m')
      expect(found.texts.replace(/[\n\t]/g, '')).not.toMatch(
        /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u
      )
    }
    await check()
    await page.keyboard.press('Escape')
    await rowsOf(page).last().click()
    await page.locator('.whole', { hasText: one }).waitFor()
    await check()
    await rowsOf(page)
      .first()
      .click({ modifiers: ['Shift'] })
    await page.getByText('Histories').waitFor()
    await check()
  }
)

test.runIf(hasBrowser)('large data is loaded as it is opened', async () => {
  const db = opened()
  await db.put({
    many: Array.from({ length: 1000 }, (_, at) => ({ at })),
    long: 'x'.repeat(10_000)
  })
  const page = await shownPage(db)
  await page.getByText('1,000 elements').click()
  await page.getByRole('button', { name: '900 more' }).click()
  await page.getByRole('button', { name: '800 more' }).waitFor()
  await page.getByText('of 10,000 characters').waitFor()
  await page.locator('.leaf', { hasText: 'at: 149' }).waitFor()
})

test.runIf(hasBrowser)('data that is too large for a tree is shown by its beginning', async () => {
  const db = opened()
  await db.put({ text: `begin ${'x'.repeat(mostParsed)} end`, [nasty]: unseen })
  const page = await shownPage(db)
  const piece = page.locator('pre.piece')
  await piece.getByText('begin xxx').waitFor()
  await page.getByText('the first 65,536 bytes are shown').waitFor()
  await page.getByRole('button', { name: 'Show more' }).click()
  await page.getByText('the first 131,072 bytes are shown').waitFor()
  expect((await page.evaluate(inBrowser.markup)).hacked).toBe(false)
  const coming = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download all' }).click()
  const path = await (await coming).path()
  const { size } = await stat(path)
  expect(size).toBeGreaterThan(mostParsed)
})
