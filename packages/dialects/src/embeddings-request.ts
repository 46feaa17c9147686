// What dialects have in common that embed nothing but text.

import type { EmbeddingsRequest, Json, JsonObject, WireTarget } from '@aigne-hub/protocol'
import { Losses } from './losses.ts'
import { readVector } from './openai-media/vectors.ts'
import { unsupported } from './unsupported-fields.ts'
import { malformed } from './upstream-fault.ts'

export interface TextsToEmbed {
  texts: string[]
  dimensions?: number
  /** The caller's fields that the dialect knows. */
  fields: JsonObject
  /** For the report to the caller. */
  dropped: string[]
}

/**
 * @param known fields beyond OpenAI's that the dialect has words for; others are lost.
 * @throws HubError `unsupported_parameter` for ids of tokens, which only the model they were made for
 *   understands, and for a length of vectors that the target refuses (`dimensions` in its quirks).
 */
export function textsToEmbed(
  request: EmbeddingsRequest,
  target: WireTarget,
  known: readonly string[],
): TextsToEmbed {
  const { provider, model, quirks } = target
  const losses = new Losses(target)
  const texts = request.input.map((input) => {
    if (typeof input === 'string') return input
    throw unsupported('input', `${provider}/${model}`, 'token ids as input')
  })
  if (request.user !== undefined) losses.hint('user')
  const fields: JsonObject = {}
  for (const name in request.extensions) {
    if (known.includes(name)) fields[name] = request.extensions[name]
    else losses.hint(name)
  }
  const { dimensions } = request
  const isRefused = dimensions !== undefined && quirks.unsupported?.includes('dimensions')
  if (isRefused) losses.meaning('dimensions')
  const asked = dimensions === undefined || isRefused ? {} : { dimensions }
  return { texts, ...asked, fields, dropped: losses.dropped }
}

/** The texts in groups of at most `size`. */
export function inGroups(texts: readonly string[], size: number): string[][] {
  const groups: string[][] = []
  for (let at = 0; at < texts.length; at += size) groups.push(texts.slice(at, at + size))
  return groups
}

/**
 * @param count how many there must be; absent = any number but none.
 * @throws HubError `upstream_failed` when one is missing or is no vector.
 */
export function readVectors(values: Json | undefined, target: WireTarget, count?: number) {
  const list = Array.isArray(values) ? values : []
  const vectors = list.map(readVector).filter((vector) => vector !== undefined)
  if (vectors.length === 0 || vectors.length !== (count ?? list.length)) {
    throw malformed(target, 'in which a vector is missing or unreadable')
  }
  return vectors
}

/** The vector with a length of one, as OpenAI's all are: Google's are not once they are shortened. */
export function normalised(vector: Float32Array): Float32Array {
  let squares = 0
  for (const value of vector) squares += value * value
  const length = Math.sqrt(squares)
  return length > 0 ? vector.map((value) => value / length) : vector
}
