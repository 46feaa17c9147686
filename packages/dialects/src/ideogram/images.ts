// Ideogram's pictures: forms in, addresses out. Source: the vendor's OpenAPI (2026).

import {
  type Exchange,
  type ExchangeAnswer,
  type ExchangeDialect,
  type GeneratedImage,
  type Headers,
  type HubError,
  type ImagesRequest,
  type ImagesResponse,
  isJsonObject,
  type JsonObject,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { downloadImages } from '../download-images.ts'
import { fieldParts, writeForm } from '../form-writer.ts'
import { countOf, imageFrom, withheld } from '../image-request.ts'
import { parseSize } from '../image-size.ts'
import { Losses } from '../losses.ts'
import { readAnswer, readFault } from '../openai-errors.ts'
import { malformed, parseJson, upstreamError } from '../upstream-fault.ts'
import { formFor } from './forms.ts'
import { readModel } from './model.ts'
import { writeParts } from './request.ts'

const maxImages = 10

/** As many requests as it takes: one for up to eight pictures, or one for each. */
function writeRequests(request: ImagesRequest, target: WireTarget): WireRequest[] {
  const losses = new Losses(target)
  const model = readModel(target)
  const form = formFor(request, model)
  const wanted = countOf(request, maxImages, losses)
  const parts = writeParts(request, form, model, target, losses)
  const seed = form.fields.includes('seed') ? request.seed : undefined
  const requests: WireRequest[] = []
  for (let asked = 0; asked < wanted; asked += form.most) {
    const own: JsonObject = {}
    const count = Math.min(wanted - asked, form.most)
    if (count > 1) own.num_images = count
    // The same seed would make the same pictures again.
    if (seed !== undefined) own.seed = seed + requests.length
    const body = writeForm([...fieldParts(own), ...parts])
    requests.push({ path: form.path, ...body, dropped: losses.dropped })
  }
  return requests
}

interface Made {
  created: number
  items: JsonObject[]
}

function readMade({ body }: ExchangeAnswer, target: WireTarget): Made {
  const answer = readAnswer(body, target)
  const items = Array.isArray(answer.data) ? answer.data.filter(isJsonObject) : []
  // The date is text (ISO 8601).
  const date = typeof answer.created === 'string' ? Date.parse(answer.created) : 0
  return { created: date > 0 ? Math.floor(date / 1000) : 0, items }
}

function readImage({ url, prompt, is_image_safe: isSafe }: JsonObject): GeneratedImage[] {
  const image = imageFrom(undefined, url)
  if (!image || isSafe === false) return []
  return [typeof prompt === 'string' && prompt !== '' ? { ...image, revisedPrompt: prompt } : image]
}

function* exchange(request: ImagesRequest, target: WireTarget): Exchange<'images'> {
  const answers = yield { do: 'send', requests: writeRequests(request, target) }
  const made = answers.map((answer) => readMade(answer, target))
  const items = made.flatMap((one) => one.items)
  let images = items.flatMap(readImage)
  if (images.length === 0) {
    const isUnsafe = items.some(({ is_image_safe: isSafe }) => isSafe === false)
    throw isUnsafe ? withheld(target) : malformed(target, 'without images')
  }
  if (request.responseFormat === 'base64') images = yield* downloadImages(images, target)
  const response: ImagesResponse = {
    created: made[0]?.created ?? 0,
    images,
    usage: usageOf({ images: images.length, estimated: true }),
  }
  const sizes = items.map(({ upscaled_resolution: upscaled, resolution }) => upscaled ?? resolution)
  const size = sizes.find((text) => typeof text === 'string' && parseSize(text))
  if (typeof size === 'string') response.size = size
  return response
}

/** 422 is its safety check, of the prompt or of a picture. */
function readError(
  status: number,
  headers: Headers,
  body: Uint8Array,
  target: WireTarget,
): HubError {
  const found = readFault(parseJson(body)) ?? {}
  return upstreamError(
    status,
    headers,
    status === 422 ? { ...found, code: 'content_filter' } : found,
    target,
  )
}

/** Ideogram's pictures, made and edited. */
export const ideogramImages: ExchangeDialect<'images'> = {
  id: 'ideogram-images',
  operation: 'images',
  exchange,
  readError,
}
