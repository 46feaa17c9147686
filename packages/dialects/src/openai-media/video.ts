// OpenAI's videos (`POST /videos`): a job, and its film as bytes. Source: the types of the npm package
// `openai` 7.55.

import {
  type Exchange,
  type ExchangeAnswer,
  type ExchangeDialect,
  type JsonObject,
  toBase64,
  usageOf,
  type VideoRequest,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { fieldParts, filePart, writeForm } from '../form-writer.ts'
import { keepExtensions, wantedShape, wordForShape } from '../image-request.ts'
import { linesOf } from '../image-size.ts'
import { Losses } from '../losses.ts'
import { readOpenAiError } from '../openai-errors.ts'
import { malformed, readObject } from '../upstream-fault.ts'
import { asked, jobEnded, jobError, jobPath, polled, questionAt } from '../video-job.ts'

const path = '/videos'
/** How long a film is when nobody says. */
const defaultSeconds = 4
/** The sizes of a ratio, where the caller names no size. */
const sizes = ['1280x720', '720x1280']

/** A form, as OpenAI's own client sends it; JSON where the first frame is an address. */
function writeRequest(request: VideoRequest, target: WireTarget): WireRequest {
  const losses = new Losses(target)
  const { prompt, seconds, size, image, seed } = request
  keepExtensions(request.extensions, [], losses)
  if (seed !== undefined) losses.hint('seed')
  const wire: JsonObject = { model: target.model, prompt }
  // A number that is text.
  if (seconds !== undefined) wire.seconds = String(seconds)
  const { pixels, said } = wantedShape(request, losses)
  // Lines alone (`720p`) are no size here.
  if (!pixels && linesOf(size) !== undefined) losses.hint('size')
  const shape = pixels ? said : wordForShape(request, sizes, losses)
  if (shape !== undefined) wire.size = shape
  const { dropped } = losses
  if (image && 'url' in image) {
    wire.input_reference = { image_url: image.url }
    return { path, body: JSON.stringify(wire), dropped }
  }
  const files = image ? [filePart('input_reference', image)] : []
  return { path, ...writeForm([...fieldParts(wire), ...files]), dropped }
}

function* exchange(request: VideoRequest, target: WireTarget): Exchange<'video'> {
  const started = readJob(yield* asked(writeRequest(request, target)), target)
  const place = jobPath(path, started.id, target)
  const job = isOver(started)
    ? started
    : yield* polled(questionAt(place), (answer) => {
        const now = readJob(answer, target)
        return isOver(now) ? now : undefined
      })
  const { body, headers } = yield* asked(questionAt(`${place}/content`))
  if (body.length === 0) throw malformed(target, 'without a video')
  const type = headers['content-type']?.split(';', 1)[0]?.trim()
  const told = Number(job.seconds)
  const seconds = told > 0 ? told : (request.seconds ?? defaultSeconds)
  return {
    model: request.model,
    videos: [{ data: toBase64(body), mimeType: type?.startsWith('video/') ? type : 'video/mp4' }],
    seconds,
    usage: usageOf({ seconds, estimated: !(told > 0) }),
  }
}

const isOver = ({ status }: JsonObject) => status === 'completed'

/** @throws HubError what a job failed of. */
function readJob({ body }: ExchangeAnswer, target: WireTarget): JsonObject {
  const job = readObject(body, target)
  const { status } = job
  const error = jobError(job, target)
  if (error) throw error
  if (typeof status !== 'string') throw malformed(target, 'about a video without its status')
  if (status === 'failed' || status === 'cancelled' || status === 'expired') {
    throw jobEnded(status, target)
  }
  return job
}

/** OpenAI's videos. */
export const openAiVideo: ExchangeDialect<'video'> = {
  id: 'openai-video',
  operation: 'video',
  exchange,
  readError: readOpenAiError,
}
