/**
 * Workloads of versions, by a seeded generator: what each puts, on which branch, in order.
 *
 * A: edits of a 110 KB document, one field each. A3: three fields far apart. M: items of its list moved, put in and
 * taken out. B: 500 B appended to a conversation. C: edits of 2.2 KB. D: 1,000 documents of some 230 B in turn.
 */

const words = Array.from({ length: 800 }, (_, n) => syllables(n))

function syllables(n) {
  const parts = ['ka', 'to', 'mi', 'ser', 'lan', 'vor', 'el', 'un', 'ri', 'dos']
  let word = ''
  for (let rest = n + 7; rest > 0; rest = Math.floor(rest / 10)) word += parts[rest % 10]
  return word
}

class Random {
  #state
  #clock = 1_764_000_000_000

  constructor(seed) {
    this.#state = seed
  }

  next() {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return x >>> 0
  }

  below(n) {
    return Math.floor((this.next() / 2 ** 32) * n)
  }

  hex(digits) {
    let text = ''
    while (text.length < digits) text += this.next().toString(16).padStart(8, '0')
    return text.slice(0, digits)
  }

  /** Some words, the first of the list more often. */
  sentence(least, most) {
    const word = () => words[Math.floor((this.next() / 2 ** 32) * this.below(words.length))]
    return Array.from({ length: least + this.below(most - least + 1) }, word).join(' ')
  }

  time() {
    this.#clock += this.below(600_000)
    return new Date(this.#clock).toISOString()
  }
}

const states = ['open', 'in progress', 'waiting', 'blocked', 'done', 'archived']

function newItem(random) {
  return {
    active: random.below(2) === 1,
    amount: random.below(1_000_000) / 100,
    id: random.hex(16),
    note: random.sentence(8, 14),
    owner: random.sentence(1, 2),
    status: states[random.below(6)],
    tags: Array.from({ length: random.below(4) }, () => random.sentence(1, 1)),
    updatedAt: random.time()
  }
}

function edit(item, random) {
  const what = random.below(4)
  if (what === 0) item.amount = random.below(1_000_000) / 100
  else if (what === 1) item.note = random.sentence(8, 14)
  else if (what === 2) item.status = states[(states.indexOf(item.status) + 1 + random.below(5)) % 6]
  else item.updatedAt = random.time()
}

const newDocument = (random, items) => ({
  id: random.hex(16),
  items: Array.from({ length: items }, () => newItem(random)),
  title: random.sentence(3, 6)
})

function* edits(random, count, { items, also }) {
  const document = newDocument(random, items)
  for (let n = 0; n < count; n += 1) {
    if (n > 0) {
      const at = random.below(document.items.length)
      edit(document.items[at], random)
      also?.(document, at, n, random)
    }
    yield { branch: 0, data: document }
  }
}

function editTwoMore(document, _at, n, random) {
  document.version = n
  edit(document.items[random.below(document.items.length)], random)
}

function move(document, at, n, random) {
  const { items } = document
  const [item] = items.splice(at, 1)
  items.splice(random.below(items.length), 0, item)
  if (n % 5 !== 0) return
  items.splice(random.below(items.length), 1)
  items.splice(random.below(items.length), 0, newItem(random))
}

function* conversation(random, count) {
  const data = { id: random.hex(16), messages: [], title: random.sentence(3, 6) }
  for (let n = 0; n < count; n += 1) {
    const content = random.sentence(55, 65).slice(0, 396).padEnd(396, '.')
    const role = n % 2 === 0 ? 'user' : 'assistant'
    data.messages.push({ at: random.time(), content, id: random.hex(16), role })
    yield { branch: 0, data }
  }
}

function* documents(random, count) {
  const all = Array.from({ length: 1000 }, () => newItem(random))
  for (let n = 0; n < count; n += 1) {
    const branch = n % 1000
    if (n >= 1000) edit(all[branch], random)
    yield { branch, data: all[branch] }
  }
}

/** Each by name: how many revisions in full, and what they are. The data is one object that changes: use it at once. */
export const workloads = {
  A: { count: 10_000, run: (random, count) => edits(random, count, { items: 470 }) },
  A3: {
    count: 10_000,
    run: (random, count) => edits(random, count, { items: 470, also: editTwoMore })
  },
  M: { count: 10_000, run: (random, count) => edits(random, count, { items: 470, also: move }) },
  B: { count: 10_000, run: conversation },
  C: { count: 100_000, run: (random, count) => edits(random, count, { items: 9 }) },
  D: { count: 100_000, run: documents }
}

/** The versions of a workload. */
export function versions(name, count) {
  return workloads[name].run(new Random(0x1234_5678), count)
}
