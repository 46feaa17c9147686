// Embedding vectors on the wire: numbers, or base64 of little-endian IEEE 754 float32. The official
// Node SDK asks for base64 by default.

import type { Json } from '@aigne-hub/protocol'
import { fromBase64, toBase64 } from '@aigne-hub/protocol'

/** Undefined for anything that is not a vector of finite numbers. */
export function readVector(value: Json | undefined): Float32Array | undefined {
  const vector = typeof value === 'string' ? fromText(value) : fromNumbers(value)
  return vector && vector.length > 0 && vector.every(Number.isFinite) ? vector : undefined
}

function fromNumbers(value: Json | undefined): Float32Array | undefined {
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'number')) return undefined
  return Float32Array.from(value as number[])
}

function fromText(text: string): Float32Array | undefined {
  const bytes = fromBase64(text)
  if (bytes === undefined || bytes.length % 4 !== 0) return undefined
  const view = new DataView(bytes.buffer)
  const vector = new Float32Array(bytes.length / 4)
  for (let at = 0; at < vector.length; at++) vector[at] = view.getFloat32(at * 4, true)
  return vector
}

export function writeVector(vector: Float32Array, encoding: 'float' | 'base64'): Json {
  if (encoding === 'float') return Array.from(vector)
  const view = new DataView(new ArrayBuffer(vector.length * 4))
  for (let at = 0; at < vector.length; at++) view.setFloat32(at * 4, vector[at] as number, true)
  return toBase64(new Uint8Array(view.buffer))
}
