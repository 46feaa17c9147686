// Films by Seedance: a task at `/contents/generations/tasks`, asked for until it is done. Source: the
// vendor's Python SDK (`volcenginesdkarkruntime`, 2026).

import {
  type Exchange,
  type ExchangeAnswer,
  type ExchangeDialect,
  isJsonObject,
  type Json,
  type JsonObject,
  readCount,
  usageOf,
  type VideoRequest,
  type VideoResponse,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { addressOf, keepExtensions, wordForShape } from '../image-request.ts'
import { nearestLines } from '../image-size.ts'
import { Losses } from '../losses.ts'
import { readAnswer, readOpenAiError } from '../openai-errors.ts'
import { malformed, readObject } from '../upstream-fault.ts'
import { asked, jobEnded, jobError, jobPath, polled, questionAt } from '../video-job.ts'

const path = '/contents/generations/tasks'
/** How long a film is when nobody says. */
const defaultSeconds = 5
const ratios = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9']
const resolutions = ['480p', '720p', '1080p']
const extensions = [
  'resolution',
  'frames',
  'camera_fixed',
  'watermark',
  'generate_audio',
  'draft',
  'service_tier',
]

function writeRequest(request: VideoRequest, target: WireTarget): WireRequest {
  const losses = new Losses(target)
  const { prompt, image, size, seconds, seed } = request
  const content: Json[] = [{ type: 'text', text: prompt }]
  if (image) {
    content.push({ type: 'image_url', image_url: { url: addressOf(image) }, role: 'first_frame' })
  }
  const wire: JsonObject = {
    watermark: false,
    resolution: nearestLines(size, resolutions),
    ...keepExtensions(request.extensions, extensions, losses),
    model: target.model,
    content,
    ratio: wordForShape(request, ratios, losses),
    duration: seconds,
    seed,
  }
  return { path, body: JSON.stringify(wire), dropped: losses.dropped }
}

function* exchange(request: VideoRequest, target: WireTarget): Exchange<'video'> {
  const started = yield* asked(writeRequest(request, target))
  const { id } = readAnswer(started.body, target)
  const question = questionAt(jobPath(path, id, target))
  return yield* polled(question, (answer) => readTask(answer, request, target))
}

/** Undefined while the task runs. */
function readTask(
  { body }: ExchangeAnswer,
  request: VideoRequest,
  target: WireTarget,
): VideoResponse | undefined {
  const task = readObject(body, target)
  const { status } = task
  if (status === 'succeeded') return readVideo(task, request, target)
  if (status === 'queued' || status === 'running') return undefined
  const error = jobError(task, target)
  if (error) throw error
  if (typeof status !== 'string') throw malformed(target, 'about a video without its status')
  throw jobEnded(status, target)
}

function readVideo(task: JsonObject, request: VideoRequest, target: WireTarget): VideoResponse {
  const { content, usage } = task
  const url = isJsonObject(content) ? content.video_url : undefined
  if (typeof url !== 'string' || url === '') throw malformed(target, 'without a video')
  const seconds = readCount(task.duration) || request.seconds || defaultSeconds
  const report = isJsonObject(usage) ? usage : undefined
  return {
    model: request.model,
    videos: [{ url, mimeType: 'video/mp4' }],
    seconds,
    usage: usageOf({
      output: readCount(report?.completion_tokens),
      seconds,
      estimated: report === undefined,
    }),
  }
}

/** Films by Seedance. */
export const doubaoVideo: ExchangeDialect<'video'> = {
  id: 'doubao-video',
  operation: 'video',
  exchange,
  readError: readOpenAiError,
}
