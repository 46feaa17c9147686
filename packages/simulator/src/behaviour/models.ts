import type { FaultName } from '../faults.ts'

export type SimulatedOperation = 'chat' | 'embeddings' | 'images'
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
const everything = ['chat', 'embeddings', 'images'] as const

function talks(persona: Persona, does: string, reasoning = false): ModelRow {
  return { id: persona, operations: chat, does, persona, ...(reasoning ? { reasoning } : {}) }
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
  {
    id: 'embed-256',
    operations: ['embeddings'],
    does: 'Vectors of 256 numbers; similar texts are closer.',
    persona: 'chat',
  },
  {
    id: 'image',
    operations: ['images'],
    does: 'Draws a PNG that depends on the prompt.',
    persona: 'chat',
  },
  faulty('error-401', 'unauthorized', 'Always 401: the key is refused.'),
  faulty('error-429', 'rate-limited', 'Always 429, with Retry-After.'),
  faulty('error-500', 'server-error', 'Always 500.'),
  faulty('timeout', 'headers-never-come', 'Never answers.'),
  faulty('midstream', 'close-mid-stream', 'Hangs up in the middle of every answer.'),
  faulty('slow', 'slow', 'Answers after long waits.'),
  faulty('flaky-30', 'flaky-30', 'Fails with 500 three times out of ten.'),
]
