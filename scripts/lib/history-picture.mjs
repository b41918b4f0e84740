/**
 * Draws `docs/history.svg`: one list, changed offline on a laptop and on a phone, and the server that
 * has both. Heads are filled labels, remote heads are outlined ones.
 */

const colours = { line: '#57606a', dot: '#0969da', text: '#1f2328', paper: '#ffffff' }

/** Revisions by column (time) and row (place of the last edit). */
const revisions = {
  a: [0, 1, 'bread'],
  b: [1, 1, 'butter'],
  c: [2, 0, 'milk'],
  d: [2, 2, 'eggs'],
  m: [3, 1, 'merged']
}
const links = ['ba', 'cb', 'db', 'mc', 'md']

/** Who has what: the revisions, its head, and the remote heads that it remembers. */
const replicas = [
  { name: 'laptop', has: 'abc', head: 'c', remotes: { server: 'b' } },
  { name: 'server', has: 'abcdm', head: 'm', remotes: { laptop: 'c', phone: 'd' } },
  { name: 'phone', has: 'abd', head: 'd', remotes: { server: 'b' } }
]

const panel = { width: 270, height: 200 }
const placeOf = (key) => {
  const [column, row] = revisions[key]
  return { x: 40 + column * 62, y: 70 + row * 44 }
}

const line = ([from, to]) => {
  const [a, b] = [placeOf(from), placeOf(to)]
  return `<line x1="${a.x}" y1="${a.y}" x2="${b.x}" y2="${b.y}" stroke="${colours.line}" stroke-width="2"/>`
}

const dot = (key) => {
  const { x, y } = placeOf(key)
  return `<circle cx="${x}" cy="${y}" r="7" fill="${colours.dot}"/><text x="${x}" y="${y + 21}">${revisions[key][2]}</text>`
}

const label = (key, name, nth, isHead) => {
  const { x, y } = placeOf(key)
  const [width, top] = [name.length * 6.4 + 12, y - 27 - nth * 17]
  const fill = isHead ? colours.dot : colours.paper
  const ink = isHead ? colours.paper : colours.dot
  return `<rect x="${x - width / 2}" y="${top}" width="${width}" height="15" rx="7" fill="${fill}" stroke="${colours.dot}"/><text x="${x}" y="${top + 11}" fill="${ink}">${name}</text>`
}

const drawn = ({ name, has, head, remotes }, at) => {
  const labels = [
    [head, 'head', true],
    ...Object.entries(remotes).map(([of, ref]) => [ref, of, false])
  ]
  const above = {}
  const parts = labels.map(([key, text, isHead]) => {
    const nth = above[key] ?? 0
    above[key] = nth + 1
    return label(key, text, nth, isHead)
  })
  const inside = links.filter(([from, to]) => has.includes(from) && has.includes(to))
  return `<g transform="translate(${at * panel.width} 0)">
<rect x="6" y="6" width="${panel.width - 12}" height="${panel.height - 12}" rx="8" fill="${colours.paper}" stroke="#d0d7de"/>
<text x="20" y="28" text-anchor="start" font-size="14" font-weight="bold">${name}</text>
${[...inside.map(line), ...[...has].map(dot), ...parts].join('\n')}
</g>`
}

/** The picture as SVG. */
export function historyPicture() {
  const width = panel.width * replicas.length
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${panel.height}" width="${width}" height="${panel.height}" role="img" aria-label="Three replicas of one history: heads are filled, remote heads are outlined" font-family="system-ui, sans-serif" font-size="11" text-anchor="middle" fill="${colours.text}">
${replicas.map(drawn).join('\n')}
</svg>
`
}
