import { countTokens, splitTokens } from '../tokens.ts'
import { measureAudio } from './audio.ts'
import type { Usage } from './chat-types.ts'

export interface TranscriptionQuestion {
  model: string
  file: Buffer
  /** As the caller calls it. */
  filename: string
  contentType: string
  /** What the caller says the audio is about. */
  hint: string
}

/** A sentence, and when it is said. */
export interface Segment {
  text: string
  startSeconds: number
  endSeconds: number
}

export interface TranscriptionOutcome {
  text: string
  /** `text`, cut into tokens. */
  tokens: string[]
  segments: Segment[]
  seconds: number
  usage: Partial<Usage> | undefined
}

const tokensPerSecond = 10

/** Says size, type and length of the audio: the simulator cannot hear. */
export function answerTranscription(question: TranscriptionQuestion): TranscriptionOutcome {
  const { file, filename, contentType, hint } = question
  const { format, seconds } = measureAudio(file)
  const sentences = [
    'I am a simulator: I cannot hear, but I can measure.',
    `${filename} (${contentType}) is ${format} audio of ${file.length} bytes.`,
    `It lasts ${seconds.toFixed(2)} seconds.`,
    ...(hint === '' ? [] : [`I was told: ${hint}`]),
  ]
  const text = sentences.join(' ')
  const input = Math.ceil(seconds * tokensPerSecond) + countTokens(hint)
  const tokens = splitTokens(text)
  return {
    text,
    tokens,
    segments: segmentsOf(sentences, seconds),
    seconds,
    usage: { input, output: tokens.length, total: input + tokens.length },
  }
}

/** Every sentence gets its share of the time. */
function segmentsOf(sentences: readonly string[], seconds: number): Segment[] {
  const all = sentences.reduce((sum, { length }) => sum + length, 0)
  let said = 0
  return sentences.map((text) => {
    const startSeconds = (seconds * said) / all
    said += text.length
    return { text, startSeconds, endSeconds: (seconds * said) / all }
  })
}
