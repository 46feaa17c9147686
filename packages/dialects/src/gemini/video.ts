// Films by Veo: `predictLongRunning`, and questions about the operation until it is done. Sources:
// Google's `@google/genai` 3.1, for the Gemini API and for Vertex AI.

import {
  type Exchange,
  type ExchangeAnswer,
  type ExchangeDialect,
  type ExchangeStep,
  type GeneratedVideo,
  isJsonObject,
  type Json,
  type JsonObject,
  readCount,
  toBase64,
  usageOf,
  type VideoRequest,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { contentOf, keepExtensions, withheld, wordForShape } from '../image-request.ts'
import { nearestLines } from '../image-size.ts'
import { Losses } from '../losses.ts'
import { base64Of } from '../media-content.ts'
import { malformed, readObject } from '../upstream-fault.ts'
import { asked, polled, questionAt } from '../video-job.ts'
import { chunkError, readError } from './errors.ts'
import { camelKeys, modelPath } from './names.ts'

/** How long a film is when nobody says. */
const defaultSeconds = 8
const ratios = ['16:9', '9:16']
const resolutions = ['720p', '1080p', '4k']
const parameters = [
  ...['resolution', 'negativePrompt', 'personGeneration', 'generateAudio', 'enhancePrompt'],
  ...['negative_prompt', 'person_generation', 'generate_audio', 'enhance_prompt'],
]

function writeRequest(request: VideoRequest, target: WireTarget): WireRequest {
  const losses = new Losses(target)
  const { prompt, image, seconds, seed } = request
  const instance: JsonObject = { prompt }
  if (image) {
    const content = contentOf(image, 'image', target)
    instance.image = { bytesBase64Encoded: base64Of(content), mimeType: content.mimeType }
  }
  const body: JsonObject = {
    instances: [instance],
    parameters: {
      aspectRatio: wordForShape(request, ratios, losses),
      durationSeconds: seconds,
      resolution: resolutionOf(request),
      seed,
      ...camelKeys(keepExtensions(request.extensions, parameters, losses)),
    },
  }
  const path = modelPath(target.model, 'predictLongRunning')
  return { path, body: JSON.stringify(body), dropped: losses.dropped }
}

/** Undefined for the usual one. */
function resolutionOf({ size }: VideoRequest): string | undefined {
  const word = nearestLines(size, resolutions)
  return word === resolutions[0] ? undefined : word
}

/** Vertex AI names an operation by its place in the cloud, and is asked about it with another method. */
function questionAbout(name: string, target: WireTarget): WireRequest {
  if (!name.startsWith('projects/')) return questionAt(`/${name}`)
  const path = modelPath(target.model, 'fetchPredictOperation')
  return { path, body: JSON.stringify({ operationName: name }), dropped: [] }
}

function* exchange(request: VideoRequest, target: WireTarget): Exchange<'video'> {
  const started = readOperation(yield* asked(writeRequest(request, target)), target)
  const { name } = started
  // It becomes a part of an address.
  if (typeof name !== 'string' || !/^\w[\w-]*(?:\/[\w@.-]*\w)+$/.test(name)) {
    throw malformed(target, 'without the name of an operation')
  }
  const isDone = ({ done }: JsonObject) => done === true
  const { response } = isDone(started)
    ? started
    : yield* polled(questionAbout(name, target), (answer) => {
        const now = readOperation(answer, target)
        return isDone(now) ? now : undefined
      })
  const videos = yield* readVideos(response, target)
  const seconds = (request.seconds ?? defaultSeconds) * videos.length
  return { model: request.model, videos, seconds, usage: usageOf({ seconds, estimated: true }) }
}

/** An operation's error has a number (google.rpc.Code) where an answer's has a word too. */
const wordOfNumber = new Map<unknown, string>([
  [3, 'INVALID_ARGUMENT'],
  [8, 'RESOURCE_EXHAUSTED'],
  [14, 'UNAVAILABLE'],
])

function readOperation({ body }: ExchangeAnswer, target: WireTarget): JsonObject {
  const operation = readObject(body, target)
  const status = isJsonObject(operation.error) && wordOfNumber.get(operation.error.code)
  const error = chunkError(
    status ? { error: { ...(operation.error as JsonObject), status } } : operation,
    target,
  )
  if (error) throw error
  return operation
}

/** The films, fetched where they are: their addresses work with the credential only. */
function* readVideos(
  response: Json | undefined,
  target: WireTarget,
): Generator<ExchangeStep, GeneratedVideo[], readonly ExchangeAnswer[]> {
  const whole = isJsonObject(response) ? response : {}
  const inner = isJsonObject(whole.generateVideoResponse) ? whole.generateVideoResponse : whole
  const list = inner.generatedSamples ?? inner.videos
  const samples = Array.isArray(list) ? list.filter(isJsonObject) : []
  const found = samples.map(({ video, ...sample }) => (isJsonObject(video) ? video : sample))
  const inline = found.flatMap((video): GeneratedVideo[] => {
    const data = video.bytesBase64Encoded ?? video.encodedVideo
    return typeof data === 'string' && data !== '' ? [{ data, mimeType: typeOf(video) }] : []
  })
  const urls = found.flatMap(({ uri }) =>
    typeof uri === 'string' && /^https?:\/\//.test(uri) ? [uri] : [],
  )
  if (inline.length + urls.length === 0) {
    const isFiltered = readCount(inner.raiMediaFilteredCount) > 0
    throw isFiltered ? withheld(target) : malformed(target, 'without a video')
  }
  const files = urls.length > 0 ? yield { do: 'fetch', urls } : []
  return inline.concat(files.map(({ body }) => ({ data: toBase64(body), mimeType: 'video/mp4' })))
}

function typeOf({ mimeType, encoding }: JsonObject): string {
  const type = mimeType ?? encoding
  return typeof type === 'string' && type.startsWith('video/') ? type : 'video/mp4'
}

/** Films by Veo. */
export const geminiVideo: ExchangeDialect<'video'> = {
  id: 'gemini-video',
  operation: 'video',
  exchange,
  readError,
}
