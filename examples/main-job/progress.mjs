/** Progress: a bar that moves where the output is a terminal, a line at the end everywhere. */

const width = 30
const interval = 80 // ms between two drawings

/** Starts a step: `{ to(done), end(note) }`. Draws only on a terminal, and not more than needed. */
export function progress(title, total) {
  const start = performance.now()
  let drawn = 0
  return {
    to(done) {
      const now = performance.now()
      if (!process.stdout.isTTY || now - drawn < interval) return
      drawn = now
      const share = Math.min(1, total > 0 ? done / total : 1)
      const full = Math.round(share * width)
      const bar = '█'.repeat(full) + '░'.repeat(width - full)
      process.stdout.write(`\r\x1b[K${title} ${bar} ${number(done)} of ${number(total)}`)
    },
    end(note) {
      if (process.stdout.isTTY) process.stdout.write('\r\x1b[K')
      console.log(`${title}: ${note}`)
      return performance.now() - start
    }
  }
}

/** A number with its thousands apart. */
export const number = (value) => Math.round(value).toLocaleString('en-US')
