/**
 * Functions that tests run inside the page. Each is sent there as its text.
 */

/** The text of the document. */
export function visibleText() {
  return document.body.innerText
}

/** How light the background and the text are, from 0 to 255, and whether the canvas has a drawing. */
export function lightness() {
  const light = (colour) => {
    const [r = 0, g = 0, b = 0] = colour.match(/\d+/g)?.map(Number) ?? []
    return (r + g + b) / 3
  }
  const { backgroundColor, color } = getComputedStyle(document.body)
  const canvas = document.querySelector('canvas')
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  return {
    back: light(backgroundColor),
    text: light(color),
    isDrawn: data.some((byte) => byte > 0)
  }
}

/** Pixels that the document is wide. */
export function documentWidth() {
  return document.documentElement.scrollWidth
}

/** Pixels that the document is high. */
export function documentHeight() {
  return document.documentElement.scrollHeight
}

/** Whether something of the data ran or became an element, and all texts and attributes. */
export function markup() {
  const all = [...document.querySelectorAll('*')]
  const values = all.flatMap((element) => [...element.attributes].map(({ value }) => value))
  return {
    hacked: 'hacked' in window,
    scripts: document.scripts.length,
    images: document.images.length,
    texts: [document.documentElement.textContent, document.title, ...values].join(' ')
  }
}

/** To be run before the page: notes when the first row stood there, and how long each frame took, in ms. */
export function measure() {
  window.measured = { shownAt: 0, frames: [] }
  const { requestAnimationFrame } = window
  window.requestAnimationFrame = (work) =>
    requestAnimationFrame.call(window, (time) => {
      const began = performance.now()
      work(time)
      const ended = performance.now()
      window.measured.frames.push(ended - began)
      const isShown = window.measured.shownAt === 0 && document.querySelector('.row .ref') !== null
      if (isShown) window.measured.shownAt = ended
    })
}

/** Ms from the answer with the first rows to their standing in the document. */
export function firstPaint() {
  const rows = performance.getEntriesByType('resource').find(({ name }) => name.includes('/rows?'))
  return window.measured.shownAt - rows.responseEnd
}

/** Scrolls an element down for 120 frames; how long each took, in ms. */
export async function scrolled(element) {
  window.measured.frames = []
  for (let at = 0; at < 120; at += 1) {
    element.scrollBy(0, 90)
    await new Promise(requestAnimationFrame)
  }
  return window.measured.frames
}

/** Moves the bar of an element to a share of its height. */
export function scrollTo(element, share) {
  element.scrollTo(0, element.scrollHeight * share)
}

/** Brings an element in sight, as browsers do with what is focused or searched. */
export function bringInSight(element) {
  element.scrollIntoView()
}

/** Where elements begin, in pixels from above. */
export function topsOf(elements) {
  return elements.map((element) => element.getBoundingClientRect().top)
}
