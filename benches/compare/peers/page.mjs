/**
 * Writes the kept results of this machine and version of Node.js between two marks: into `docs/benchmarks.md` for the oldest
 * supported version, into `docs/benchmarks-node-24.md` for Node.js 24.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { top } from '../../../target/benches/lib/folder.js'
import { figure as digits } from '../../../target/benches/lib/race.js'
import { results } from './results.mjs'
import { rivals, versionOf } from './rivals.mjs'

const major = process.versions.node.split('.')[0]
const page = join(top, 'docs', major === '20' ? 'benchmarks.md' : `benchmarks-node-${major}.md`)
const [from, to] = ['<!-- peers: npm run bench:peers -- --page -->', '<!-- /peers -->']
const mega = 2 ** 20

const figure = (value) => (value >= 1000 ? Math.round(value).toLocaleString('en') : digits(value))

export function writePage() {
  const text = readFileSync(page, 'utf8')
  const [start, end] = [text.indexOf(from), text.indexOf(to)]
  if (start < 0 || end < start) throw new Error(`${page} lacks the marks ${from} and ${to}`)
  const made = tables(results()).join('\n\n')
  writeFileSync(page, `${text.slice(0, start + from.length)}\n\n${made}\n\n${text.slice(end)}`)
}

function tables(all) {
  if (all.length === 0)
    throw new Error('nothing has been measured on this machine with this Node.js')
  const parts = [facts(all), ...storeTables(all.filter(({ work }) => work === 'store'))]
  for (const [title, work, columns] of others) {
    for (const size of sizesOf(all.filter((result) => result.work === work))) {
      const rows = all.filter((result) => result.work === work && result.size === size)
      parts.push(`**${title(size)}**`, table(rows, columns))
    }
  }
  return parts
}

/** The machine, the days and how busy it was; who was measured, and how. */
function facts(all) {
  const days = all.map(({ date }) => date).sort()
  const loads = all.map(({ load }) => load).sort((a, b) => a - b)
  const [first, last] = [days[0], days.at(-1)]
  const when = first === last ? first : `${first} to ${last}`
  const where = `Measured on: ${all[0].machine}; ${when}, at a load of ${loads[0]} to ${loads.at(-1)}.`
  const ways = namesOf(all).map((name) => {
    const { how } = all.find((result) => result.name === name && result.how !== undefined) ?? {}
    return `| ${name} ${versionOf(name)} | ${how ?? ''} |`
  })
  return [where, '', '| who | how |', '|---|---|', ...ways].join('\n')
}

/** A table for each kind and size: puts by what is in flight, then what was asked of the largest. */
function storeTables(all) {
  const titles = {
    small: 'objects of 220 bytes',
    document: 'a document of 20 KB, one field edited each time'
  }
  return Object.keys(titles).flatMap((kind) =>
    sizesOf(all.filter((result) => result.kind === kind)).flatMap((size) => {
      const rows = all.filter((result) => result.kind === kind && result.size === size)
      const flights = [...new Set(rows.map(({ flight }) => flight))].sort((a, b) => a - b)
      const merged = namesOf(rows).map((name) =>
        merge(
          name,
          rows.filter((row) => row.name === name)
        )
      )
      const puts = flights.map((flight) => [
        `put, ${flight} in flight, us`,
        `put ${flight}`,
        (value, row) => `${figure(value)} (${figure(row[`least ${flight}`])})`
      ])
      return [
        `**${size.toLocaleString('en')} versions: ${titles[kind]}**`,
        table(merged, [
          ...puts,
          ['get, us', 'get', figure],
          ['`getMany`, us', 'getMany', figure],
          ['bytes a version', 'bytes', figure],
          ['open, ms', 'opening', figure],
          ['memory, MiB', 'own', (value) => figure(value / mega)],
          ['mapped, MiB', 'mapped', (value) => figure(value / mega)],
          ['versions', 'revisions', (value) => value.toLocaleString('en')]
        ])
      ]
    })
  )
}

/** The rows of one rival with one kind and size, as one: times of puts by what was in flight. */
function merge(name, rows) {
  const merged = { name }
  for (const row of rows) {
    Object.assign(merged, row, { revisions: Math.max(merged.revisions ?? 0, row.revisions) })
    merged[`put ${row.flight}`] = row.put
    merged[`least ${row.flight}`] = row.least
  }
  return merged
}

const others = [
  [
    () => 'The histories irmin and jj of `test/histories`: microseconds a question',
    'graph',
    undefined
  ],
  [() => 'The base of two branches, 100 commits each', 'fork', [['us', 'base', figure]]],
  [
    (size) => `A service of ${size.toLocaleString('en')} operations, 16 clients: ms`,
    'mix',
    ['read', 'write', 'merge']
      .flatMap((kind) =>
        ['p50', 'p99'].map((part) => [`${kind} ${part}`, `${kind} ${part}`, figure])
      )
      .concat([['operations a second', 'rate', figure]])
  ],
  [
    (size) => `Synchronizing ${size.toLocaleString('en')} revisions of 220 bytes, and 10 more`,
    'sync',
    [
      ['first, us a revision', 'first', figure],
      ['10 more, ms', 'more', figure]
    ]
  ]
]

const graphColumns = ['irmin', 'jj'].flatMap((kind) =>
  ['mergeBases', 'difference'].map((question) => [
    `${kind}, ${question === 'mergeBases' ? 'merge bases' : question}`,
    `${kind} ${question}`,
    figure
  ])
)

/** Of the graph a row has both histories. */
function graphRows(rows) {
  return namesOf(rows).map((name) => {
    const merged = { name }
    for (const row of rows.filter((one) => one.name === name)) {
      for (const question of ['mergeBases', 'difference'])
        merged[`${row.kind} ${question}`] = row[question]
    }
    return merged
  })
}

function table(given, columns) {
  const rows = columns === undefined ? graphRows(given) : given
  const used = (columns ?? graphColumns).filter(([, key]) => rows.some((row) => isFigure(row[key])))
  const lines = namesOf(rows).map((name) => {
    const row = rows.find((one) => one.name === name)
    return `| ${name} | ${used.map(([, key, show]) => cell(row, key, show)).join(' | ')} |`
  })
  return [
    `| | ${used.map(([title]) => title).join(' | ')} |`,
    `|---|${used.map(() => '---|').join('')}`,
    ...lines
  ].join('\n')
}

const isFigure = (value) => typeof value === 'number' && Number.isFinite(value)

function cell(row, key, show) {
  return isFigure(row[key]) ? show(row[key], row) : '–'
}

const sizesOf = (rows) => [...new Set(rows.map(({ size }) => size))].sort((a, b) => a - b)
const namesOf = (rows) =>
  Object.keys(rivals).filter((name) => rows.some((row) => row.name === name))
