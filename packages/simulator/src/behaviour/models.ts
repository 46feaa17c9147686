import type { FaultName } from '../faults.ts'
import { largeImage } from './images.ts'
import { largeSpeech } from './speech.ts'
import { failingVideo } from './video.ts'

export type SimulatedOperation =
  | 'chat'
  | 'embeddings'
  | 'images'
  | 'speech'
  | 'transcription'
  | 'rerank'
  | 'moderations'
  | 'video'
export type Persona = 'chat' | 'echo' | 'reason' | 'tools' | 'vision' | 'refuse' | 'cached'

/** A model of the simulator. */
export interface SimulatedModel {
  /** As a request names it, without a provider's name in front. */
  id: string
  operations: readonly SimulatedOperation[]
  /** One line for people. */
  does: string
  /** Thinks before it answers. */
  reasoning?: boolean
}

export interface ModelRow extends SimulatedModel {
  persona: Persona
  /** What goes wrong with every request. */
  fault?: FaultName
}

const chat = ['chat'] as const
const everything = [
  'chat',
  'embeddings',
  'images',
  'speech',
  'transcription',
  'rerank',
  'moderations',
  'video',
] as const

function talks(persona: Persona, does: string, reasoning = false): ModelRow {
  return { id: persona, operations: chat, does, persona, ...(reasoning ? { reasoning } : {}) }
}

function works(id: string, operation: SimulatedOperation, does: string): ModelRow {
  return { id, operations: [operation], does, persona: 'chat' }
}

/** A model with something wrong; what it says besides is what `chat` says. */
export function faulty(id: string, fault: FaultName, does: string): ModelRow {
  return { id, operations: everything, does, persona: 'chat', fault }
}

export const modelRows: readonly ModelRow[] = [
  talks('chat', 'Answers with a little Markdown about the question and the gateway.'),
  talks('echo', 'Repeats the last message.'),
  talks('reason', 'Thinks aloud, then calls the tools that fit or answers.', true),
  talks('tools', 'Calls the tools that fit, then answers from what they return.'),
  talks('vision', 'Reports the size and the main colour of images.'),
  talks('refuse', 'Refuses every request.'),
  talks('cached', 'Answers as chat does, and reports cache reads and writes.'),
  works('embed-256', 'embeddings', 'Vectors of 256 numbers; similar texts are closer.'),
  works('image', 'images', 'Draws a PNG that depends on the prompt and the images given.'),
  works(largeImage, 'images', 'As image does, in files of 20 MB.'),
  works('speech', 'speech', 'Hums for as long as it takes to say the text.'),
  works(largeSpeech, 'speech', 'Answers every text with 20 MB of audio.'),
  works('transcribe', 'transcription', 'Reports type, size and length of the audio.'),
  works('rerank', 'rerank', 'Ranks texts by the words they share with the query.'),
  works('moderation', 'moderations', 'Flags texts with words such as "attack".'),
  works('video', 'video', 'An MP4 file without a picture, after two questions about it.'),
  works(failingVideo, 'video', 'Begins a video and then fails.'),
  faulty('error-401', 'unauthorized', 'Always 401: the key is refused.'),
  faulty('error-429', 'rate-limited', 'Always 429, with Retry-After.'),
  faulty('error-500', 'server-error', 'Always 500.'),
  faulty('timeout', 'headers-never-come', 'Never answers.'),
  faulty('midstream', 'close-mid-stream', 'Hangs up in the middle of every answer.'),
  faulty('slow', 'slow', 'Answers after long waits.'),
  faulty('flaky-30', 'flaky-30', 'Fails with 500 three times out of ten.'),
]
