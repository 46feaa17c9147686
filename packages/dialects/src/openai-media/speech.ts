// OpenAI's speech (`POST /audio/speech`): only ever passed on.

import {
  type InboundDialect,
  isJsonObject,
  type Json,
  type JsonBody,
  type JsonObject,
  type PassingDialect,
  type RelayEdits,
  type RelayScanner,
  readCount,
  type SpeechRequest,
  type Usage,
  usageOf,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readOpenAiError, writeOpenAiError } from '../openai-errors.ts'
import { completeUsage } from '../openai-usage.ts'
import {
  optionalNumber,
  optionalString,
  otherFields,
  put,
  refuse,
  refuseKind,
  requiredString,
} from '../read-field.ts'
import type { Meaning } from '../unsupported-fields.ts'
import { fittingEdits } from './json-relay.ts'
import { ByteScanner, type EventEnd, errorInBody, MediaEventScanner } from './media-scanner.ts'

const path = '/audio/speech'
const knownFields: ReadonlySet<string> = new Set([
  'model',
  'input',
  'voice',
  'instructions',
  'response_format',
  'speed',
  'stream_format',
])

const meaning: Meaning = new Map<string, (value: Json) => boolean>([
  ['voice', () => true],
  ['response_format', () => true],
  ['stream_format', (value) => value === 'sse'],
])

function readRequest({ value: fields }: JsonBody): SpeechRequest {
  const request: SpeechRequest = {
    model: requiredString(fields, 'model', ''),
    input: requiredString(fields, 'input', ''),
    stream: readStreamFormat(fields),
  }
  put(request, 'voice', readVoice(fields.voice))
  put(request, 'instructions', optionalString(fields, 'instructions', ''))
  put(request, 'format', optionalString(fields, 'response_format', ''))
  put(request, 'speed', optionalNumber(fields, 'speed', '', 0.25, 4))
  put(request, 'extensions', otherFields(fields, knownFields))
  return request
}

function readStreamFormat(fields: JsonObject): SpeechRequest['stream'] {
  const format = optionalString(fields, 'stream_format', '') ?? 'audio'
  if (format === 'audio') return 'bytes'
  return format === 'sse' ? 'events' : refuse('stream_format', 'the string "audio" or "sse"')
}

function readVoice(value: Json | undefined): SpeechRequest['voice'] {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string' && value !== '') return value
  if (!isJsonObject(value)) {
    return refuseKind('voice', 'a string that is not empty, or an object with an id', value)
  }
  return { id: requiredString(value, 'id', 'voice.') }
}

const edits = (body: JsonBody, _: SpeechRequest, target: WireTarget): RelayEdits =>
  fittingEdits(path, body, target, meaning)

/** Characters as whoever sells by them counts: code points. */
function charactersOf({ input }: SpeechRequest): number {
  let count = 0
  for (const _ of input) count++
  return count
}

/** Bytes say nothing of tokens. */
function countedUsage(request: SpeechRequest): Usage {
  return usageOf({ characters: charactersOf(request), estimated: true })
}

function readUsage(body: Uint8Array, target: WireTarget, request: SpeechRequest): Usage {
  const error = errorInBody(body, target)
  if (error) throw error
  return countedUsage(request)
}

function scanner(request: SpeechRequest, target: WireTarget, requestId?: string): RelayScanner {
  const usage = countedUsage(request)
  if (request.stream === 'bytes') return new ByteScanner(target, usage)
  const end: EventEnd = {
    terminal: 'speech.audio.done',
    usageIn: (event) => readDone(event, usage),
  }
  return new MediaEventScanner(target, end, requestId)
}

function readDone({ usage }: JsonObject, counted: Usage): Usage {
  if (!isJsonObject(usage)) return counted
  const output = readCount(usage.output_tokens)
  const read = usageOf({
    input: readCount(usage.input_tokens),
    output,
    audioOut: output,
    characters: counted.characters,
  })
  return completeUsage(read, usage, undefined)
}

/** OpenAI's speech: audio as its bytes, or as events. */
export const openAiSpeech: InboundDialect<'speech'> &
  PassingDialect<'speech'> & {
    readonly relay: { edits: typeof edits; readUsage: typeof readUsage; scanner: typeof scanner }
  } = {
  id: 'openai-speech',
  operation: 'speech',
  readRequest,
  streamOf: ({ stream }) => stream,
  writeResponse() {
    throw new TypeError('Speech is passed on as the provider sends it.')
  },
  writeError: writeOpenAiError,
  readError: readOpenAiError,
  relay: { edits, readUsage, scanner, passesContentType: true },
}
