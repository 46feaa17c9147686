import { readImageSize } from '../../behaviour/image-size.ts'
import { dataOf } from '../../behaviour/image-tokens.ts'
import type { VideoOutcome } from '../../behaviour/video.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { KeptJob } from '../../kept.ts'
import { Problem } from '../../problem.ts'
import { choiceOf, invalid, requiredText } from '../openai/fields.ts'
import { bodyOf } from '../openai/replies.ts'
import { bytesReply, wholeReply } from '../openai-family/replies.ts'
import type { Route } from '../openai-family/vendor.ts'
import type { VoiceContext, VoiceRequest } from '../voice.ts'
import { type FormBody, hasForm, readFormBody } from './form-body.ts'
import { mediaModel } from './media-names.ts'

const lengths = ['4', '8', '12'] as const
const sizes = ['720x1280', '1280x720', '1024x1792', '1792x1024'] as const
const statusNames = {
  queued: 'queued',
  running: 'in_progress',
  done: 'completed',
  failed: 'failed',
} as const
const lifetimeMs = 60 * 60 * 1000

function writeJob(id: string, job: KeptJob, outcome: VideoOutcome, nowMs: number): JsonObject {
  const { question, createdMs } = job
  const { state, failure } = outcome
  const isDone = state === 'done'
  return {
    id,
    object: 'video',
    created_at: Math.floor(createdMs / 1000),
    completed_at: isDone ? Math.floor(nowMs / 1000) : null,
    expires_at: isDone ? Math.floor((nowMs + lifetimeMs) / 1000) : null,
    status: statusNames[state],
    model: job.model,
    progress: outcome.progress,
    prompt: question.prompt,
    seconds: String(question.seconds),
    size: `${question.width}x${question.height}`,
    remixed_from_video_id: null,
    error: failure === undefined ? null : { code: 'video_generation_failed', message: failure },
  }
}

/** A form, or JSON. */
function readBody(request: VoiceRequest): FormBody {
  return hasForm(request) ? readFormBody(request, {}) : { body: bodyOf(request), files: new Map() }
}

/** The first frame: a file of the form, or `{ image_url }` with a data URL or an address. */
function referencesIn({ body, files }: FormBody): number {
  const given = body.input_reference
  const [file] = files.get('input_reference') ?? []
  if (given == null && !file) return 0
  const url = isObject(given) ? given.image_url : undefined
  const bytes = file ? Buffer.from(file.bytes) : typeof url === 'string' ? dataOf(url) : undefined
  const isAddress = typeof url === 'string' && /^https?:/.test(url)
  if (isAddress || (bytes && readImageSize(bytes))) return 1
  throw new Problem('invalidImage', 'The reference is not an image.', 'input_reference')
}

const create: Route = (request, context) => {
  const { behaviour, jobs, nowMs, requestId } = context
  const form = readBody(request)
  const name = form.body.model == null ? 'video' : requiredText(form.body, 'model')
  const [width = 0, height = 0] = choiceOf(form.body, 'size', sizes, '720x1280')
    .split('x')
    .map(Number)
  const question = {
    model: mediaModel(name, 'video', behaviour),
    prompt: requiredText(form.body, 'prompt'),
    width,
    height,
    seconds: Number(choiceOf(form.body, 'seconds', lengths, '4')),
    references: referencesIn(form),
  }
  const outcome = behaviour.video(question, 0)
  const job: KeptJob = { question, model: name, createdMs: nowMs, polls: 0 }
  const id = `video_${requestId}`
  jobs.put(id, job)
  return wholeReply(writeJob(id, job, outcome, nowMs))
}

function jobOf(id: string, { jobs }: VoiceContext): KeptJob {
  const job = id.startsWith('video_') ? jobs.get(id) : undefined
  if (job) return job
  throw new Problem('notFound', `There is no video with the id ${id}.`)
}

const status: Route = (_request, context, { id = '' }) => {
  const job = jobOf(id, context)
  job.polls++
  const outcome = context.behaviour.video(job.question, job.polls)
  return wholeReply(writeJob(id, job, outcome, context.nowMs))
}

const content: Route = (request, context, { id = '' }) => {
  const job = jobOf(id, context)
  const variant = new URLSearchParams(request.query).get('variant') ?? 'video'
  if (variant !== 'video') throw invalid('variant', 'the simulator only has the video')
  const { video } = context.behaviour.video(job.question, job.polls)
  if (video) return bytesReply('video/mp4', video)
  throw new Problem('invalidRequest', 'The video is not ready yet. Ask for its status first.')
}

const remove: Route = (_request, context, { id = '' }) => {
  jobOf(id, context)
  context.jobs.delete(id)
  return wholeReply({ id, object: 'video.deleted', deleted: true })
}

/** Begin, ask about, fetch and remove videos. */
export const videoRoutes = { create, status, content, remove }
