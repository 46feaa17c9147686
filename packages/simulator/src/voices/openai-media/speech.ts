import { type AudioFormat, audioFormats } from '../../behaviour/audio.ts'
import type { SpeechOutcome, SpeechQuestion } from '../../behaviour/speech.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { Reply, Step } from '../../reply.ts'
import { choiceOf, invalid, missing, numberOf, requiredText } from '../openai/fields.ts'
import { bodyOf } from '../openai/replies.ts'
import { eventsReply } from '../openai-family/replies.ts'
import type { Route } from '../openai-family/vendor.ts'
import { dataEvent } from './events.ts'
import { type MediaNames, mediaModel, withPathModel } from './media-names.ts'

const contentTypes: Readonly<Record<AudioFormat, string>> = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
}

const longestText = 4096
const speedRule = { least: 0.25, most: 4 }

/** What a vendor's speech differs in. */
export interface SpeechStyle {
  names?: MediaNames
  /** Formats there are. Default: all of them. */
  formats?: readonly AudioFormat[]
  /** Where the request does not say. Default: MP3. */
  format?: AudioFormat
}

/** Text read out: the bytes of the audio, or with `stream_format: sse` events with pieces of it. */
export function speechRoute(style: SpeechStyle = {}): Route {
  return (request, { behaviour }, paths) => {
    const body = withPathModel(bodyOf(request), paths)
    const name = requiredText(body, 'model')
    const model = mediaModel(name, 'speech', behaviour, style.names)
    const question = readSpeech(body, model, style)
    const isEvents = choiceOf(body, 'stream_format', ['audio', 'sse'], 'audio') === 'sse'
    const outcome = behaviour.speech(question)
    return isEvents ? eventsReply(writeEvents(outcome)) : audioReply(outcome, question.format)
  }
}

function readSpeech(
  body: JsonObject,
  model: string,
  { formats = audioFormats, format = 'mp3' }: SpeechStyle,
): SpeechQuestion {
  const text = requiredText(body, 'input')
  if (text.length > longestText) {
    throw invalid('input', `it takes at most ${longestText} characters`)
  }
  return {
    model,
    text,
    voice: readVoice(body),
    format: choiceOf(body, 'response_format', formats, format),
    speed: numberOf(body, 'speed', speedRule) ?? 1,
  }
}

/** A name, or `{ id }` for a voice of one's own. */
function readVoice({ voice }: JsonObject): string {
  if (voice == null) throw missing('voice')
  const name = isObject(voice) ? voice.id : voice
  if (typeof name !== 'string' || name === '') throw invalid('voice', 'it must be a text')
  return name
}

function audioReply({ pieces }: SpeechOutcome, format: AudioFormat): Reply {
  return {
    status: 200,
    headers: [['content-type', contentTypes[format]]],
    streamed: true,
    steps: pieces.map((send) => ({ send })),
  }
}

function writeEvents({ pieces, usage }: SpeechOutcome): Step[] {
  const deltas = pieces.map((piece) =>
    dataEvent({ type: 'speech.audio.delta', audio: Buffer.from(piece).toString('base64') }),
  )
  const counts = usage && {
    input_tokens: usage.input,
    output_tokens: usage.output,
    total_tokens: usage.total,
  }
  return [...deltas, dataEvent({ type: 'speech.audio.done', ...(counts ? { usage: counts } : {}) })]
}
