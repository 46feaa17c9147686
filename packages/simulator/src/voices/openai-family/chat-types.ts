import type { Answer, ChatOutcome, Question, Usage } from '../../behaviour/chat-types.ts'
import type { Behaviour } from '../../behaviour/index.ts'
import type { JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import type { ChatOptions } from '../openai/chat-request.ts'
import type { VoiceContext, VoiceRequest } from '../voice.ts'
import type { ModelNames } from './model-names.ts'
import type { PathNames } from './vendor.ts'

/** A chat request on its way to an answer. */
export interface Exchange {
  request: VoiceRequest
  context: VoiceContext
  /** As it came. */
  body: JsonObject
  /** As the request names it, and the answer after it. */
  model: string
  question: Question
  options: ChatOptions
  outcome: ChatOutcome
  /** Of the answer, and of every chunk of it. */
  id: string
}

/** One event of a stream. */
export interface Chunk {
  json: JsonObject
  tokens: number
}

/** Where a stream tells usage: with the end of the last choice, or behind it with no choices. */
type UsagePlace =
  | 'finish'
  | 'finish, when asked for'
  | 'own chunk'
  | 'own chunk, when asked for'
  | 'nowhere'

/** What a vendor's chat differs in from OpenAI's. */
export interface ChatStyle {
  models: ModelNames
  /**
   * The body in OpenAI's terms.
   * @throws Problem for what the vendor refuses and OpenAI does not.
   */
  read?(body: JsonObject, asked: AskedChat): JsonObject
  /** Changes what is asked before it is answered. */
  ask?(question: Question, body: JsonObject): void
  /** Changes what is answered. */
  alter?(exchange: Exchange): void
  /** Of an answer. Default: `chatcmpl-` and 29 letters. */
  id?(context: VoiceContext): string
  callId?(random: Random): string
  /** Beside OpenAI's fields at the top of an answer and of each chunk. */
  top?(exchange: Exchange): JsonObject
  /** Fields of a message, or of a delta, that tell a piece of reasoning. */
  reasoning(text: string, exchange: Exchange): JsonObject
  /** What follows the last piece of reasoning, in a stream; for a whole answer see `message`. */
  reasoningEnd?(answer: Answer, exchange: Exchange): JsonObject | undefined
  /** Fields of a delta with a piece of text. Default: `content`. */
  text?(token: string): JsonObject
  /** The first delta; undefined = none. Absent: the role and an empty content. */
  opening?(answer: Answer): JsonObject | undefined
  /** The delta that ends a choice. Default: an empty one. */
  closing?: JsonObject
  /** Refusals have a field of their own; else they are content. */
  hasRefusals?: boolean
  /** Why a choice ended; undefined = as OpenAI says it. */
  finish?(answer: Answer, exchange: Exchange): string | undefined
  usage?(usage: Partial<Usage>, exchange: Exchange): JsonObject
  usagePlace: UsagePlace
  /** Where usage was asked for, every chunk before it has `usage: null`. */
  hasNullUsage?: boolean
  /** Calls of a stream: cut into pieces, each whole in a delta of its own, or all in the last chunk. */
  calls: 'pieces' | 'whole' | 'with the finish'
  /** One whole call of a stream. Default: as in a message, with its index. */
  wholeCall?(call: JsonObject, index: number, exchange: Exchange): JsonObject
  /** Last touches on a message of a whole answer. */
  message?(message: JsonObject, answer: Answer, exchange: Exchange): JsonObject
  /** Last touches on a whole answer. */
  whole?(answer: JsonObject, exchange: Exchange): JsonObject
  /** Last touches on the chunks of a stream. */
  stream?(chunks: Chunk[], exchange: Exchange): Chunk[]
  /** Whether JSON is only written for a conversation that mentions it, as with OpenAI. */
  needsJsonWord?: boolean
  /** False for a stream that just ends. Absent: every stream ends with `[DONE]`. */
  isEnded?(exchange: Exchange): boolean
  /** What comes before the first event: comments. */
  beforeEvents?: string
  /** What comes before a whole answer: white space. */
  beforeBody?: string
}

/** What stands around a body. */
export interface AskedChat {
  request: VoiceRequest
  names: PathNames
  behaviour: Behaviour
}
