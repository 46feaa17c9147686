// xAI's pictures: `POST /images/generations`, and `POST /images/edits` in JSON. Source: docs.x.ai (2026).

import {
  type ImagesRequest,
  type ImagesResponse,
  isJsonObject,
  type JsonObject,
  type OutboundDialect,
  readCount,
  type Usage,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import {
  addressOf,
  countOf,
  type ImageWords,
  imageFrom,
  keepImageFields,
  qualityLevel,
  withheld,
  wordForShape,
} from '../image-request.ts'
import { parseSize, scaleFor } from '../image-size.ts'
import { Losses } from '../losses.ts'
import { readAnswer, readOpenAiError } from '../openai-errors.ts'
import { completeUsage } from '../openai-usage.ts'
import { malformed } from '../upstream-fault.ts'

const maxImages = 10
const words: ImageWords = {
  fields: ['quality', 'outputFormat', 'user', 'images'],
  extensions: ['resolution'],
}
const ratios = ['1:1', '3:4', '4:3', '9:16', '16:9', '2:3', '3:2', '1:2', '2:1'].concat([
  '9:19.5',
  '19.5:9',
  '9:20',
  '20:9',
])

function writeRequest(request: ImagesRequest, target: WireTarget): WireRequest {
  const losses = new Losses(target)
  const { prompt, quality = 'auto', responseFormat, size, user, outputFormat, images } = request
  const wire: JsonObject = {
    ...keepImageFields(request, words, losses),
    model: target.model,
    prompt,
  }
  const count = countOf(request, maxImages, losses)
  if (count > 1) wire.n = count
  const ratio = wordForShape(request, ratios, losses)
  if (ratio !== undefined) wire.aspect_ratio = ratio
  const pixels = parseSize(size)
  if (pixels && scaleFor(pixels, ['1k', '2k']) === '2k') wire.resolution ??= '2k'
  const level = qualityLevel(quality)
  if (level !== undefined) wire.quality = level
  else if (quality !== 'auto') losses.hint('quality')
  if (responseFormat) wire.response_format = responseFormat === 'url' ? 'url' : 'b64_json'
  if (outputFormat !== undefined) wire.output_format = outputFormat
  if (user !== undefined) wire.user = user
  const references = (images ?? []).map((file): JsonObject => {
    return { url: addressOf(file), type: 'image_url' }
  })
  if (references.length === 1) wire.image = references[0]
  else if (references.length > 1) wire.images = references
  const path = references.length > 0 ? '/images/edits' : '/images/generations'
  return { path, body: JSON.stringify(wire), dropped: losses.dropped }
}

function readUsage({ usage }: JsonObject, images: number): Usage {
  if (!isJsonObject(usage)) return usageOf({ images, estimated: true })
  return completeUsage(usageOf({ images }), usage, undefined)
}

function readResponse(body: Uint8Array, target: WireTarget): ImagesResponse {
  const answer = readAnswer(body, target)
  const items = Array.isArray(answer.data) ? answer.data.filter(isJsonObject) : []
  // What its filter held back is there as well, in a form that is not to be shown.
  const passed = items.filter(({ respect_moderation: isFine }) => isFine !== false)
  if (items.length > 0 && passed.length === 0) throw withheld(target)
  const images = passed.flatMap((item) => {
    const image = imageFrom(item.b64_json, item.url, item.mime_type)
    const revised = item.revised_prompt
    if (!image) return []
    const said = typeof revised === 'string' && revised !== '' ? { revisedPrompt: revised } : {}
    return [{ ...image, ...said }]
  })
  if (images.length === 0) throw malformed(target, 'without images')
  // It bills what its filter held back too.
  const usage = readUsage(answer, items.length)
  return { created: readCount(answer.created), images, usage }
}

/** xAI's pictures, made and edited. */
export const xaiImages: OutboundDialect<'images'> = {
  id: 'xai-images',
  operation: 'images',
  writeRequest,
  readResponse,
  readError: readOpenAiError,
}
