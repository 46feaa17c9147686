import type { ImagesOutcome, ImagesQuestion } from '../../behaviour/images.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import type { Reply } from '../../reply.ts'
import { linkTo } from '../files.ts'
import { choiceOf, invalid, missing, numberOf, requiredText } from '../openai/fields.ts'
import { bodyOf } from '../openai/replies.ts'
import { VendorProblem } from '../openai-family/errors.ts'
import { wholeReply } from '../openai-family/replies.ts'
import type { Route, Routes } from '../openai-family/vendor.ts'
import { sizeOf } from '../openai-media/aspect-ratio.ts'
import { hasForm } from '../openai-media/form-body.ts'
import { imageAt } from '../openai-media/image-references.ts'
import { type MediaNames, mediaModel } from '../openai-media/media-names.ts'
import type { VoiceContext, VoiceRequest } from '../voice.ts'
import { costInTicks } from './chat.ts'

const names: MediaNames = [
  [/^grok-.*image/, 'image'],
  [/^grok-.*video/, 'video'],
]

const ratios = [
  '1:1',
  '16:9',
  '9:16',
  '4:3',
  '3:4',
  '3:2',
  '2:3',
  '2:1',
  '1:2',
  '19.5:9',
  '9:19.5',
  '20:9',
  '9:20',
  'auto',
] as const
const sides = { '1k': 1024, '2k': 2048 } as const
const countRule = { least: 1, most: 10, isInteger: true }
const mostReferences = 5
/** Pictures of it are filtered. */
const indecent = /\battack\b/i

/** @throws Problem for what other vendors have and this one does not. */
function refuseForeign(body: JsonObject): void {
  for (const name of ['size', 'mask', 'style', 'background']) {
    if (body[name] == null) continue
    throw new Problem('unsupportedParameter', `Argument not supported: ${name}`, name)
  }
}

/** JSON and nothing else. */
function jsonOf(request: VoiceRequest): JsonObject {
  if (!hasForm(request)) return bodyOf(request)
  const message = 'Expected request with `Content-Type: application/json`.'
  throw new VendorProblem('invalidRequest', message, { status: 415 })
}

function readImages(body: JsonObject, context: VoiceContext): ImagesQuestion {
  refuseForeign(body)
  const ratio = choiceOf(body, 'aspect_ratio', ratios, '1:1')
  const side = sides[choiceOf(body, 'resolution', ['1k', '2k'], '1k')]
  return {
    model: mediaModel(requiredText(body, 'model'), 'images', context.behaviour, names),
    prompt: requiredText(body, 'prompt'),
    ...shapeOf(ratio, side),
    count: numberOf(body, 'n', countRule) ?? 1,
    quality: choiceOf(body, 'quality', ['low', 'medium', 'high'], 'medium'),
  }
}

function shapeOf(ratio: (typeof ratios)[number], side: number) {
  const turned = ratio.endsWith('.5')
  const [across = '', down = ''] = ratio.split(':')
  if (ratio === 'auto') return { width: side, height: side }
  if (!turned) return sizeOf(ratio, side, 'aspect_ratio')
  const { width, height } = sizeOf(`${down}:${across}`, side, 'aspect_ratio')
  return { width: height, height: width }
}

function writeImages(
  question: ImagesQuestion,
  { images, revisedPrompt, usage }: ImagesOutcome,
  body: JsonObject,
  link: (png: Buffer) => string,
): Reply {
  const isUrl = choiceOf(body, 'response_format', ['url', 'b64_json'], 'url') === 'url'
  const rest = {
    mime_type: 'image/png',
    revised_prompt: revisedPrompt ?? question.prompt,
    respect_moderation: !indecent.test(question.prompt),
  }
  const data = images.map((image) =>
    isUrl ? { url: link(image), ...rest } : { b64_json: image.toString('base64'), ...rest },
  )
  return wholeReply({
    data,
    ...(usage ? { usage: { cost_in_usd_ticks: costInTicks(usage) } } : {}),
  })
}

const generate: Route = (request, context) => {
  const body = jsonOf(request)
  const question = readImages(body, context)
  const link = (png: Buffer) => linkTo(png, 'image/png', request, context)
  return writeImages(question, context.behaviour.images(question), body, link)
}

/** `{ url, type: "image_url" }`. */
function readReference(value: Json | undefined, param: string): Uint8Array {
  if (!isObject(value)) throw invalid(param, 'it must be an object with a url')
  return imageAt(value.url, `${param}.url`)
}

const edit: Route = (request, context) => {
  const body = jsonOf(request)
  const { image, images } = body
  if (image == null && images == null) throw missing('image')
  if (image != null && images != null) throw invalid('images', 'it excludes image')
  const given = Array.isArray(images) ? images : [image]
  if (given.length > mostReferences) {
    throw invalid('images', `it takes at most ${mostReferences} images`)
  }
  const references = given.map((one, at) =>
    readReference(one, image == null ? `images[${at}]` : 'image'),
  )
  const question = { ...readImages(body, context), references }
  const link = (png: Buffer) => linkTo(png, 'image/png', request, context)
  return writeImages(question, context.behaviour.images(question), body, link)
}

const videoSides = { '480p': 640, '720p': 960 } as const
const lengthRule = { least: 1, most: 15, isInteger: true }

/** @param source the field with what the video is made from, where there must be one */
function beginVideo(source?: 'video'): Route {
  return (request, context) => {
    const { behaviour, jobs, nowMs, random } = context
    const body = jsonOf(request)
    refuseForeign(body)
    if (source && !isObject(body[source])) throw missing(source)
    const name = requiredText(body, 'model')
    const side = videoSides[choiceOf(body, 'resolution', ['480p', '720p'], '480p')]
    const ratio = choiceOf(body, 'aspect_ratio', ratios, '16:9')
    if (body.image != null) readReference(body.image, 'image')
    const question = {
      model: mediaModel(name, 'video', behaviour, names),
      prompt: requiredText(body, 'prompt'),
      ...shapeOf(ratio, side),
      seconds: numberOf(body, 'duration', lengthRule) ?? 6,
      references: body.image == null ? 0 : 1,
    }
    behaviour.video(question, 0)
    const id = `${random.id(8)}-${random.id(4)}-${random.id(12)}`.toLowerCase()
    jobs.put(jobId(id), { question, model: name, createdMs: nowMs, polls: 0 })
    return wholeReply({ request_id: id })
  }
}

function jobId(id: string): string {
  return `xai ${id}`
}

/** 202 until it is over, at first without a body. */
const video: Route = (request, context, { id = '' }) => {
  const job = context.jobs.get(jobId(id))
  if (!job) throw new Problem('notFound', `There is no request ${id}.`)
  job.polls++
  const { question, model, polls } = job
  const outcome = context.behaviour.video(question, polls)
  if (outcome.failure !== undefined) {
    return wholeReply({ status: 'failed', error: { code: 'internal', message: outcome.failure } })
  }
  if (!outcome.video) return pending(outcome.progress, polls)
  const { usage } = outcome
  return wholeReply({
    status: 'done',
    video: {
      url: linkTo(outcome.video, 'video/mp4', request, context),
      duration: question.seconds,
      respect_moderation: !indecent.test(question.prompt),
    },
    model,
    progress: 100,
    ...(usage ? { usage: { cost_in_usd_ticks: costInTicks(usage) } } : {}),
  })
}

/** Every other one is empty. */
function pending(progress: number, polls: number): Reply {
  const reply = wholeReply({ status: 'pending', progress })
  return { ...reply, status: 202, ...(polls % 2 === 1 ? { steps: [] } : {}) }
}

export const mediaRoutes: Routes = {
  'POST /v1/images/generations': generate,
  'POST /v1/images/edits': edit,
  'POST /v1/videos/generations': beginVideo(),
  'POST /v1/videos/edits': beginVideo('video'),
  'POST /v1/videos/extensions': beginVideo('video'),
  'GET /v1/videos/{id}': video,
}
