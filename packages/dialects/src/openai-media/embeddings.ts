// OpenAI's embeddings (`POST /embeddings`), both ways.

import {
  type EmbeddingsInput,
  type EmbeddingsRequest,
  type EmbeddingsResponse,
  HubError,
  type InboundDialect,
  isJsonObject,
  type Json,
  type JsonBody,
  type JsonObject,
  type OutboundDialect,
  type RelayEdits,
  type ReplyContext,
  readCount,
  type Usage,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readAnswer, readOpenAiError, writeOpenAiError } from '../openai-errors.ts'
import { completeUsage } from '../openai-usage.ts'
import {
  optionalInteger,
  optionalString,
  otherFields,
  put,
  refuse,
  refuseKind,
  requiredString,
} from '../read-field.ts'
import { estimateInputTokens } from '../token-estimate.ts'
import { type Meaning, refusedFields } from '../unsupported-fields.ts'
import { malformed } from '../upstream-fault.ts'
import { fittingEdits, type JsonRelay } from './json-relay.ts'
import { tailUsage } from './tail-usage.ts'
import { readVector, writeVector } from './vectors.ts'

const path = '/embeddings'
const maxInputs = 2048
const knownFields = ['model', 'input', 'dimensions', 'encoding_format', 'user']
const inputForms =
  'a string, an array of strings, an array of token ids, or an array of such arrays'

/** A vector of another length is of no use. */
const meaning: Meaning = new Map([['dimensions', () => true]])

function readRequest({ value: fields }: JsonBody): EmbeddingsRequest {
  const request: EmbeddingsRequest = {
    model: requiredString(fields, 'model', ''),
    input: readInputs(fields.input),
    encoding: readEncoding(fields),
  }
  put(request, 'dimensions', optionalInteger(fields, 'dimensions', '', 1))
  put(request, 'user', optionalString(fields, 'user', ''))
  put(request, 'extensions', otherFields(fields, knownFields))
  return request
}

function readEncoding(fields: JsonObject): 'float' | 'base64' {
  const format = optionalString(fields, 'encoding_format', '') ?? 'float'
  if (format === 'float' || format === 'base64') return format
  return refuse('encoding_format', 'the string "float" or "base64"')
}

function readInputs(value: Json | undefined): EmbeddingsInput[] {
  if (typeof value === 'string') return [readInput(value, 'input')]
  if (!Array.isArray(value)) return refuseKind('input', inputForms, value ?? undefined)
  if (typeof value[0] === 'number') return [readInput(value, 'input')]
  if (value.length === 0 || value.length > maxInputs) {
    return refuse('input', `an array of 1 to ${maxInputs} entries`)
  }
  return value.map((entry, index) => readInput(entry, `input[${index}]`))
}

function readInput(value: Json, param: string): EmbeddingsInput {
  if (typeof value === 'string') {
    return value === '' ? refuse(param, 'a string that is not empty') : value
  }
  if (!Array.isArray(value)) return refuseKind(param, 'a string or an array of token ids', value)
  if (value.length === 0) return refuse(param, 'an array of at least one token id')
  const isToken = (entry: Json) => Number.isSafeInteger(entry) && (entry as number) >= 0
  return value.every(isToken)
    ? (value as number[])
    : refuse(param, 'an array of nothing but token ids, which are whole numbers')
}

/** @throws HubError `invalid_request` when there are more inputs than the target takes at once. */
function limitInputs({ input }: EmbeddingsRequest, { provider, model, quirks }: WireTarget): void {
  const { maxInputs: most = maxInputs } = quirks
  if (input.length <= most) return
  throw new HubError(
    'invalid_request',
    `${provider}/${model} takes at most ${most} inputs in one request, and this one has ${input.length}. Send fewer at a time.`,
    { param: 'input' },
  )
}

function writeRequest(request: EmbeddingsRequest, target: WireTarget): WireRequest {
  limitInputs(request, target)
  const { input, encoding, dimensions, user } = request
  const only = input.length === 1 ? input[0] : undefined
  const wire: JsonObject = {
    ...request.extensions,
    model: target.model,
    input: only ?? input,
  }
  // Numbers are what every server sends unasked.
  if (encoding === 'base64' && !target.quirks.noBase64Embeddings) wire.encoding_format = encoding
  if (dimensions !== undefined) wire.dimensions = dimensions
  if (user !== undefined) wire.user = user
  const { remove, dropped } = refusedFields(wire, target, meaning)
  for (const field of remove) delete wire[field]
  const { dimensionsField } = target.quirks
  if (dimensionsField !== undefined && wire.dimensions !== undefined) {
    wire[dimensionsField] = wire.dimensions
    delete wire.dimensions
  }
  return { path, body: JSON.stringify(wire), dropped }
}

/** LM Studio reports nothing, in zeros: no input has no tokens. */
function readUsage({ usage: report }: JsonObject, request?: EmbeddingsRequest): Usage {
  const fields = isJsonObject(report) ? report : {}
  const reported = readCount(fields.prompt_tokens ?? fields.total_tokens)
  const usage = completeUsage(usageOf({ input: reported }), fields, undefined)
  if (reported > 0) return usage
  return { ...usage, input: request ? estimateInputTokens(request.input) : 0, estimated: true }
}

function readResponse(
  body: Uint8Array,
  target: WireTarget,
  request?: EmbeddingsRequest,
): EmbeddingsResponse {
  const answer = readAnswer(body, target)
  const { data, model } = answer
  if (!Array.isArray(data) || data.length === 0) throw malformed(target, 'without vectors')
  const vectors: (Float32Array | undefined)[] = new Array(data.length)
  data.forEach((item, position) => {
    const entry = isJsonObject(item) ? item : {}
    const index = typeof entry.index === 'number' ? entry.index : position
    if (index in vectors || !(index >= 0 && index < data.length)) return
    vectors[index] = readVector(entry.embedding)
  })
  const whole = vectors.filter((vector) => vector !== undefined)
  if (whole.length !== (request?.input.length ?? data.length)) {
    throw malformed(target, 'in which a vector is missing or unreadable')
  }
  return {
    model: typeof model === 'string' && model !== '' ? model : target.model,
    vectors: whole,
    usage: readUsage(answer, request),
  }
}

function writeResponse(
  { request }: ReplyContext<'embeddings'>,
  { model, vectors, usage }: EmbeddingsResponse,
): string {
  return JSON.stringify({
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: writeVector(vector, request.encoding),
    })),
    model,
    usage: { prompt_tokens: usage.input, total_tokens: usage.input },
  })
}

function relayEdits(
  body: JsonBody,
  request: EmbeddingsRequest,
  target: WireTarget,
): RelayEdits | undefined {
  // The caller gets base64 all the same, written by us.
  if (target.quirks.noBase64Embeddings && request.encoding === 'base64') return undefined
  limitInputs(request, target)
  const fitting = fittingEdits(path, body, target, meaning)
  const { dimensionsField } = target.quirks
  const isEdited = fitting.edits.some(({ field }) => field === 'dimensions')
  if (dimensionsField !== undefined && !isEdited) {
    fitting.edits.push({ field: 'dimensions', rename: dimensionsField })
  }
  return fitting
}

function readRelayedUsage(
  body: Uint8Array,
  target: WireTarget,
  request?: EmbeddingsRequest,
): Usage {
  const tail = tailUsage(body)
  if (isJsonObject(tail?.usage)) return readUsage(tail, request)
  const answer = readAnswer(body, target)
  if (!Array.isArray(answer.data)) throw malformed(target, 'without vectors')
  return readUsage(answer, request)
}

/** OpenAI's embeddings: vectors as numbers or as base64, whichever the caller asks for. */
export const openAiEmbeddings: InboundDialect<'embeddings'> &
  OutboundDialect<'embeddings'> & { readonly relay: JsonRelay<'embeddings'> } = {
  id: 'openai-embeddings',
  operation: 'embeddings',
  readRequest,
  writeRequest,
  readResponse,
  writeResponse,
  readError: readOpenAiError,
  writeError: writeOpenAiError,
  relay: { edits: relayEdits, readUsage: readRelayedUsage },
}
