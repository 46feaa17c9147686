// xAI's films: a job at `POST /videos/generations`, asked about until it has an address. Source: docs.x.ai
// (2026) and `@ai-sdk/xai` 5.0.

import {
  type Exchange,
  type ExchangeAnswer,
  type ExchangeDialect,
  isJsonObject,
  type JsonObject,
  usageOf,
  type VideoRequest,
  type VideoResponse,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { addressOf, keepExtensions, withheld, wordForShape } from '../image-request.ts'
import { nearestLines } from '../image-size.ts'
import { Losses } from '../losses.ts'
import { readAnswer, readOpenAiError } from '../openai-errors.ts'
import { completeUsage, usageDetails } from '../openai-usage.ts'
import { malformed, readObject } from '../upstream-fault.ts'
import { asked, jobEnded, jobError, jobPath, polled, questionAt } from '../video-job.ts'

const path = '/videos'
const accepted = 202
/** How long a film is when nobody says. */
const defaultSeconds = 6
const ratios = ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3']
const resolutions = ['480p', '720p', '1080p']
const extensions = ['resolution', 'generate_audio', 'user']

function writeRequest(request: VideoRequest, target: WireTarget): WireRequest {
  const losses = new Losses(target)
  const { prompt, seconds, size, image, seed } = request
  const wire: JsonObject = {
    resolution: nearestLines(size, resolutions),
    ...keepExtensions(request.extensions, extensions, losses),
    model: target.model,
    prompt,
    duration: seconds,
    aspect_ratio: wordForShape(request, ratios, losses),
    image: image && { url: addressOf(image) },
  }
  if (seed !== undefined) losses.hint('seed')
  return { path: `${path}/generations`, body: JSON.stringify(wire), dropped: losses.dropped }
}

function* exchange(request: VideoRequest, target: WireTarget): Exchange<'video'> {
  const started = yield* asked(writeRequest(request, target))
  const { request_id: id } = readAnswer(started.body, target)
  const question = questionAt(jobPath(path, id, target))
  return yield* polled(question, (answer) => readJob(answer, request, target))
}

/** Undefined while the job runs: then there may be no body at all. */
function readJob(
  { status, body }: ExchangeAnswer,
  request: VideoRequest,
  target: WireTarget,
): VideoResponse | undefined {
  if (status === accepted) return undefined
  const job = readObject(body, target)
  const error = jobError(job, target)
  if (error) throw error
  if (isJsonObject(job.video)) return readVideo(job, job.video, request, target)
  if (job.status === 'pending') return undefined
  if (typeof job.status !== 'string') throw malformed(target, 'about a video without its status')
  throw jobEnded(job.status, target)
}

function readVideo(
  { usage }: JsonObject,
  { url, duration, respect_moderation: isAllowed }: JsonObject,
  request: VideoRequest,
  target: WireTarget,
): VideoResponse {
  if (isAllowed === false) throw withheld(target)
  if (typeof url !== 'string' || !/^https?:\/\//i.test(url)) {
    throw malformed(target, 'without a video')
  }
  const told = typeof duration === 'number' && duration > 0 ? duration : undefined
  const seconds = told ?? request.seconds ?? defaultSeconds
  const report = usageDetails(usage)
  const counted = usageOf({ seconds, estimated: told === undefined })
  return {
    model: request.model,
    videos: [{ url, mimeType: 'video/mp4' }],
    seconds,
    usage: completeUsage(counted, report, undefined),
  }
}

/** xAI's films. */
export const xaiVideo: ExchangeDialect<'video'> = {
  id: 'xai-video',
  operation: 'video',
  exchange,
  readError: readOpenAiError,
}
