// The fields that requests for new images and for edited ones have in common.

import { HubError, type ImagesRequest, type Json, type JsonObject } from '@aigne-hub/protocol'
import {
  optionalBoolean,
  optionalInteger,
  optionalString,
  otherFields,
  put,
  refuse,
  requiredString,
} from '../read-field.ts'
import type { Meaning } from '../unsupported-fields.ts'

const maxPromptLength = 32_000
const maxImages = 10
const knownFields: ReadonlySet<string> = new Set([
  'model',
  'prompt',
  'n',
  'size',
  'aspect_ratio',
  'quality',
  'style',
  'background',
  'output_format',
  'output_compression',
  'moderation',
  'input_fidelity',
  'negative_prompt',
  'seed',
  'response_format',
  'user',
  'stream',
])

export const imageMeaning: Meaning = new Map<string, (value: Json) => boolean>([
  ['n', (value) => value !== 1],
  ['size', (value) => value !== 'auto'],
  ['output_format', () => true],
  ['background', (value) => value === 'transparent'],
  ['image', () => true],
  ['mask', () => true],
])

/** @throws HubError `invalid_request` or `unsupported_parameter` naming the field. */
export function readImageFields(fields: JsonObject): ImagesRequest {
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
  put(request, 'aspectRatio', readAspectRatio(fields))
  put(request, 'quality', optionalString(fields, 'quality', ''))
  put(request, 'style', optionalString(fields, 'style', ''))
  put(request, 'background', optionalString(fields, 'background', ''))
  put(request, 'outputFormat', optionalString(fields, 'output_format', ''))
  put(request, 'outputCompression', optionalInteger(fields, 'output_compression', '', 0, 100))
  put(request, 'moderation', optionalString(fields, 'moderation', ''))
  put(request, 'inputFidelity', optionalString(fields, 'input_fidelity', ''))
  put(request, 'negativePrompt', optionalString(fields, 'negative_prompt', ''))
  put(request, 'seed', optionalInteger(fields, 'seed', '', Number.MIN_SAFE_INTEGER))
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

/** `auto` is what comes of leaving it out. */
function readAspectRatio(fields: JsonObject): string | undefined {
  const ratio = optionalString(fields, 'aspect_ratio', '')
  if (ratio === undefined || ratio === 'auto') return undefined
  if (/^[1-9]\d{0,3}:[1-9]\d{0,3}$/.test(ratio)) return ratio
  return refuse('aspect_ratio', 'a string: "auto", or width and height such as "16:9"')
}

function readResponseFormat(fields: JsonObject): 'url' | 'base64' | undefined {
  const format = optionalString(fields, 'response_format', '')
  if (format === 'b64_json') return 'base64'
  if (format === undefined || format === 'url') return format
  return refuse('response_format', 'a string: "url" or "b64_json"')
}

/** The fields of a request by their wire names, extensions included; images and mask left out. */
export function writeImageFields(request: ImagesRequest, model: string): JsonObject {
  const { responseFormat } = request
  return {
    ...request.extensions,
    model,
    prompt: request.prompt,
    n: request.n === 1 ? undefined : request.n,
    size: request.size,
    aspect_ratio: request.aspectRatio,
    quality: request.quality,
    style: request.style,
    background: request.background,
    output_format: request.outputFormat,
    output_compression: request.outputCompression,
    moderation: request.moderation,
    input_fidelity: request.inputFidelity,
    negative_prompt: request.negativePrompt,
    seed: request.seed,
    response_format: responseFormat && (responseFormat === 'base64' ? 'b64_json' : 'url'),
    user: request.user,
  }
}
