// Pictures by Seedream and SeedEdit: `POST /images/generations`, of which edits are a part. Sources: the
// vendor's Python SDK (`volcenginesdkarkruntime`, 2026), volcengine.com docs 82379.

import {
  type Exchange,
  type ExchangeAnswer,
  type ExchangeDialect,
  type GeneratedImage,
  type ImagesRequest,
  type ImagesResponse,
  isJsonObject,
  type JsonObject,
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
  madeError,
  repeated,
  wantedShape,
} from '../image-request.ts'
import { parseSize, sizeOfShape } from '../image-size.ts'
import { Losses } from '../losses.ts'
import { readAnswer, readFault, readOpenAiError } from '../openai-errors.ts'
import { malformed } from '../upstream-fault.ts'
import { sumUsage } from '../usage-sum.ts'

const maxImages = 10
/** Of the square that it makes when no size is named, in pixels; the models of 3.x make no larger ones. */
const sideOf = (model: string) => (/seedream-3/.test(model) ? 1024 : 2048)
/** The least that Seedream makes from 4.5 on. An endpoint's id does not tell which model it is. */
const leastPixels = 2560 * 1440
const isLarge = /seedream-(?:4-[5-9]|[5-9]|\d\d)/
/** Seeds are a word of 3.x only. */
const isSeedless = /seedream-(?:[4-9]|\d\d)/
const extensions = ['watermark', 'guidance_scale', 'optimize_prompt_options', 'tools']

function wordsFor({ model }: WireTarget): ImageWords {
  const fields: ImageWords['fields'] = ['images', 'outputFormat']
  return { fields: isSeedless.test(model) ? fields : [...fields, 'seed'], extensions }
}
const formats = ['png', 'jpeg']

/** The requests for `count` pictures. */
function writeRequests(
  request: ImagesRequest,
  count: number,
  target: WireTarget,
  losses: Losses,
): WireRequest[] {
  const { images = [], outputFormat, responseFormat } = request
  const words = wordsFor(target)
  const own = keepImageFields(request, words, losses)
  const isFormat = outputFormat !== undefined && formats.includes(outputFormat)
  if (outputFormat !== undefined && !isFormat) losses.meaning('output_format')
  const files = images.map(addressOf)
  const wire: JsonObject = {
    // Unasked, it would write on the pictures that they are made by AI.
    watermark: false,
    ...own,
    model: target.model,
    prompt: request.prompt,
    image: files.length > 1 ? files : files[0],
    size: sizeFor(request, target.model, losses),
    // JPEG is the default, and some models have no word for it.
    output_format: outputFormat === 'png' ? 'png' : undefined,
    response_format: responseFormat && (responseFormat === 'url' ? 'url' : 'b64_json'),
  }
  const { dropped } = losses
  return repeated(request, count, (seed) => {
    const seeded = words.fields.includes('seed') ? { ...wire, seed } : wire
    return { path: '/images/generations', body: JSON.stringify(seeded), dropped }
  })
}

/** A smaller size than the model makes says its shape only. */
function sizeFor(request: ImagesRequest, model: string, losses: Losses): string | undefined {
  const { pixels, shape, said } = wantedShape(request, losses)
  if (!shape) return undefined
  const isMade = pixels && (pixels.width * pixels.height >= leastPixels || !isLarge.test(model))
  if (isMade) return said
  const { width, height } = sizeOfShape(shape, sideOf(model))
  return `${width}x${height}`
}

interface Made {
  created: number
  images: GeneratedImage[]
  size: string | undefined
  /** What went wrong with a picture, if something did. */
  error: JsonObject | undefined
  usage: Usage
}

function readMade({ body }: ExchangeAnswer, target: WireTarget): Made {
  const answer = readAnswer(body, target)
  const items = Array.isArray(answer.data) ? answer.data.filter(isJsonObject) : []
  const images = items.flatMap(({ b64_json: data, url }) => imageFrom(data, url) ?? [])
  const size = items.find((item) => parseSize(textOf(item.size)))?.size
  return {
    created: readCount(answer.created ?? answer.created_at),
    images,
    size: textOf(size),
    error: items.find((item) => isJsonObject(item.error)),
    usage: readUsage(answer, images.length),
  }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

function readUsage({ usage }: JsonObject, images: number): Usage {
  if (!isJsonObject(usage)) return usageOf({ images, estimated: true })
  const output = readCount(usage.output_tokens)
  return usageOf({
    images: readCount(usage.generated_images ?? images),
    output,
    imageOut: output,
  })
}

function* exchange(request: ImagesRequest, target: WireTarget): Exchange<'images'> {
  const losses = new Losses(target)
  const count = countOf(request, maxImages, losses)
  const answers = yield { do: 'send', requests: writeRequests(request, count, target, losses) }
  const made = answers.map((answer) => readMade(answer, target))
  const images = made.flatMap((one) => one.images)
  if (images.length === 0) throw whyNone(made, target)
  const response: ImagesResponse = {
    created: made[0]?.created ?? 0,
    images,
    outputFormat: request.outputFormat === 'png' ? 'png' : 'jpeg',
    usage: sumUsage(made.map(({ usage }) => usage)),
  }
  const size = made.find((one) => one.size !== undefined)?.size
  if (size !== undefined) response.size = size
  return response
}

/** A picture may fail alone, under a status of 200. */
function whyNone(made: readonly Made[], target: WireTarget) {
  const found = readFault(made.find(({ error }) => error)?.error)
  return found ? madeError(found, target) : malformed(target, 'without images')
}

/** Pictures by Seedream and SeedEdit. */
export const doubaoImages: ExchangeDialect<'images'> = {
  id: 'doubao-images',
  operation: 'images',
  exchange,
  readError: readOpenAiError,
}
