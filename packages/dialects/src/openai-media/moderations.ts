// OpenAI's moderations (`POST /moderations`), both ways. Mistral's differ in what is missing.

import {
  type InboundDialect,
  isJsonObject,
  type Json,
  type JsonBody,
  type JsonObject,
  type Moderation,
  type ModerationsRequest,
  type ModerationsResponse,
  type OutboundDialect,
  type ReplyContext,
  readCount,
  type Usage,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readAnswer, readOpenAiError, writeOpenAiError } from '../openai-errors.ts'
import { completeUsage } from '../openai-usage.ts'
import { optionalString, otherFields, put, refuse, refuseKind } from '../read-field.ts'
import { type Meaning, refusedFields } from '../unsupported-fields.ts'
import { malformed } from '../upstream-fault.ts'
import { type JsonRelay, jsonRelay } from './json-relay.ts'

const path = '/moderations'
/** OpenAI's own default, which callers rely on. */
const defaultModel = 'omni-moderation-latest'
const knownFields: readonly string[] = ['model', 'input']
const inputForms = 'a string, an array of strings, or an array of content parts'
const meaning: Meaning = new Map()

function readRequest({ value: fields }: JsonBody): ModerationsRequest {
  const request: ModerationsRequest = {
    model: optionalString(fields, 'model', '') || defaultModel,
    input: readInput(fields.input),
  }
  put(request, 'extensions', otherFields(fields, knownFields))
  return request
}

function readInput(input: Json | undefined): Json {
  if (typeof input === 'string') return input
  if (!Array.isArray(input)) return refuseKind('input', inputForms, input ?? undefined)
  if (input.length === 0) return refuse('input', 'an array of at least one entry')
  const first = typeof input[0] === 'string'
  const wrong = input.findIndex((entry) => !(first ? typeof entry === 'string' : isPart(entry)))
  if (wrong < 0) return input
  const expected = first ? 'a string, as the first entry is' : 'a content part with a type'
  return refuse(`input[${wrong}]`, expected)
}

function isPart(entry: Json): boolean {
  return isJsonObject(entry) && typeof entry.type === 'string'
}

function writeRequest(request: ModerationsRequest, target: WireTarget): WireRequest {
  const { input, extensions } = request
  const wire: JsonObject = { ...extensions, model: target.model, input }
  const { remove, dropped } = refusedFields(wire, target, meaning)
  for (const field of remove) delete wire[field]
  return { path, body: JSON.stringify(wire), dropped }
}

function readResponse(body: Uint8Array, target: WireTarget): ModerationsResponse {
  const answer = readAnswer(body, target)
  const { id, model, results } = answer
  if (!Array.isArray(results) || results.length === 0) throw malformed(target, 'without results')
  return {
    ...(typeof id === 'string' && id !== '' && { id }),
    model: typeof model === 'string' && model !== '' ? model : target.model,
    results: results.map((result) => readResult(result, target)),
    usage: readUsage(answer),
  }
}

function readResult(result: Json, target: WireTarget): Moderation {
  const fields = isJsonObject(result) ? result : {}
  const { flagged, categories, category_scores: scores, ...rest } = fields
  if (!isJsonObject(categories)) throw malformed(target, 'with a result without categories')
  const judged = Object.entries(categories).map(([name, is]) => [name, is === true] as const)
  const scored = Object.entries(isJsonObject(scores) ? scores : {}).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  const more = otherFields(rest, [])
  return {
    flagged: typeof flagged === 'boolean' ? flagged : judged.some(([, is]) => is),
    categories: Object.fromEntries(judged),
    scores: Object.fromEntries(scored),
    ...(more && { more }),
  }
}

/** OpenAI reports none: its moderations are free. */
function readUsage({ usage }: JsonObject): Usage {
  if (!isJsonObject(usage)) return usageOf({ estimated: true })
  const read = usageOf({ input: readCount(usage.prompt_tokens ?? usage.total_tokens) })
  return completeUsage(read, usage, undefined)
}

function writeResponse(
  { requestId }: ReplyContext<'moderations'>,
  { id, model, results, usage }: ModerationsResponse,
): string {
  return JSON.stringify({
    id: id ?? `modr-${requestId}`,
    model,
    results: results.map(({ flagged, categories, scores, more }) => ({
      flagged,
      categories,
      category_scores: scores,
      ...more,
    })),
    usage: usage.estimated ? undefined : { prompt_tokens: usage.input, total_tokens: usage.input },
  })
}

/** OpenAI's moderations. */
export const openAiModerations: InboundDialect<'moderations'> &
  OutboundDialect<'moderations'> & { readonly relay: JsonRelay<'moderations'> } = {
  id: 'openai-moderations',
  operation: 'moderations',
  readRequest,
  writeRequest,
  readResponse,
  writeResponse,
  readError: readOpenAiError,
  writeError: writeOpenAiError,
  relay: jsonRelay(path, meaning, readResponse),
}
