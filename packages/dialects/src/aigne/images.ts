// Images as the published AIGNE clients ask for them (`POST /api/v2/image`). Measured against
// `@aigne/aigne-hub` 0.10.16.

import type {
  ImagesRequest,
  ImagesResponse,
  InboundDialect,
  JsonBody,
  ReplyContext,
} from '@aigne-hub/protocol'
import { imageTypeOf } from '../media-content.ts'
import { optionalBoolean, optionalInteger, optionalString, put, refuse } from '../read-field.ts'
import { writeError } from './errors.ts'
import { MediaInput, writeFileOf } from './media-input.ts'
import { writeUsage } from './response.ts'

/** The clients' own. */
const defaultModel = 'openai/gpt-image-1'
const maxImages = 10
const sizes = /^(?:auto|[1-9]\d{0,4}x[1-9]\d{0,4})$/
const ratios = /^[1-9]\d{0,3}:[1-9]\d{0,3}$/

function readRequest({ value }: JsonBody): ImagesRequest {
  const input = new MediaInput(value)
  const request: ImagesRequest = {
    model: input.model(defaultModel),
    prompt: input.prompt(),
    n: input.field(['n'], (fields, key, at) => optionalInteger(fields, key, at, 1, maxImages)) ?? 1,
  }
  const images = input.files('image')
  if (images.length > 0) request.images = images
  const [mask, ...others] = input.files('mask')
  if (others.length > 0) refuse('input.mask', 'one file')
  put(request, 'mask', mask)
  put(request, 'size', input.field(['size'], matching(sizes, 'a size such as "1024x1536"')))
  const ratio = matching(ratios, 'a ratio such as "16:9"')
  put(request, 'aspectRatio', input.field(['aspectRatio', 'aspect_ratio'], ratio))
  put(request, 'quality', input.field(['quality'], optionalString))
  put(request, 'style', input.field(['style'], optionalString))
  put(request, 'background', input.field(['background'], optionalString))
  put(request, 'outputFormat', input.field(['outputFormat', 'output_format'], optionalString))
  const compression = input.field(['outputCompression', 'output_compression'], (fields, key, at) =>
    optionalInteger(fields, key, at, 0, 100),
  )
  put(request, 'outputCompression', compression)
  put(request, 'moderation', input.field(['moderation'], optionalString))
  put(request, 'inputFidelity', input.field(['inputFidelity', 'input_fidelity'], optionalString))
  put(request, 'negativePrompt', input.field(['negativePrompt', 'negative_prompt'], optionalString))
  const seed = input.field(['seed'], (fields, key, at) =>
    optionalInteger(fields, key, at, Number.MIN_SAFE_INTEGER),
  )
  put(request, 'seed', seed)
  put(request, 'user', input.field(['user'], optionalString))
  put(request, 'responseFormat', readResponseFormat(input))
  // Answers come whole, whatever is asked for.
  input.field(['stream'], optionalBoolean)
  put(request, 'extensions', input.rest())
  return request
}

function matching(pattern: RegExp, expected: string): typeof optionalString {
  return (fields, key, at) => {
    const text = optionalString(fields, key, at)
    return text === undefined || pattern.test(text) ? text : refuse(at + key, expected)
  }
}

/**
 * OpenAI's name for it, if the caller uses that. The clients' own wish (`outputFileType`) says nothing: it
 * is always `url`, and a file inside the answer works as well.
 */
function readResponseFormat(input: MediaInput): ImagesRequest['responseFormat'] {
  const names = ['responseFormat', 'response_format']
  const format = input.field(names, (fields, key, at) => {
    const text = optionalString(fields, key, at)
    if (text === undefined || text === 'url' || text === 'b64_json' || text === 'base64')
      return text
    return refuse(at + key, 'the string "url" or "b64_json"')
  })
  return format === undefined || format === 'url' ? format : 'base64'
}

function writeResponse({ request }: ReplyContext<'images'>, response: ImagesResponse): string {
  const { images, outputFormat, usage } = response
  const type = imageTypeOf(outputFormat ?? request.outputFormat)
  return JSON.stringify({
    images: images.map((image) => writeFileOf(image, type)),
    usage: writeUsage(usage),
    model: request.model,
  })
}

/** Images of the AIGNE clients. Inbound only: no provider speaks it. */
export const aigneImages: InboundDialect<'images'> = {
  id: 'aigne-images',
  operation: 'images',
  readRequest,
  writeResponse,
  writeError,
}
