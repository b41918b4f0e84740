/**
 * The pairs for the queries, by kind, drawn from a seed.
 */

import { random } from '../lib/data.js'
import { parentsOf, type Shape } from './shapes.js'

/** Two revisions. */
export type Pair = readonly [from: number, to: number]

/** A query about a pair. */
export const questions = ['mergeBases', 'commonAncestor', 'isAncestor', 'refDifference'] as const
export type Question = (typeof questions)[number]

/** How many pairs are drawn of a kind, at most. */
const drawn = 100

/** The kinds of pairs that a shape has: a linear one has no merges, and one tip only. */
export function pairsOf(shape: Shape): Map<string, Pair[]> {
  const draw = random()
  const { size } = shape
  const any = () => draw(size)
  const tenth = Math.floor(size / 10)
  const merges = some(() => mergeAt(shape, any()))
  const tips = tipsOf(shape)
  const tip = () => tips[draw(tips.length)] as number
  const kinds = new Map<string, Pair[]>()
  if (merges.length > 0) kinds.set('merge', merges)
  kinds.set(
    'random',
    some(() => distinct(any(), any()))
  )
  kinds.set(
    'old-new',
    some(() => [draw(tenth), size - 1 - draw(tenth)])
  )
  if (tips.length > 1)
    kinds.set(
      'tips',
      some(() => distinct(tip(), tip()))
    )
  return kinds
}

/** Pairs near the tip: some `apart` revisions between them. */
export function pairsNear({ size }: Shape, apart: number): Pair[] {
  return Array.from({ length: 10 }, (_, n): Pair => [size - 1 - n - apart, size - 1 - n])
}

function some(make: () => Pair | undefined): Pair[] {
  const pairs: Pair[] = []
  for (let tries = 0; tries < drawn * 20 && pairs.length < drawn; tries += 1) {
    const pair = make()
    if (pair !== undefined) pairs.push(pair)
  }
  return pairs
}

const distinct = (one: number, other: number): Pair | undefined =>
  one === other ? undefined : [one, other]

/** The first two parents of a merge; none for other revisions. */
function mergeAt(shape: Shape, revision: number): Pair | undefined {
  const [first, second] = parentsOf(shape, revision)
  return first === undefined || second === undefined ? undefined : [first, second]
}

function tipsOf({ size, links }: Shape): number[] {
  const named = new Uint8Array(size)
  for (const parent of links) named[parent] = 1
  const tips: number[] = []
  for (let revision = 0; revision < size; revision += 1) {
    if (named[revision] === 0) tips.push(revision)
  }
  return tips
}
