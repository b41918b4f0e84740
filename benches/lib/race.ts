/**
 * Races ours against rivals and floors in turns, so that noise of the machine affects all alike.
 *
 * Holds timing (tinybench), the median, the spread and the printed table. Checks no answers: each
 * bench checks its own before it races.
 */

import assert from 'node:assert/strict'
import { Bench } from 'tinybench'

/** One that runs the work of a race. */
export interface Contender {
  readonly name: string
  /** The work of one round, timed. */
  readonly run: () => unknown
  /** Prepares a round, untimed. */
  readonly before?: () => unknown
  /** Clears up after a round, untimed. */
  readonly after?: () => unknown
}

/** The settings of a race. */
export interface Race {
  readonly question: string
  /** What one unit is, such as `put`: times are printed in microseconds for each. */
  readonly unit: string
  /** Units in a round. */
  readonly units: number
  readonly rounds: number
  readonly ours: Contender
  /** Rivals and floors, in the order in which they are printed. */
  readonly others: readonly Contender[]
  /** Targets: how many times as fast ours must be as the rival of the same name. */
  readonly targets?: Readonly<Record<string, number>>
  /** Rounds that are run first and not counted. Default 1. */
  readonly warmup?: number
}

/** Microseconds a unit. */
export interface Times {
  readonly median: number
  readonly min: number
  readonly max: number
  /** Of all rounds together: what counts where each round finds a larger database. */
  readonly mean: number
}

/** Whether each bench runs with small sizes, as in CI. */
export const quick: boolean = process.env['BENCH_QUICK'] === '1'

/** The size to run with. */
export const size = (full: number, small: number): number => (quick ? small : full)

/** Runs a race and prints it. Returns the times by the names of the contenders. */
export async function race(asked: Race): Promise<Map<string, Times>> {
  const contenders = [asked.ours, ...asked.others]
  const samples = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
  const warmup = asked.warmup ?? 1
  for (let round = -warmup; round < asked.rounds; round += 1) {
    const turn = Math.abs(round) % contenders.length
    for (const contender of [...contenders.slice(turn), ...contenders.slice(0, turn)]) {
      const time = await timeOf(contender)
      if (round >= 0) samples.get(contender.name)?.push((time * 1000) / asked.units)
    }
  }
  const times = new Map([...samples].map(([name, all]) => [name, summary(all)]))
  print(asked, times)
  return times
}

/** Milliseconds of one round. */
async function timeOf({ name, run, before, after }: Contender): Promise<number> {
  await before?.()
  const bench = new Bench({
    iterations: 1,
    time: 0,
    warmup: false,
    retainSamples: true,
    throws: true
  })
  bench.add(
    name,
    async () => {
      await run()
    },
    { async: true }
  )
  await bench.run()
  const result = bench.tasks[0]?.result
  assert(result !== undefined && 'latency' in result, `${name} gave no time`)
  const [time] = result.latency.samples ?? []
  assert(time !== undefined, `${name} gave no sample`)
  await after?.()
  return time
}

/** The median, the spread and the mean of some times. */
export function summary(all: readonly number[]): Times {
  const sorted = all.toSorted((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const half = sorted.length >> 1
  const median = sorted.length % 2 === 0 ? (at(half - 1) + at(half)) / 2 : at(half)
  const mean = sorted.reduce((sum, time) => sum + time, 0) / sorted.length
  return { median, min: at(0), max: at(sorted.length - 1), mean }
}

function print({ question, unit, ours, targets = {} }: Race, times: Map<string, Times>): void {
  const own = times.get(ours.name)?.median ?? Number.NaN
  console.log(`\n${question} (us a ${unit}: median, min-max)`)
  for (const [name, { median, min, max }] of times) {
    const ratio = name === ours.name ? '' : `  ${(median / own).toFixed(2)} times`
    const target = quick ? undefined : targets[name]
    const verdict =
      target === undefined ? '' : `, target ${target}: ${median / own >= target ? 'met' : 'MISSED'}`
    const spread = `${figure(min)}-${figure(max)}`
    console.log(
      `  ${name.padEnd(44)} ${figure(median).padStart(9)}  ${spread.padEnd(20)}${ratio}${verdict}`
    )
  }
}

/** Formats with three significant digits. */
export const figure = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value.toPrecision(3)

/** Prints a figure that is no race's: a time or a size against what is allowed. No verdict where quick. */
export function report(question: string, value: number, unit: string, atMost?: number): void {
  const isMeasured = atMost !== undefined && !quick
  const verdict = !isMeasured
    ? ''
    : `, at most ${figure(atMost)}: ${value <= atMost ? 'met' : 'MISSED'}`
  console.log(`  ${question.padEnd(44)} ${figure(value).padStart(9)} ${unit}${verdict}`)
}
