import type { VideoOutcome, VideoQuestion } from '../../behaviour/video.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { KeptJob } from '../../kept.ts'
import { Problem } from '../../problem.ts'
import { linkTo } from '../files.ts'
import { choiceOf, invalid, missing, numberOf, objectOf, requiredText } from '../openai/fields.ts'
import { bodyOf } from '../openai/replies.ts'
import { wholeReply } from '../openai-family/replies.ts'
import type { Route, Routes } from '../openai-family/vendor.ts'
import { sizeOf } from '../openai-media/aspect-ratio.ts'
import { imageAt } from '../openai-media/image-references.ts'
import { type MediaNames, mediaModel } from '../openai-media/media-names.ts'
import type { VoiceContext, VoiceRequest } from '../voice.ts'
import { endpointId } from './embeddings.ts'

const names: MediaNames = [
  [/^doubao-(?:seedance|wan)/, 'video'],
  [endpointId, 'video'],
]

const ratios = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9', 'adaptive'] as const
const sides = { '480p': 640, '720p': 960, '1080p': 1440 } as const
const roles = ['first_frame', 'last_frame', 'reference_image'] as const
const lengthRule = { least: 2, most: 15, isInteger: true }
const usualSeconds = 5
const prefix = 'cgt-'

function readContent(content: Json | undefined): { prompt: string; references: number } {
  if (!Array.isArray(content) || content.length === 0) throw missing('content')
  const texts: string[] = []
  let references = 0
  content.forEach((part, at) => {
    const param = `content[${at}]`
    if (!isObject(part)) throw invalid(param, 'it must be an object')
    if (part.type === 'text') texts.push(requiredText(part, 'text'))
    else if (part.type === 'image_url') {
      imageAt(objectOf(part, 'image_url')?.url, `${param}.image_url.url`)
      choiceOf(part, 'role', roles, 'first_frame')
      references++
    } else throw invalid(`${param}.type`, 'it must be text or image_url')
  })
  return { prompt: texts.join('\n'), references }
}

function readVideo(body: JsonObject, model: string): VideoQuestion {
  const side = sides[choiceOf(body, 'resolution', ['480p', '720p', '1080p'], '720p')]
  const ratio = choiceOf(body, 'ratio', ratios, '16:9')
  return {
    model,
    ...readContent(body.content),
    ...sizeOf(ratio === 'adaptive' ? '16:9' : ratio, side, 'ratio'),
    seconds: numberOf(body, 'duration', lengthRule) ?? usualSeconds,
  }
}

const create: Route = (request, context) => {
  const { behaviour, jobs, nowMs, requestId } = context
  const body = bodyOf(request)
  const name = requiredText(body, 'model')
  const question = readVideo(body, mediaModel(name, 'video', behaviour, names))
  behaviour.video(question, 0)
  const id = `${prefix}${requestId}`
  jobs.put(id, { question, model: name, createdMs: nowMs, polls: 0 })
  return wholeReply({ id })
}

function jobOf(id: string, { jobs }: VoiceContext): KeptJob {
  const job = id.startsWith(prefix) ? jobs.get(id) : undefined
  if (job) return job
  throw new Problem('notFound', `The specified resource ${id} is not found.`)
}

const statusNames = {
  queued: 'queued',
  running: 'running',
  done: 'succeeded',
  failed: 'failed',
} as const

function writeTask(
  id: string,
  { question, model, createdMs }: KeptJob,
  { state, video, failure, usage }: VideoOutcome,
  request: VoiceRequest,
  context: VoiceContext,
): JsonObject {
  const tokens = usage && { completion_tokens: usage.output, total_tokens: usage.total }
  return {
    id,
    model,
    status: statusNames[state],
    created_at: Math.floor(createdMs / 1000),
    updated_at: Math.floor(context.nowMs / 1000),
    duration: question.seconds,
    ...(video ? { content: { video_url: linkTo(video, 'video/mp4', request, context) } } : {}),
    ...(failure === undefined ? {} : { error: { code: 'InternalServiceError', message: failure } }),
    ...(tokens ? { usage: tokens } : {}),
  }
}

const status: Route = (request, context, { id = '' }) => {
  const job = jobOf(id, context)
  job.polls++
  const outcome = context.behaviour.video(job.question, job.polls)
  return wholeReply(writeTask(id, job, outcome, request, context))
}

/** What is being made cannot be taken back; anything else can. */
const remove: Route = (_request, context, { id = '' }) => {
  const { question, polls } = jobOf(id, context)
  if (context.behaviour.video(question, polls).state === 'running') {
    const message = 'The task is running and cannot be deleted.'
    throw new Problem('invalidRequest', message, 'id')
  }
  context.jobs.delete(id)
  return wholeReply({})
}

const path = '/api/v3/contents/generations/tasks'

export const videoRoutes: Routes = {
  [`POST ${path}`]: create,
  [`GET ${path}/{id}`]: status,
  [`DELETE ${path}/{id}`]: remove,
}
