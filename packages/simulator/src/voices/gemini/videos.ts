// Videos: an operation that takes its time, and a file that only the key's owner gets.

import type { VideoQuestion } from '../../behaviour/video.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { KeptJob } from '../../kept.ts'
import { Problem } from '../../problem.ts'
import type { Reply } from '../../reply.ts'
import { mediaModel } from '../openai-media/media-names.ts'
import type { VoiceContext, VoiceRequest } from '../voice.ts'
import {
  choiceOf,
  fieldNames,
  invalid,
  listOf,
  messageOf,
  numberOf,
  optionalMessage,
  textOf,
} from './fields.ts'
import type { Method } from './methods.ts'
import { googleNames } from './model-names.ts'
import { bodyOf, headersOf, jsonReply } from './replies.ts'

const bodyFields = fieldNames('instances parameters')
const instanceFields = fieldNames('prompt image lastFrame video referenceImages')
const imageFields = fieldNames('bytesBase64Encoded mimeType gcsUri inlineData')
const parameterFields = fieldNames(
  'aspectRatio resolution durationSeconds negativePrompt personGeneration sampleCount seed storageUri enhancePrompt generateAudio compressionQuality fps',
)
const heights = { '720p': 720, '1080p': 1080, '4k': 2160 } as const
const usualSeconds = 8
const lengthRule = { least: 4, most: 8, isInteger: true }

function readVideo(body: JsonObject, model: string): VideoQuestion {
  const { instances, parameters } = messageOf(body, bodyFields, '')
  const [first, ...more] = listOf(instances, 'instances')
  if (first === undefined || more.length > 0) throw invalid('instances', 'there must be one')
  const instance = messageOf(first, instanceFields, 'instances[0]')
  const asked = optionalMessage(parameters, parameterFields, 'parameters') ?? {}
  const images = [instance.image, instance.lastFrame].filter((image) => image !== undefined)
  for (const image of images) readImage(image)
  const path = 'parameters.aspectRatio'
  const isTall = choiceOf(asked.aspectRatio, ['16:9', '9:16'] as const, path) === '9:16'
  const resolution =
    asked.resolution === undefined ? '720p' : textOf(asked.resolution, 'resolution')
  if (!Object.hasOwn(heights, resolution)) {
    throw invalid('parameters.resolution', 'it must be 720p, 1080p or 4k')
  }
  const short = heights[resolution as keyof typeof heights]
  const long = (short * 16) / 9
  const seconds = numberOf(asked.durationSeconds, lengthRule, 'parameters.durationSeconds')
  return {
    model,
    prompt: textOf(instance.prompt ?? '', 'instances[0].prompt'),
    width: isTall ? short : long,
    height: isTall ? long : short,
    seconds: seconds ?? usualSeconds,
    references: images.length,
  }
}

function readImage(value: Json | undefined): void {
  const image = messageOf(value, imageFields, 'instances[0].image')
  const { bytesBase64Encoded, gcsUri, inlineData } = image
  if ((bytesBase64Encoded ?? gcsUri ?? inlineData) !== undefined) return
  throw invalid('instances[0].image', 'it must hold bytes_base64_encoded or gcs_uri')
}

/** The path of a model up to its method names the operation. */
export const beginVideo: Method = (request, name, context, host) => {
  const { behaviour, jobs, nowMs, random } = context
  const model = mediaModel(name, 'video', behaviour, googleNames)
  const question = readVideo(bodyOf(request), model)
  behaviour.video(question, 0)
  // Google's ids are of lower-case letters and digits.
  const id = random.id(16).toLowerCase()
  jobs.put(jobId(id), { question, model: name, createdMs: nowMs, polls: 0 })
  const modelPath = request.path.replace(/^\/v1\w*\//, '').replace(/:\w+$/, '')
  const place = host === 'vertex' ? modelPath : `models/${name}`
  return jsonReply(JSON.stringify({ name: `${place}/operations/${id}` }), context)
}

function jobId(id: string): string {
  return `google ${id}`
}

function jobOf(id: string, { jobs }: VoiceContext): KeptJob {
  const job = jobs.get(jobId(id))
  if (job) return job
  throw new Problem('notFound', `Operation not found: ${id}`)
}

/**
 * How far an operation has come.
 * @param name of the operation, as it was given
 * @param write what its response holds once it is done
 */
function writeOperation(
  name: string,
  context: VoiceContext,
  write: (video: Buffer, id: string) => JsonObject,
): JsonObject {
  const id = name.slice(name.lastIndexOf('/') + 1)
  const job = jobOf(id, context)
  job.polls++
  const { video, failure } = context.behaviour.video(job.question, job.polls)
  if (failure !== undefined) return { name, done: true, error: { code: 13, message: failure } }
  return video ? { name, done: true, response: write(video, id) } : { name }
}

const responseType = 'PredictLongRunningResponse'

/** The state of an operation of the Gemini API: at last with the address of a file. */
export function operationReply(request: VoiceRequest, context: VoiceContext): Reply {
  const name = request.path.replace(/^\/v1\w*\//, '')
  const written = writeOperation(name, context, (_video, id) => {
    const { host = 'generativelanguage.googleapis.com' } = request.headers
    const [bare = ''] = request.target.split('?', 1)
    const base = `http://${host}${bare.slice(0, -name.length)}`
    return {
      '@type': `type.googleapis.com/google.ai.generativelanguage.v1beta.${responseType}`,
      generateVideoResponse: {
        generatedSamples: [{ video: { uri: `${base}files/${id}:download?alt=media` } }],
      },
    }
  })
  return jsonReply(JSON.stringify(written), context)
}

const fetchFields = fieldNames('operationName')

/** The state of an operation of Vertex: at last with the video in it. */
export const fetchVideo: Method = (request, _name, context) => {
  const { operationName } = messageOf(bodyOf(request), fetchFields, '')
  const name = textOf(operationName, 'operationName')
  const written = writeOperation(name, context, (video) => ({
    '@type': `type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse`,
    raiMediaFilteredCount: 0,
    videos: [{ bytesBase64Encoded: video.toString('base64'), mimeType: 'video/mp4' }],
  }))
  return jsonReply(JSON.stringify(written), context)
}

/** The video of an operation that is done. */
export function downloadReply(id: string, context: VoiceContext): Reply {
  const { question, polls } = jobOf(id, context)
  const { video } = context.behaviour.video(question, polls)
  if (!video) throw new Problem('notFound', `File not found: files/${id}`)
  return {
    status: 200,
    headers: headersOf(['content-type', 'video/mp4'], context),
    streamed: false,
    steps: [{ send: video }],
  }
}
