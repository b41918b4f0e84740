/**
 * The files that the browser loads: built into `dist/assets`, read once.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const types: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml'
}

interface Asset {
  readonly plain: Uint8Array<ArrayBuffer>
  readonly packed: Uint8Array<ArrayBuffer>
}

const read = new Map<string, Asset>()

/** Whether a file of this name exists. */
export function isAsset(name: string): boolean {
  return Object.hasOwn(types, name)
}

/** The answer with a file, compressed if the browser accepts that. */
export function assetAnswer(name: string, request: Request): Response {
  const { plain, packed } = assetOf(name)
  const isPacked = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
  const body = isPacked ? packed : plain
  const headers = {
    'content-type': types[name] ?? '',
    'content-length': String(body.length),
    vary: 'accept-encoding',
    ...(isPacked ? { 'content-encoding': 'gzip' } : {})
  }
  return new Response(body, { headers })
}

function assetOf(name: string): Asset {
  const found = read.get(name)
  if (found !== undefined) return found
  const plain = new Uint8Array(readFileSync(join(__dirname, '..', '..', 'dist', 'assets', name)))
  const asset = { plain, packed: new Uint8Array(gzipSync(plain, { level: 9 })) }
  read.set(name, asset)
  return asset
}
