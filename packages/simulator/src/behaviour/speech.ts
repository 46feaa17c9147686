import { hash } from '../random.ts'
import { countTokens } from '../tokens.ts'
import { type AudioFormat, audioBytesPerSecond, makeAudio } from './audio.ts'
import type { Usage } from './chat-types.ts'

export interface SpeechQuestion {
  model: string
  /** What is to be said. */
  text: string
  voice: string
  format: AudioFormat
  /** 1 = as fast as people talk. */
  speed: number
}

export interface SpeechOutcome {
  /** The audio, in pieces of up to 16 KiB. */
  pieces: Uint8Array[]
  seconds: number
  usage: Partial<Usage> | undefined
}

/** The model that answers every text with 20 MB. */
export const largeSpeech = 'speech-large'
const largeBytes = 20 * 1024 * 1024

const charactersPerSecond = 15
const shortestSeconds = 0.2
const tokensPerSecond = 20
const lowestTone = 50
const tones = 100

/** A tone as long as it takes to say the text; every voice has its own. */
export function answerSpeech(question: SpeechQuestion, seed: number): SpeechOutcome {
  const { model, text, voice, format, speed } = question
  const seconds =
    model === largeSpeech
      ? largeBytes / audioBytesPerSecond(format) + 1
      : Math.max(shortestSeconds, text.length / charactersPerSecond / speed)
  const cycles = lowestTone + (hash(voice, seed) % tones)
  const input = countTokens(text)
  const output = Math.ceil(seconds * tokensPerSecond)
  return {
    pieces: makeAudio(format, seconds, cycles),
    seconds,
    usage: { input, output, total: input + output },
  }
}
