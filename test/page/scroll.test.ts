/**
 * Scrolling through more rows than an element can be high, without a browser.
 *
 * Checked to fail: with the offset left as it is at the ends of the bar, and with a jump taken for a step.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ScrollMap, tallest } from '../../page/scroll.js'

const [rowHeight, viewport] = [30, 900]

function mapOf(count: number): ScrollMap {
  const map = new ScrollMap(rowHeight)
  map.resize(count, rowHeight, viewport)
  return map
}

test('few rows scroll as elements do', () => {
  const map = mapOf(1000)
  expect([map.height, map.top]).toEqual([30_000, 0])
  map.moved(12_345)
  expect(map.top).toBe(12_345)
  map.go(500)
  expect([map.bar, map.top]).toEqual([500, 500])
})

test('the element is never higher than browsers allow, and both ends are reached', () => {
  for (const count of [300_000, 1_000_000, 10_000_000]) {
    const map = mapOf(count)
    expect(map.height).toBe(tallest)
    map.moved(tallest - viewport)
    expect(map.top).toBe(count * rowHeight - viewport)
    map.moved(0)
    expect(map.top).toBe(0)
    map.go(Number.POSITIVE_INFINITY)
    expect([map.top, map.bar]).toEqual([count * rowHeight - viewport, tallest - viewport])
  }
})

test('a small step of the bar is as small a step through the rows', () => {
  const map = mapOf(10_000_000)
  map.go(123_456_789)
  const before = map.top
  expect(before).toBeCloseTo(123_456_789, 3)
  map.moved(map.bar + 90)
  expect(map.top - before).toBeCloseTo(90, 6)
})

test('small steps to an end of the bar lead to that end of the rows', () => {
  const map = mapOf(10_000_000)
  map.moved(tallest - viewport - 9000)
  for (let at = 0; at < 100; at += 1) map.moved(map.bar + 90)
  expect(map.top).toBe(map.whole - viewport)
  map.moved(9000)
  for (let at = 0; at < 100; at += 1) map.moved(map.bar - 90)
  expect(map.top).toBe(0)
})

test('a window that becomes lower keeps its first row, or the last of all if that was in sight', () => {
  for (const count of [1000, 10_000_000]) {
    const map = mapOf(count)
    map.go(12_000)
    map.resize(count, 48, 400)
    expect(map.top / 48).toBeCloseTo(400, 6)
    map.go(Number.POSITIVE_INFINITY)
    map.resize(count, rowHeight, viewport)
    expect(map.top).toBe(map.whole - viewport)
    map.resize(count, 48, 400)
    expect(map.top).toBe(map.whole - 400)
    map.resize(count + 50, 48, 400)
    expect(map.top).toBe(count * 48 - 400)
  }
})

test('a jump of the bar goes to the same share of the whole', () => {
  const map = mapOf(10_000_000)
  map.moved((tallest - viewport) / 2)
  expect(map.top / (map.whole - viewport)).toBeCloseTo(0.5, 6)
})

test('wherever the bar goes, the window stays within the rows', () => {
  const moves = fc.array(fc.nat({ max: tallest }), { maxLength: 30 })
  fc.assert(
    fc.property(fc.nat({ max: 20_000_000 }), moves, (count, bars) => {
      const map = mapOf(count)
      for (const bar of bars) {
        map.moved(Math.min(bar, Math.max(0, map.height - viewport)))
        expect(map.top).toBeGreaterThanOrEqual(0)
        expect(map.top).toBeLessThanOrEqual(Math.max(0, map.whole - viewport))
      }
    }),
    { numRuns: 300 }
  )
})

test('more rows leave the first of the window where it is', () => {
  const map = mapOf(1000)
  map.moved(15_000)
  map.resize(1_000_000, rowHeight, viewport)
  expect(map.top).toBeCloseTo(15_000, 3)
  map.resize(1_000_000, 48, viewport)
  expect(map.top / 48).toBeCloseTo(500, 3)
})
