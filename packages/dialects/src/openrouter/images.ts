// OpenRouter's pictures: `POST /images`. Source: `@openrouter/sdk` (2026).

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
  wantedShape,
} from '../image-request.ts'
import { Losses } from '../losses.ts'
import { readAnswer, readOpenAiError } from '../openai-errors.ts'
import { completeUsage, usageDetails } from '../openai-usage.ts'
import { malformed } from '../upstream-fault.ts'

const maxImages = 10
const qualities = ['auto', 'low', 'medium', 'high', 'xhigh', 'max']
const words: ImageWords = {
  fields: ['quality', 'background', 'outputFormat', 'outputCompression', 'seed', 'images', 'user'],
  extensions: ['resolution', 'provider'],
}

function writeRequest(request: ImagesRequest, target: WireTarget): WireRequest {
  const losses = new Losses(target)
  const { images } = request
  const { pixels, said } = wantedShape(request, losses)
  const own = keepImageFields(request, words, losses)
  const count = countOf(request, maxImages, losses)
  // Data is what it always sends, so how the caller wants it is no word for here.
  const wire: JsonObject = {
    ...own,
    model: target.model,
    prompt: request.prompt,
    n: count > 1 ? count : undefined,
    // A ratio beside a size is refused.
    size: pixels && said,
    aspect_ratio: pixels ? undefined : said,
    quality: qualityFor(request, losses),
    background: request.background,
    output_format: request.outputFormat,
    output_compression: request.outputCompression,
    seed: request.seed,
    user: request.user,
    input_references: images?.map((file) => {
      return { type: 'image_url', image_url: { url: addressOf(file) } }
    }),
  }
  return { path: '/images', body: JSON.stringify(wire), dropped: losses.dropped }
}

/** Its own words as they are, and those of older models of OpenAI's as what they mean. */
function qualityFor({ quality }: ImagesRequest, losses: Losses): string | undefined {
  if (quality === undefined || qualities.includes(quality)) return quality
  const level = qualityLevel(quality)
  if (level === undefined) losses.hint('quality')
  return level
}

function readUsage({ usage: report }: JsonObject, images: number): Usage {
  if (!isJsonObject(report)) return usageOf({ images, estimated: true })
  const inputs = usageDetails(report.prompt_tokens_details)
  const outputs = usageDetails(report.completion_tokens_details)
  const output = readCount(report.completion_tokens)
  const usage = usageOf({
    input: readCount(report.prompt_tokens),
    imageIn: readCount(inputs.image_tokens),
    cacheRead: readCount(inputs.cached_tokens),
    output,
    // Without details all of it is picture.
    imageOut: readCount(outputs.image_tokens ?? output),
    images,
  })
  return completeUsage(usage, report, undefined)
}

function readResponse(body: Uint8Array, target: WireTarget): ImagesResponse {
  const answer = readAnswer(body, target)
  const items = Array.isArray(answer.data) ? answer.data.filter(isJsonObject) : []
  const images = items.flatMap(({ b64_json: data, url, media_type: type }) => {
    return imageFrom(data, url, type) ?? []
  })
  if (images.length === 0) throw malformed(target, 'without images')
  return {
    created: readCount(answer.created),
    images,
    usage: readUsage(answer, images.length),
  }
}

/** OpenRouter's pictures, made and edited. */
export const openRouterImages: OutboundDialect<'images'> = {
  id: 'openrouter-images',
  operation: 'images',
  writeRequest,
  readResponse,
  readError: readOpenAiError,
}
