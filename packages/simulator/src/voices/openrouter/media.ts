import type { ImagesQuestion } from '../../behaviour/images.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { KeptJob } from '../../kept.ts'
import { Problem } from '../../problem.ts'
import { linkTo } from '../files.ts'
import { choiceOf, flag, invalid, numberOf, objectOf, requiredText } from '../openai/fields.ts'
import { readImages, writeImageEvents, writeImages } from '../openai/images.ts'
import { bodyOf } from '../openai/replies.ts'
import { costUsd } from '../openai-family/counts.ts'
import { bytesReply, eventsReply, wholeReply } from '../openai-family/replies.ts'
import type { Route, Routes } from '../openai-family/vendor.ts'
import { sizeOf } from '../openai-media/aspect-ratio.ts'
import { embeddingsRoute } from '../openai-media/embeddings.ts'
import { imageAt } from '../openai-media/image-references.ts'
import { type MediaNames, mediaModel } from '../openai-media/media-names.ts'
import { rerankRoute } from '../openai-media/rerank.ts'
import { speechRoute } from '../openai-media/speech.ts'
import { transcriptionRoute } from '../openai-media/transcription.ts'
import type { VoiceContext } from '../voice.ts'

/** `author/slug`, by what the slug speaks of. */
const names: MediaNames = [
  [/^simulator\/([\w-]+)(?::\w+)?$/, '$1'],
  [/^[\w.-]+\/.*embed/, 'embed-256'],
  [/^[\w.-]+\/.*rerank/, 'rerank'],
  [/^[\w.-]+\/.*(?:transcribe|whisper)/, 'transcribe'],
  [/^[\w.-]+\/.*(?:tts|speech)/, 'speech'],
  [/^[\w.-]+\/.*(?:video|veo|sora|kling|seedance)/, 'video'],
  [/^[\w.-]+\/.*(?:image|banana|flux|seedream)/, 'image'],
]

/** Inputs may be objects with parts: their texts are taken, and images stand for themselves. */
function readInputs(body: JsonObject): JsonObject {
  const { input } = body
  if (!Array.isArray(input) || !input.some(isObject)) return body
  return { ...body, input: input.map((one, at) => (isObject(one) ? textOf(one, at) : one)) }
}

function textOf({ content }: JsonObject, at: number): string {
  const param = `input[${at}].content`
  if (!Array.isArray(content)) throw invalid(param, 'it must be a list of parts')
  const texts = content.map((part): string => {
    if (isObject(part) && part.type === 'text') return requiredText(part, 'text')
    if (isObject(part) && part.type === 'image_url') {
      const url = objectOf(part, 'image_url')?.url
      imageAt(url, `${param}.image_url.url`)
      return String(url).slice(0, 256)
    }
    throw invalid(param, 'its parts must be text or image_url')
  })
  return texts.join(' ')
}

const sides = { '512': 512, '1K': 1024, '2K': 2048, '4K': 4096 } as const

/** The size in OpenAI's terms: given as such, or as ratio and resolution. */
function readSize(body: JsonObject): JsonObject {
  if (body.aspect_ratio == null && body.resolution == null) return body
  if (body.size != null) throw invalid('size', 'it excludes aspect_ratio and resolution')
  const side = sides[choiceOf(body, 'resolution', ['512', '1K', '2K', '4K'], '1K')]
  const ratio = body.aspect_ratio == null ? '1:1' : requiredText(body, 'aspect_ratio')
  const { width, height } = sizeOf(ratio, side, 'aspect_ratio')
  return { ...body, size: `${width}x${height}` }
}

function readReferences(value: Json | undefined): Uint8Array[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalid('input_references', 'it must be a list')
  return value.map((one, at) => {
    const param = `input_references[${at}]`
    const url = isObject(one) ? objectOf(one, 'image_url')?.url : undefined
    return imageAt(url, `${param}.image_url.url`)
  })
}

const images: Route = (_request, context) => {
  const body = bodyOf(_request)
  const { behaviour, nowMs } = context
  const { question, options } = readImages(readSize(body), behaviour, names)
  const references = readReferences(body.input_references)
  const asked: ImagesQuestion = { ...question, ...(references.length > 0 ? { references } : {}) }
  const outcome = behaviour.images(asked)
  if (flag(body, 'stream', false)) {
    return eventsReply([
      ...writeImageEvents('image_generation', asked, outcome, [], nowMs),
      { send: 'data: [DONE]\n\n' },
    ])
  }
  const { usage } = writeImages(asked, outcome, options, nowMs, () => '')
  const counts = isObject(usage)
    ? {
        prompt_tokens: usage.input_tokens,
        completion_tokens: usage.output_tokens,
        total_tokens: usage.total_tokens,
        cost: costUsd(outcome.usage ?? {}),
      }
    : undefined
  return wholeReply({
    created: Math.floor(nowMs / 1000),
    data: outcome.images.map((png) => ({
      b64_json: png.toString('base64'),
      media_type: 'image/png',
    })),
    ...(counts ? { usage: counts } : {}),
  })
}

const statusNames = {
  queued: 'pending',
  running: 'in_progress',
  done: 'completed',
  failed: 'failed',
} as const
const videoSides = { '480p': 640, '720p': 960, '1080p': 1440 } as const
const lengthRule = { least: 1, most: 60, isInteger: true }
const prefix = 'job-'

const createVideo: Route = (request, context) => {
  const { behaviour, jobs, nowMs, requestId } = context
  const body = bodyOf(request)
  const name = requiredText(body, 'model')
  const side = videoSides[choiceOf(body, 'resolution', ['480p', '720p', '1080p'], '720p')]
  const ratio = body.aspect_ratio == null ? '16:9' : requiredText(body, 'aspect_ratio')
  const question = {
    model: mediaModel(name, 'video', behaviour, names),
    prompt: requiredText(body, 'prompt'),
    ...sizeOf(ratio, side, 'aspect_ratio'),
    seconds: numberOf(body, 'duration', lengthRule) ?? 5,
    references: readReferences(body.input_references).length,
  }
  behaviour.video(question, 0)
  const id = `${prefix}${requestId}`
  jobs.put(id, { question, model: name, createdMs: nowMs, polls: 0 })
  return {
    ...wholeReply({ id, polling_url: `/api/v1/videos/${id}`, status: 'pending' }),
    status: 202,
  }
}

function jobOf(id: string, { jobs }: VoiceContext): KeptJob {
  const job = id.startsWith(prefix) ? jobs.get(id) : undefined
  if (job) return job
  throw new Problem('notFound', `Job ${id} not found`)
}

const video: Route = (request, context, { id = '' }) => {
  const job = jobOf(id, context)
  job.polls++
  const outcome = context.behaviour.video(job.question, job.polls)
  const { failure, usage } = outcome
  return wholeReply({
    id,
    polling_url: `/api/v1/videos/${id}`,
    status: statusNames[outcome.state],
    model: job.model,
    ...(outcome.video
      ? { unsigned_urls: [linkTo(outcome.video, 'video/mp4', request, context)] }
      : {}),
    ...(failure === undefined ? {} : { error: failure }),
    ...(usage ? { usage: { cost: costUsd(usage), is_byok: false } } : {}),
  })
}

const videoContent: Route = (_request, context, { id = '' }) => {
  const { question, polls } = jobOf(id, context)
  const outcome = context.behaviour.video(question, polls)
  if (outcome.video) return bytesReply('video/mp4', outcome.video)
  throw new Problem('invalidRequest', 'The video is not ready yet.')
}

export const mediaRoutes: Routes = {
  'POST /api/v1/embeddings': embeddingsRoute({
    names,
    read: readInputs,
    usage: (usage) => ({
      prompt_tokens: usage.input,
      total_tokens: usage.total,
      cost: costUsd(usage),
    }),
    top: ({ requestId }) => ({ id: `gen-emb-${requestId}` }),
  }),
  'POST /api/v1/images': images,
  'POST /api/v1/videos': createVideo,
  'GET /api/v1/videos/{id}': video,
  'GET /api/v1/videos/{id}/content': videoContent,
  'POST /api/v1/rerank': rerankRoute({
    names,
    returnsDocuments: true,
    top: ({ usage }, { requestId }) => ({
      id: `gen-rerank-${requestId}`,
      provider: 'Simulator',
      ...(usage
        ? { usage: { search_units: 1, total_tokens: usage.total, cost: costUsd(usage) } }
        : {}),
    }),
  }),
  'POST /api/v1/audio/speech': speechRoute({ names, formats: ['mp3', 'pcm'], format: 'pcm' }),
  'POST /api/v1/audio/transcriptions': transcriptionRoute(names),
}
