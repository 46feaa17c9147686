import type { ImagesQuestion } from '../../behaviour/images.ts'
import type { Json, JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import type { Step } from '../../reply.ts'
import { linkTo } from '../files.ts'
import { choiceOf, flag, invalid, numberOf, objectOf, requiredText } from '../openai/fields.ts'
import { bodyOf } from '../openai/replies.ts'
import { eventsReply, wholeReply } from '../openai-family/replies.ts'
import type { Route, Routes } from '../openai-family/vendor.ts'
import { namedEvent } from '../openai-media/events.ts'
import { imageAt } from '../openai-media/image-references.ts'
import { type MediaNames, mediaModel } from '../openai-media/media-names.ts'
import type { VoiceContext } from '../voice.ts'
import { endpointId } from './embeddings.ts'
import { sensitiveContent } from './errors.ts'

const names: MediaNames = [
  [/^doubao-seed(?:ream|edit)/, 'image'],
  [endpointId, 'image'],
]

const mostReferences = 14
const mostPictures = 15
const widestRatio = 16
const mostPixels = 4096 * 4096
const squares: Readonly<Record<string, number>> = { '1K': 1024, '2K': 2048, '3K': 3072, '4K': 4096 }
/** Versions that draw nothing small, and those that take a seed. */
const largeOnly = /seedream-(?:4-5|5)/
const older = /seed(?:ream|edit)-3/
const seedRule = { least: -1, most: 2 ** 31 - 1, isInteger: true }
const guidanceRule = { least: 1, most: 10 }
const countRule = { least: 1, most: mostPictures, isInteger: true }
/** A prompt with it is refused, or of several pictures the last one. */
const indecent = /\battack\b/i
const pixelsPerToken = 256

function readSize(body: JsonObject, name: string): { width: number; height: number } {
  const size = body.size == null ? '2048x2048' : requiredText(body, 'size')
  const square = squares[size]
  const [, across, down] = /^(\d{2,5})x(\d{2,5})$/.exec(size) ?? []
  const width = square ?? Number(across)
  const height = square ?? Number(down)
  const least = largeOnly.test(name) ? 2560 * 1440 : older.test(name) ? 512 * 512 : 1280 * 720
  const pixels = width * height
  const isAllowed = pixels >= least && pixels <= mostPixels
  if (isAllowed && Math.max(width, height) <= widestRatio * Math.min(width, height)) {
    return { width, height }
  }
  throw invalid('size', `it must be of ${least} to ${mostPixels} pixels, at most 1:${widestRatio}`)
}

function readReferences(image: Json | undefined): Uint8Array[] {
  if (image === undefined || image === null) return []
  const list = [image].flat()
  if (list.length > mostReferences) {
    throw invalid('image', `it takes at most ${mostReferences} images`)
  }
  return list.map((url) => imageAt(url, 'image'))
}

/** One, or in sequential mode as many as the caller lets there be. */
function readCount(body: JsonObject, references: number): number {
  const field = 'sequential_image_generation'
  const isMany = choiceOf(body, field, ['disabled', 'auto'], 'disabled') === 'auto'
  const options = objectOf(body, `${field}_options`) ?? {}
  const count = numberOf(options, 'max_images', countRule) ?? mostPictures - references
  if (!isMany) return 1
  if (count + references > mostPictures) {
    throw invalid(`${field}_options.max_images`, `with the references there can be ${mostPictures}`)
  }
  return count
}

function readQuestion(body: JsonObject, { behaviour }: VoiceContext): ImagesQuestion {
  const name = requiredText(body, 'model')
  const model = mediaModel(name, 'images', behaviour, names)
  const prompt = requiredText(body, 'prompt')
  const references = readReferences(body.image)
  numberOf(body, 'seed', seedRule)
  numberOf(body, 'guidance_scale', guidanceRule)
  for (const field of ['seed', 'guidance_scale']) {
    if (body[field] == null || older.test(name)) continue
    throw new Problem('unsupportedParameter', `The model does not take ${field}.`, field)
  }
  // Who does not say otherwise gets a watermark: another picture.
  const mark = flag(body, 'watermark', true) ? ' (with a watermark)' : ''
  return {
    model,
    prompt: `${prompt}${mark}`,
    ...readSize(body, name),
    count: readCount(body, references.length),
    quality: 'medium',
    ...(references.length > 0 ? { references } : {}),
  }
}

interface Pictures {
  items: JsonObject[]
  usage: JsonObject
}

function draw(body: JsonObject, context: VoiceContext, link: (png: Buffer) => string): Pictures {
  const question = readQuestion(body, context)
  const { width, height, count, prompt } = question
  const isUrl = choiceOf(body, 'response_format', ['url', 'b64_json'], 'url') === 'url'
  if (indecent.test(prompt) && count === 1) throw sensitiveContent()
  const { images, usage } = context.behaviour.images(question)
  const failing = indecent.test(prompt) ? count - 1 : -1
  const items = images.map((png, at): JsonObject => {
    if (at === failing) return { error: pictureError }
    const size = `${width}x${height}`
    return isUrl ? { url: link(png), size } : { b64_json: png.toString('base64'), size }
  })
  const drawn = failing < 0 ? count : count - 1
  const tokens = drawn * Math.ceil((width * height) / pixelsPerToken)
  const counts = { generated_images: drawn, output_tokens: tokens, total_tokens: tokens }
  return { items, usage: usage ? { usage: counts } : {} }
}

const pictureError = {
  code: 'OutputImageSensitiveContentDetected',
  message: 'The request failed because the output image may contain sensitive information.',
}

function writeEvents(name: string, created: number, { items, usage }: Pictures): Step[] {
  const events = items.map((item, at) => {
    const type = item.error === undefined ? 'partial_succeeded' : 'partial_failed'
    const head = { type: `image_generation.${type}`, model: name, created, image_index: at }
    return namedEvent({ ...head, ...item })
  })
  const completed = { type: 'image_generation.completed', model: name, created, ...usage }
  return [...events, namedEvent(completed), { send: 'data: [DONE]\n\n' }]
}

/** Drawing and editing are one path: images are in the body, as addresses. */
const images: Route = (request, context) => {
  const body = bodyOf(request)
  const link = (png: Buffer) => linkTo(png, 'image/png', request, context)
  const isStreamed = flag(body, 'stream', false)
  const pictures = draw(body, context, link)
  const name = requiredText(body, 'model')
  const created = Math.floor(context.nowMs / 1000)
  if (isStreamed) return eventsReply(writeEvents(name, created, pictures))
  return wholeReply({ model: name, created, data: pictures.items, ...pictures.usage })
}

export const imageRoutes: Routes = { 'POST /api/v3/images/generations': images }
