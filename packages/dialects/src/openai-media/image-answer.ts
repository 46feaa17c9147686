// Answers with images, both ways.

import {
  type GeneratedImage,
  type ImagesRequest,
  type ImagesResponse,
  isJsonObject,
  type Json,
  type JsonObject,
  type ReplyContext,
  readCount,
  type Usage,
  usageOf,
  type WireTarget,
} from '@aigne-hub/protocol'
import { dataUrl, imageTypeOf } from '../media-content.ts'
import { readAnswer } from '../openai-errors.ts'
import { completeUsage, usageDetails } from '../openai-usage.ts'
import { malformed } from '../upstream-fault.ts'
import { countImages } from './count-images.ts'
import { tailUsage } from './tail-usage.ts'

/** Tokens and cost where the provider reports them; the pictures always. */
function readUsage({ usage }: JsonObject, images: number): Usage {
  if (!isJsonObject(usage)) return usageOf({ images, estimated: true })
  const inputs = usageDetails(usage.input_tokens_details)
  const outputs = usageDetails(usage.output_tokens_details)
  const output = readCount(usage.output_tokens)
  const read = usageOf({
    input: readCount(usage.input_tokens),
    imageIn: readCount(inputs.image_tokens),
    cacheRead: readCount(inputs.cached_tokens),
    output,
    // Without details all of it is picture.
    imageOut: readCount(outputs.image_tokens ?? output),
    images,
  })
  return completeUsage(read, usage, undefined)
}

/** @throws HubError `upstream_failed` when an image is missing, and as `readAnswer`. */
export function readImagesResponse(body: Uint8Array, target: WireTarget): ImagesResponse {
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

/** Usage of an answer that is passed on, without parsing its pictures where that can be avoided. */
export function readImagesUsage(body: Uint8Array, target: WireTarget): Usage {
  const tail = tailUsage(body)
  const images = countImages(body)
  if (isJsonObject(tail?.usage) && images > 0) return readUsage(tail, images)
  return readImagesResponse(body, target).usage
}

export function writeImagesResponse(
  { request, arrivedAt }: ReplyContext<'images'>,
  response: ImagesResponse,
): string {
  const { created, images, size, quality, background, outputFormat, usage } = response
  return JSON.stringify({
    created: created > 0 ? created : arrivedAt,
    background,
    output_format: outputFormat,
    quality,
    size,
    data: images.map((image) => ({
      ...writeImage(image, request, outputFormat),
      revised_prompt: image.revisedPrompt,
    })),
    usage: usage.estimated ? undefined : writeUsage(usage),
  })
}

/** Data has an address too, for callers who want one. */
function writeImage(
  { data, url, mimeType }: GeneratedImage,
  { responseFormat, outputFormat }: ImagesRequest,
  made: string | undefined,
): JsonObject {
  if (data === undefined) return { url }
  if (responseFormat !== 'url') return { b64_json: data }
  return { url: dataUrl({ data, mimeType: mimeType ?? imageTypeOf(made ?? outputFormat) }) }
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
