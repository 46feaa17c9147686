// Videos as the published AIGNE clients ask for them (`POST /api/v2/video`). Measured against
// `@aigne/aigne-hub` 0.10.16.

import type {
  InboundDialect,
  JsonBody,
  JsonObject,
  ReplyContext,
  VideoRequest,
  VideoResponse,
} from '@aigne-hub/protocol'
import { optionalInteger, optionalString, put, refuse, refuseKind } from '../read-field.ts'
import { writeError } from './errors.ts'
import { MediaInput, writeFileOf } from './media-input.ts'
import { writeUsage } from './response.ts'

/** The clients' own. */
const defaultModel = 'openai/sora-2'
const longestSeconds = 3600

function readRequest({ value }: JsonBody): VideoRequest {
  const input = new MediaInput(value)
  const request: VideoRequest = { model: input.model(defaultModel), prompt: input.prompt() }
  put(request, 'seconds', input.field(['seconds', 'duration'], readSeconds))
  put(request, 'size', input.field(['size'], optionalString))
  put(request, 'aspectRatio', input.field(['aspectRatio', 'aspect_ratio'], optionalString))
  const [image, ...others] = input.files('image')
  if (others.length > 0) refuse('input.image', 'one image')
  put(request, 'image', image)
  const seed = input.field(['seed'], (fields, key, at) =>
    optionalInteger(fields, key, at, Number.MIN_SAFE_INTEGER),
  )
  put(request, 'seed', seed)
  put(request, 'extensions', input.rest())
  return request
}

/** The clients send a number as text. */
function readSeconds(fields: JsonObject, key: string, at: string): number | undefined {
  const value = fields[key]
  if (value === undefined || value === null || value === '') return undefined
  const expected = `a number of seconds up to ${longestSeconds}`
  if (typeof value !== 'string' && typeof value !== 'number') {
    return refuseKind(at + key, expected, value)
  }
  const seconds = Number(value)
  return seconds > 0 && seconds <= longestSeconds ? seconds : refuse(at + key, expected)
}

/** The clients throw unless `seconds` is a number. */
function writeResponse({ request }: ReplyContext<'video'>, response: VideoResponse): string {
  const { videos, seconds, usage } = response
  return JSON.stringify({
    videos: videos.map((video) => writeFileOf(video, 'video/mp4')),
    usage: writeUsage(usage),
    model: request.model,
    seconds,
  })
}

/** Videos of the AIGNE clients. Inbound only: no provider speaks it. */
export const aigneVideo: InboundDialect<'video'> = {
  id: 'aigne-video',
  operation: 'video',
  readRequest,
  writeResponse,
  writeError,
}
