// OpenAI's image generation (`POST /images/generations`), both ways.

import {
  type BodyEdit,
  type GeneratedImage,
  HubError,
  type ImagesRequest,
  type ImagesResponse,
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
import {
  optionalBoolean,
  optionalInteger,
  optionalString,
  otherFields,
  put,
  refuse,
  requiredString,
} from '../read-field.ts'
import { type Meaning, refusedFields } from '../unsupported-fields.ts'
import { malformed } from '../upstream-fault.ts'
import { countImages } from './count-images.ts'
import { tailUsage } from './tail-usage.ts'

const path = '/images/generations'
const maxPromptLength = 32_000
const maxImages = 10
const knownFields = [
  'model',
  'prompt',
  'n',
  'size',
  'quality',
  'style',
  'background',
  'output_format',
  'output_compression',
  'moderation',
  'response_format',
  'user',
  'stream',
]

const meaning: Meaning = new Map<string, (value: Json) => boolean>([
  ['n', (value) => value !== 1],
  ['size', (value) => value !== 'auto'],
  ['output_format', () => true],
  ['background', (value) => value === 'transparent'],
])

function readRequest({ value: fields }: JsonBody): ImagesRequest {
  if (optionalBoolean(fields, 'stream', '')) {
    throw new HubError(
      'unsupported_parameter',
      'Images are not streamed here. Leave out stream, and the images come when they are done.',
      { param: 'stream' },
    )
  }
  const request: ImagesRequest = {
    model: requiredString(fields, 'model', ''),
    prompt: requiredString(fields, 'prompt', ''),
    n: optionalInteger(fields, 'n', '', 1, maxImages) ?? 1,
  }
  if (request.prompt.length > maxPromptLength) {
    return refuse('prompt', `a string of at most ${maxPromptLength} characters`)
  }
  put(request, 'size', readSize(fields))
  put(request, 'quality', optionalString(fields, 'quality', ''))
  put(request, 'style', optionalString(fields, 'style', ''))
  put(request, 'background', optionalString(fields, 'background', ''))
  put(request, 'outputFormat', optionalString(fields, 'output_format', ''))
  put(request, 'outputCompression', optionalInteger(fields, 'output_compression', '', 0, 100))
  put(request, 'moderation', optionalString(fields, 'moderation', ''))
  put(request, 'responseFormat', readResponseFormat(fields))
  put(request, 'user', optionalString(fields, 'user', ''))
  put(request, 'extensions', otherFields(fields, knownFields))
  return request
}

function readSize(fields: JsonObject): string | undefined {
  const size = optionalString(fields, 'size', '')
  if (size === undefined || size === 'auto' || /^[1-9]\d{0,4}x[1-9]\d{0,4}$/.test(size)) return size
  return refuse('size', 'a string: "auto", or width and height such as "1024x1536"')
}

function readResponseFormat(fields: JsonObject): 'url' | 'base64' | undefined {
  const format = optionalString(fields, 'response_format', '')
  if (format === 'b64_json') return 'base64'
  if (format === undefined || format === 'url') return format
  return refuse('response_format', 'a string: "url" or "b64_json"')
}

function writeRequest(request: ImagesRequest, target: WireTarget): WireRequest {
  const { responseFormat } = request
  // Such servers always send the data, which `writeResponse` hands over as the caller asked.
  const format = target.quirks.noImageResponseFormat ? undefined : responseFormat
  const wire: JsonObject = {
    ...request.extensions,
    model: target.model,
    prompt: request.prompt,
    n: request.n === 1 ? undefined : request.n,
    size: request.size,
    quality: request.quality,
    style: request.style,
    background: request.background,
    output_format: request.outputFormat,
    output_compression: request.outputCompression,
    moderation: request.moderation,
    response_format: format && (format === 'base64' ? 'b64_json' : 'url'),
    user: request.user,
  }
  const { remove, dropped } = refusedFields(wire, target, meaning)
  for (const field of remove) delete wire[field]
  return { path, body: JSON.stringify(wire), dropped }
}

/** Tokens where the provider counts in tokens; the pictures always. */
function readUsage({ usage }: JsonObject, images: number): Usage {
  if (!isJsonObject(usage)) return usageOf({ images, estimated: true })
  const inputs = isJsonObject(usage.input_tokens_details) ? usage.input_tokens_details : {}
  const outputs = isJsonObject(usage.output_tokens_details) ? usage.output_tokens_details : {}
  const output = readCount(usage.output_tokens)
  return usageOf({
    input: readCount(usage.input_tokens),
    imageIn: readCount(inputs.image_tokens),
    cacheRead: readCount(inputs.cached_tokens),
    output,
    // Without details all of it is picture.
    imageOut: readCount(outputs.image_tokens ?? output),
    images,
  })
}

function readResponse(body: Uint8Array, target: WireTarget): ImagesResponse {
  const answer = readAnswer(body, target)
  const { data } = answer
  if (!Array.isArray(data) || data.length === 0) throw malformed(target, 'without images')
  const images = data.map((item) => readImage(item, target))
  const response: ImagesResponse = {
    created: readCount(answer.created),
    images,
    usage: readUsage(answer, images.length),
  }
  if (typeof answer.size === 'string') response.size = answer.size
  if (typeof answer.quality === 'string') response.quality = answer.quality
  if (typeof answer.background === 'string') response.background = answer.background
  if (typeof answer.output_format === 'string') response.outputFormat = answer.output_format
  return response
}

function readImage(item: Json, target: WireTarget): GeneratedImage {
  const { b64_json: data, url, revised_prompt: revised } = isJsonObject(item) ? item : {}
  const revisedPrompt =
    typeof revised === 'string' && revised !== '' ? { revisedPrompt: revised } : {}
  if (typeof data === 'string' && data !== '') return { data, ...revisedPrompt }
  if (typeof url === 'string' && url !== '') return { url, ...revisedPrompt }
  throw malformed(target, 'with an image that is neither data nor an address')
}

function writeResponse({ request }: ReplyContext<'images'>, response: ImagesResponse): string {
  const { created, images, size, quality, background, outputFormat, usage } = response
  const type = `image/${outputFormat ?? 'png'}`
  return JSON.stringify({
    created,
    background,
    output_format: outputFormat,
    quality,
    size,
    data: images.map(({ data, url, revisedPrompt }) => ({
      ...writeImage(data, url, request.responseFormat === 'url' ? type : undefined),
      revised_prompt: revisedPrompt,
    })),
    usage: usage.estimated ? undefined : writeUsage(usage),
  })
}

/** @param asUrl the type of picture when the caller wants an address: data has one too. */
function writeImage(
  data: string | undefined,
  url: string | undefined,
  asUrl: string | undefined,
): JsonObject {
  if (data === undefined) return { url }
  return asUrl === undefined ? { b64_json: data } : { url: `data:${asUrl};base64,${data}` }
}

function writeUsage({ input, imageIn, output, imageOut }: Usage): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { text_tokens: input - imageIn, image_tokens: imageIn },
    output_tokens: output,
    output_tokens_details: { text_tokens: output - imageOut, image_tokens: imageOut },
    total_tokens: input + output,
  }
}

function relayEdits(
  body: JsonBody,
  request: ImagesRequest,
  target: WireTarget,
): RelayEdits | undefined {
  const dropsFormat = target.quirks.noImageResponseFormat === true
  // The answer has to be rewritten: the provider sends data only.
  if (dropsFormat && request.responseFormat === 'url') return undefined
  const { remove, dropped } = refusedFields(body.value, target, meaning)
  if (dropsFormat) remove.push('response_format')
  const edits: BodyEdit[] = remove.map((field) => ({ field, remove: true }))
  if (body.value.model !== target.model) {
    edits.push({ field: 'model', set: JSON.stringify(target.model) })
  }
  return { path, edits, dropped }
}

function readRelayedUsage(body: Uint8Array, target: WireTarget): Usage {
  const tail = tailUsage(body)
  const images = countImages(body)
  if (isJsonObject(tail?.usage) && images > 0) return readUsage(tail, images)
  const { usage } = readResponse(body, target)
  return usage
}

/** OpenAI's image generation, whole answers only. */
export const openAiImages: InboundDialect<'images'> & OutboundDialect<'images'> = {
  id: 'openai-images',
  operation: 'images',
  readRequest,
  writeRequest,
  readResponse,
  writeResponse,
  readError: readOpenAiError,
  writeError: writeOpenAiError,
  relay: { edits: relayEdits, readUsage: readRelayedUsage },
}
