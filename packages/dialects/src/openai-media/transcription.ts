// OpenAI's transcription (`POST /audio/transcriptions`): a form in, and an answer that is only passed on.

import {
  type FormBody,
  type FormField,
  HubError,
  type InboundDialect,
  isJsonObject,
  type Json,
  type JsonObject,
  type PassingDialect,
  type RelayScanner,
  readCount,
  type TranscriptionRequest,
  type Usage,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { jsonOfForm, listName, refuseOtherFiles } from '../form-fields.ts'
import { writeForm } from '../form-writer.ts'
import { readAnswer, readOpenAiError, writeOpenAiError } from '../openai-errors.ts'
import { completeUsage, usageDetails } from '../openai-usage.ts'
import { optionalBoolean, optionalString, put, refuse, requiredString } from '../read-field.ts'
import { type Meaning, refusedFields } from '../unsupported-fields.ts'
import { malformed } from '../upstream-fault.ts'
import { errorInBody, MediaEventScanner } from './media-scanner.ts'

const path = '/audio/transcriptions'
/** The fields with a place of their own in the request. */
const ownFields: readonly string[] = ['model', 'response_format', 'stream']
const textFormats: readonly (string | undefined)[] = ['text', 'srt', 'vtt']

const meaning: Meaning = new Map<string, (value: Json) => boolean>([
  ['response_format', (value) => value !== 'json'],
  ['stream', () => true],
  ['timestamp_granularities', () => true],
  ['include', () => true],
  ['known_speaker_names', () => true],
  ['known_speaker_references', () => true],
])

function readRequest(): never {
  throw new HubError(
    'unsupported_media_type',
    'Send the audio as a form (multipart/form-data) that has it in the field file.',
  )
}

function readForm(form: FormBody): TranscriptionRequest {
  refuseOtherFiles(form, ['file'])
  const [file, ...others] = form.files
  if (!file || others.length > 0 || file.name !== 'file') return refuse('file', 'one file')
  if (file.bytes.length === 0) return refuse('file', 'a file that is not empty')
  const own = form.fields.filter(({ name }) => ownFields.includes(name))
  const known = jsonOfForm({ fields: own, files: [] }, { booleans: ['stream'] })
  const request: TranscriptionRequest = {
    model: requiredString(known, 'model', ''),
    file,
    fields: form.fields.filter(({ name }) => !ownFields.includes(name)),
  }
  put(request, 'format', optionalString(known, 'response_format', ''))
  if (optionalBoolean(known, 'stream', '')) request.stream = 'events'
  return request
}

function rewrite(request: TranscriptionRequest, target: WireTarget): WireRequest {
  const { file, fields, format, stream } = request
  const parts: FormField[] = [{ name: 'model', value: target.model }, ...fields]
  if (format !== undefined) parts.push({ name: 'response_format', value: format })
  if (stream) parts.push({ name: 'stream', value: 'true' })
  const named: JsonObject = {}
  for (const { name, value } of parts) named[listName(name)] = value
  const { remove, dropped } = refusedFields(named, target, meaning)
  const kept = parts.filter(({ name }) => !remove.includes(listName(name)))
  return { path, ...writeForm([...kept, file]), dropped }
}

/** @throws HubError as `readAnswer`, for text formats too. */
function readUsage(body: Uint8Array, target: WireTarget, { format }: TranscriptionRequest): Usage {
  if (textFormats.includes(format)) {
    const error = errorInBody(body, target)
    if (error) throw error
    return usageOf({ estimated: true })
  }
  const answer = readAnswer(body, target)
  if (typeof answer.text !== 'string') throw malformed(target, 'without a text')
  return usageIn(answer)
}

/** Tokens or seconds, as the provider counts; else the length of the audio, where it tells that. */
function usageIn({ usage, duration }: JsonObject): Usage {
  const report = isJsonObject(usage) ? usage : {}
  if (report.type === 'tokens' || report.input_tokens !== undefined) {
    const read = usageOf({
      input: readCount(report.input_tokens),
      audioIn: readCount(usageDetails(report.input_token_details).audio_tokens),
      output: readCount(report.output_tokens),
    })
    return completeUsage(read, report, undefined)
  }
  const seconds = readSeconds(report.seconds) ?? readSeconds(duration)
  const read = seconds === undefined ? usageOf({ estimated: true }) : usageOf({ seconds })
  return completeUsage(read, report, undefined)
}

/** Some servers write the number as text. */
function readSeconds(value: Json | undefined): number | undefined {
  const seconds = typeof value === 'string' ? Number(value) : value
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds < 1e9)) return undefined
  return seconds
}

function scanner(_: TranscriptionRequest, target: WireTarget, requestId?: string): RelayScanner {
  const end = { terminal: 'transcript.text.done', usageIn }
  return new MediaEventScanner(target, end, requestId)
}

/** OpenAI's transcription, whole or as events. */
export const openAiTranscription: InboundDialect<'transcription'> &
  Required<Pick<InboundDialect<'transcription'>, 'readForm'>> &
  PassingDialect<'transcription'> & {
    readonly relay: {
      rewrite: typeof rewrite
      readUsage: typeof readUsage
      scanner: typeof scanner
    }
  } = {
  id: 'openai-transcription',
  operation: 'transcription',
  readRequest,
  readForm,
  writeResponse() {
    throw new TypeError('A transcript is passed on as the provider sends it.')
  },
  writeError: writeOpenAiError,
  readError: readOpenAiError,
  relay: { rewrite, readUsage, scanner, passesContentType: true },
}
