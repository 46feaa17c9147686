// Pictures by Gemini's models: `generateContent` with the modality IMAGE, one picture a request.
// Source: Google's `@google/genai` 3.1 and ai.google.dev (2026).

import {
  type Exchange,
  type ExchangeAnswer,
  type ExchangeDialect,
  type GeneratedImage,
  type HubError,
  type ImagesRequest,
  type ImagesResponse,
  isJsonObject,
  type JsonObject,
  type Usage,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import {
  contentOf,
  countOf,
  type ImageWords,
  imageFrom,
  keepImageFields,
  repeated,
  withheld,
  wordForShape,
} from '../image-request.ts'
import { commonRatios, parseSize, scaleFor } from '../image-size.ts'
import { Losses } from '../losses.ts'
import { base64Of } from '../media-content.ts'
import { malformed, readObject } from '../upstream-fault.ts'
import { sumUsage } from '../usage-sum.ts'
import { candidateError, chunkError, readError } from './errors.ts'
import { readFinishReason } from './finish-reason.ts'
import { modelPath } from './names.ts'
import { blockReasonOf } from './stream-reader.ts'
import { readUsage } from './usage.ts'

const maxImages = 10
const scales = ['1K', '2K', '4K']

function wordsFor({ outputFormat }: ImagesRequest): ImageWords {
  // PNG is what it makes anyway.
  return {
    fields: outputFormat === 'png' ? ['images', 'outputFormat', 'seed'] : ['images', 'seed'],
    extensions: [],
  }
}

/** The requests for `count` pictures. */
function writeRequests(
  request: ImagesRequest,
  count: number,
  target: WireTarget,
  losses: Losses,
): WireRequest[] {
  const { prompt, images = [], size } = request
  keepImageFields(request, wordsFor(request), losses)
  const imageConfig: JsonObject = {}
  const aspectRatio = wordForShape(request, commonRatios, losses)
  if (aspectRatio !== undefined) imageConfig.aspectRatio = aspectRatio
  const pixels = parseSize(size)
  const imageSize = pixels && scaleFor(pixels, scales)
  // Older models know one size only, and refuse to be told.
  if (imageSize !== undefined && imageSize !== '1K') imageConfig.imageSize = imageSize
  const parts = images.map((file): JsonObject => {
    const content = contentOf(file, 'image', target)
    return { inlineData: { mimeType: content.mimeType, data: base64Of(content) } }
  })
  const path = modelPath(target.model, 'generateContent')
  return repeated(request, count, (seed) => {
    const body: JsonObject = {
      contents: [{ role: 'user', parts: [{ text: prompt }, ...parts] }],
      generationConfig: {
        // Some of the models cannot be kept from talking.
        responseModalities: ['TEXT', 'IMAGE'],
        imageConfig: Object.keys(imageConfig).length > 0 ? imageConfig : undefined,
        seed,
      },
    }
    return { path, body: JSON.stringify(body), dropped: losses.dropped }
  })
}

interface Made {
  images: GeneratedImage[]
  usage: Usage
  failure: HubError | undefined
}

function readAnswer({ body }: ExchangeAnswer, target: WireTarget): Made {
  const answer = readObject(body, target)
  const error = chunkError(answer, target)
  if (error) throw error
  const candidates = Array.isArray(answer.candidates) ? answer.candidates.filter(isJsonObject) : []
  const images = candidates.flatMap(readImages)
  const usage = readUsage(answer) ?? usageOf({ estimated: true })
  usage.images = images.length
  return { images, usage, failure: failureOf(answer, candidates, target) }
}

/** Drafts, which are thoughts, are left out. */
function readImages({ content }: JsonObject): GeneratedImage[] {
  const parts = isJsonObject(content) && Array.isArray(content.parts) ? content.parts : []
  return parts.flatMap((part) => {
    if (!isJsonObject(part) || part.thought === true || !isJsonObject(part.inlineData)) return []
    const { data, mimeType } = part.inlineData
    return imageFrom(data, undefined, mimeType) ?? []
  })
}

/** Why an answer may hold no picture, as far as it says. */
function failureOf(
  answer: JsonObject,
  candidates: readonly JsonObject[],
  target: WireTarget,
): HubError | undefined {
  const isFiltered = candidates.some(
    ({ finishReason: raw }) =>
      typeof raw === 'string' && readFinishReason(raw, false) === 'contentFilter',
  )
  if (isFiltered || blockReasonOf(answer) !== undefined) return withheld(target)
  for (const candidate of candidates) {
    const error = candidateError(candidate, target)
    if (error) return error
  }
  return undefined
}

function* exchange(request: ImagesRequest, target: WireTarget): Exchange<'images'> {
  const losses = new Losses(target)
  const count = countOf(request, maxImages, losses)
  const answers = yield { do: 'send', requests: writeRequests(request, count, target, losses) }
  const made = answers.map((answer) => readAnswer(answer, target))
  const images = made.flatMap((one) => one.images)
  if (images.length === 0) {
    const failure = made.find((one) => one.failure)?.failure
    throw failure ?? malformed(target, 'without images')
  }
  const response: ImagesResponse = {
    created: 0,
    images,
    usage: sumUsage(made.map(({ usage }) => usage)),
  }
  const format = /^image\/(\w+)$/.exec(images[0]?.mimeType ?? '')?.[1]
  if (format !== undefined) response.outputFormat = format
  return response
}

/** Pictures by Gemini's models, made and edited. */
export const geminiImages: ExchangeDialect<'images'> = {
  id: 'gemini-images',
  operation: 'images',
  exchange,
  readError,
}
