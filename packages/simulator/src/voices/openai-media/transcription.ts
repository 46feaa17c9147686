import type { Segment, TranscriptionOutcome } from '../../behaviour/transcription.ts'
import type { JsonObject } from '../../json.ts'
import { hash } from '../../random.ts'
import type { Reply, Step } from '../../reply.ts'
import { choiceOf, flag, invalid, missing, numberOf, requiredText } from '../openai/fields.ts'
import { eventsReply, wholeReply } from '../openai-family/replies.ts'
import type { Route } from '../openai-family/vendor.ts'
import { dataEvent } from './events.ts'
import { readFormBody } from './form-body.ts'
import { type MediaNames, mediaModel, withPathModel } from './media-names.ts'

const formats = ['json', 'text', 'srt', 'verbose_json', 'vtt', 'diarized_json'] as const
type TranscriptFormat = (typeof formats)[number]

const extensions = /\.(?:flac|m4a|mp3|mp4|mpeg|mpga|oga|ogg|opus|wav|webm)$/i
const mostBytes = 25 * 1024 * 1024
const rules = {
  numbers: ['temperature'],
  flags: ['stream'],
  lists: ['timestamp_granularities', 'include', 'languages', 'keywords'],
}

/** What is said in a file, in any of OpenAI's formats, or as events. */
export function transcriptionRoute(names?: MediaNames): Route {
  return (request, { behaviour }, paths) => {
    const form = readFormBody(request, rules)
    const { files } = form
    const body = withPathModel(form.body, paths)
    const [file] = files.get('file') ?? []
    if (!file) throw missing('file')
    const { filename = '', contentType = 'application/octet-stream', bytes } = file
    if (!extensions.test(filename)) {
      throw invalid(
        'file',
        'its name must end in flac, m4a, mp3, mp4, mpeg, mpga, oga, ogg, wav or webm',
      )
    }
    if (bytes.length > mostBytes) throw invalid('file', `it takes at most ${mostBytes} bytes`)
    const model = mediaModel(requiredText(body, 'model'), 'transcription', behaviour, names)
    const format = choiceOf(body, 'response_format', formats, 'json')
    numberOf(body, 'temperature', { least: 0, most: 1 })
    const hint = typeof body.prompt === 'string' ? body.prompt : ''
    const isStreamed = flag(body, 'stream', false)
    const question = { model, file: Buffer.from(bytes), filename, contentType, hint }
    const outcome = behaviour.transcription(question)
    if (isStreamed) return eventsReply(writeEvents(outcome))
    return writeTranscript(outcome, format, body)
  }
}

function writeTranscript(
  outcome: TranscriptionOutcome,
  format: TranscriptFormat,
  body: JsonObject,
): Reply {
  switch (format) {
    case 'text':
      return textReply(`${outcome.text}\n`)
    case 'srt':
      return textReply(writeSrt(outcome.segments))
    case 'vtt':
      return textReply(writeVtt(outcome.segments))
    case 'verbose_json':
      return wholeReply(writeVerbose(outcome, body))
    case 'diarized_json':
      return wholeReply(writeDiarized(outcome))
    case 'json':
      return wholeReply({ text: outcome.text, ...tokensOf(outcome) })
  }
}

function textReply(text: string): Reply {
  return {
    status: 200,
    headers: [['content-type', 'text/plain; charset=utf-8']],
    streamed: false,
    steps: [{ send: text }],
  }
}

function tokensOf({ usage }: TranscriptionOutcome): JsonObject {
  if (!usage) return {}
  const { input, output, total } = usage
  return {
    usage: {
      type: 'tokens',
      input_tokens: input,
      input_token_details: { audio_tokens: input, text_tokens: 0 },
      output_tokens: output,
      total_tokens: total,
    },
  }
}

function writeEvents(outcome: TranscriptionOutcome): Step[] {
  const deltas = outcome.tokens.map((delta) =>
    dataEvent({ type: 'transcript.text.delta', delta }, 1),
  )
  const done = { type: 'transcript.text.done', text: outcome.text, ...tokensOf(outcome) }
  return [...deltas, dataEvent(done)]
}

/** `00:00:01,250`, with whatever stands before the thousandths. */
function timeText(seconds: number, point: ',' | '.'): string {
  const time = new Date(Math.round(seconds * 1000)).toISOString().slice(11, 23)
  return time.replace('.', point)
}

function writeSrt(segments: readonly Segment[]): string {
  const cues = segments.map(({ text, startSeconds, endSeconds }, at) => {
    return `${at + 1}\n${timeText(startSeconds, ',')} --> ${timeText(endSeconds, ',')}\n${text}\n`
  })
  return `${cues.join('\n')}\n`
}

function writeVtt(segments: readonly Segment[]): string {
  const cues = segments.map(({ text, startSeconds, endSeconds }) => {
    return `${timeText(startSeconds, '.')} --> ${timeText(endSeconds, '.')}\n${text}\n`
  })
  return `WEBVTT\n\n${cues.join('\n')}\n`
}

const vocabulary = 50_000

function writeVerbose(
  { text, tokens, segments, seconds, usage }: TranscriptionOutcome,
  { timestamp_granularities: granularities, language }: JsonObject,
): JsonObject {
  const hasWords = Array.isArray(granularities) && granularities.includes('word')
  const hasSegments = !Array.isArray(granularities) || granularities.includes('segment')
  return {
    task: 'transcribe',
    language: typeof language === 'string' ? language : 'english',
    duration: seconds,
    text,
    ...(hasSegments ? { segments: segments.map(writeSegment) } : {}),
    ...(hasWords ? { words: writeWords(tokens, seconds) } : {}),
    ...(usage ? { usage: { type: 'duration', seconds: Math.ceil(seconds) } } : {}),
  }
}

function writeSegment({ text, startSeconds, endSeconds }: Segment, id: number): JsonObject {
  return {
    id,
    seek: 0,
    start: startSeconds,
    end: endSeconds,
    text,
    tokens: text.split(' ').map((word) => hash(word) % vocabulary),
    temperature: 0,
    avg_logprob: -0.25,
    compression_ratio: 1.1,
    no_speech_prob: 0.01,
  }
}

function writeWords(tokens: readonly string[], seconds: number): JsonObject[] {
  const each = seconds / tokens.length
  return tokens.map((token, at) => ({ word: token.trim(), start: at * each, end: (at + 1) * each }))
}

function writeDiarized({ text, segments, seconds, usage }: TranscriptionOutcome): JsonObject {
  return {
    task: 'transcribe',
    duration: seconds,
    text,
    segments: segments.map((segment, at) => ({
      type: 'transcript.text.segment',
      id: `seg_${at + 1}`,
      speaker: 'A',
      start: segment.startSeconds,
      end: segment.endSeconds,
      text: segment.text,
    })),
    ...(usage ? { usage: { type: 'duration', seconds: Math.ceil(seconds) } } : {}),
  }
}
