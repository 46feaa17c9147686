// Pictures by Poe's bots, which answer in chat with a link. Source: creator.poe.com (2026).

import {
  type Exchange,
  type ExchangeAnswer,
  type ExchangeDialect,
  type GeneratedImage,
  type ImagesRequest,
  isJsonObject,
  type Json,
  type JsonObject,
  readCount,
  type Usage,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { downloadImages } from '../download-images.ts'
import {
  addressOf,
  countOf,
  keepImageFields,
  repeated,
  wantedShape,
  withheld,
} from '../image-request.ts'
import { commonRatios, nearestShape, ratioOf } from '../image-size.ts'
import { Losses } from '../losses.ts'
import { readAnswer, readOpenAiError } from '../openai-errors.ts'
import { malformed } from '../upstream-fault.ts'
import { sumUsage } from '../usage-sum.ts'

const maxImages = 10

/** The requests for `count` pictures. */
function writeRequests(
  request: ImagesRequest,
  count: number,
  target: WireTarget,
  losses: Losses,
): WireRequest[] {
  const { prompt, images, quality } = request
  keepImageFields(request, { fields: ['images', 'quality'], extensions: [] }, losses)
  const files = (images ?? []).map((file): Json => {
    return { type: 'image_url', image_url: { url: addressOf(file) } }
  })
  const content = files.length > 0 ? [{ type: 'text', text: prompt }, ...files] : prompt
  const body: JsonObject = {
    model: target.model,
    messages: [{ role: 'user', content }],
    stream: false,
    // Bots take what they have parameters of this name for.
    aspect_ratio: ratioFor(request, losses),
    quality: quality === 'auto' ? undefined : quality,
  }
  const { dropped } = losses
  const wire = { path: '/chat/completions', body: JSON.stringify(body), dropped }
  return repeated(request, count, () => wire)
}

/** As the caller says it; of a size the ratio that bots may know. */
function ratioFor(request: ImagesRequest, losses: Losses): string | undefined {
  const { pixels, said } = wantedShape(request, losses)
  return pixels ? (nearestShape(pixels, commonRatios) ?? ratioOf(pixels)) : said
}

/** The first address in what a bot says: of a picture in Markdown, of a link, or by itself. */
export function firstAddress(text: string): string | undefined {
  // Bounded, so that no answer takes long to search.
  const marked = /!\[[^[\]]{0,500}\]\(\s?<?(https?:\/\/[^\s)>]{1,4000})/i.exec(text)
  if (marked) return marked[1]
  const plain = /https?:\/\/[^\s()<>[\]"'`]{1,4000}/i.exec(text)
  return plain?.[0].replace(/[.,;:!?*]{1,5}$/, '')
}

interface Made {
  created: number
  image: GeneratedImage | undefined
  isFiltered: boolean
  usage: Usage
}

function readMade({ body }: ExchangeAnswer, target: WireTarget): Made {
  const answer = readAnswer(body, target)
  const choice = Array.isArray(answer.choices) ? answer.choices[0] : undefined
  const { message, finish_reason: reason } = isJsonObject(choice) ? choice : {}
  const content = isJsonObject(message) ? message.content : undefined
  const url = typeof content === 'string' ? firstAddress(content) : undefined
  const image = url === undefined ? undefined : { url }
  const usage = readUsage(answer)
  if (image) usage.images = 1
  return {
    created: readCount(answer.created),
    image,
    isFiltered: reason === 'content_filter',
    usage,
  }
}

/** The tokens of such bots are often said to be zero, and what they cost in points is told elsewhere. */
function readUsage({ usage }: JsonObject): Usage {
  const report = isJsonObject(usage) ? usage : {}
  const input = readCount(report.prompt_tokens)
  const output = readCount(report.completion_tokens)
  return usageOf({ input, output, estimated: input + output === 0 })
}

function* exchange(request: ImagesRequest, target: WireTarget): Exchange<'images'> {
  const losses = new Losses(target)
  const count = countOf(request, maxImages, losses)
  const answers = yield { do: 'send', requests: writeRequests(request, count, target, losses) }
  const made = answers.map((answer) => readMade(answer, target))
  let images = made.flatMap(({ image }) => image ?? [])
  if (images.length === 0) {
    const isFiltered = made.some((one) => one.isFiltered)
    throw isFiltered ? withheld(target) : malformed(target, 'in which no image is linked')
  }
  if (request.responseFormat === 'base64') images = yield* downloadImages(images, target)
  const usage = sumUsage(made.map((one) => one.usage))
  return { created: made[0]?.created ?? 0, images, usage }
}

/** Pictures by Poe's bots. */
export const poeImages: ExchangeDialect<'images'> = {
  id: 'poe-images',
  operation: 'images',
  exchange,
  readError: readOpenAiError,
}
