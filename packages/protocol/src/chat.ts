import type { HubError } from './errors.ts'
import type { Json, JsonObject } from './json.ts'
import type { ChatDialectId } from './operation.ts'
import type { Usage } from './usage.ts'

/** A provider's proof that it wrote something (a thinking block, a tool call), to be sent back as is. */
export interface Signature {
  value: string
  /** Id of the provider that signed; another provider cannot verify it. */
  vendor: string
  model?: string
}

interface PartBase {
  /** A prompt cache may end here. */
  cache?: { ttl?: '5m' | '1h' }
  signature?: Signature
  /** What one dialect says about this part and no other can: written back by that dialect only. */
  native?: Partial<Record<ChatDialectId, Json>>
}

export interface TokenLogprob {
  token: string
  logprob: number
  bytes: number[] | null
  top: { token: string; logprob: number; bytes: number[] | null }[]
}

/** A source the text leans on. `start` and `end` count UTF-16 units of the part's text. */
export type Annotation = {
  start?: number
  end?: number
  /** What one dialect says of this source and no other can. */
  native?: Partial<Record<ChatDialectId, Json>>
} & (
  | { kind: 'url'; url: string; title?: string }
  | { kind: 'file'; fileId: string; name?: string }
  | { kind: 'document'; index: number; title?: string; cited?: string }
  | { kind: 'native'; dialect: ChatDialectId; value: Json }
)

export interface TextPart extends PartBase {
  type: 'text'
  text: string
  annotations?: Annotation[]
  logprobs?: TokenLogprob[]
}

/** What a model thought. A signature without text is legal: the provider kept the text to itself. */
export interface ReasoningPart extends PartBase {
  type: 'reasoning'
  text?: string
  summary?: string[]
  /** Encrypted by the provider: opaque, to be sent back as is. */
  redacted?: string
  id?: string
}

/** Exactly one of `data` (base64, with `mimeType`), `url` and `fileId` is set. */
export interface MediaPart extends PartBase {
  type: 'media'
  kind: 'image' | 'audio' | 'video' | 'file'
  data?: string
  mimeType?: string
  url?: string
  fileId?: string
  name?: string
  detail?: string
  transcript?: string
  id?: string
}

export interface ToolCallPart extends PartBase {
  type: 'toolCall'
  id: string
  name: string
  kind: 'function' | 'custom'
  /** Raw text, never a parsed object: JSON for a function, anything for a custom tool. */
  input: string
}

export interface ToolResultPart extends PartBase {
  type: 'toolResult'
  callId: string
  name?: string
  content: Part[]
  isError?: boolean
}

/** A tool that the provider runs itself, such as its web search. */
export interface ServerToolPart extends PartBase {
  type: 'serverTool'
  /** Whose wording `data` is in; only that dialect can write it back. */
  dialect: ChatDialectId
  id: string
  name: string
  phase: 'call' | 'result'
  status?: string
  data: Json
}

export interface RefusalPart extends PartBase {
  type: 'refusal'
  text: string
  logprobs?: TokenLogprob[]
}

/** An item that only one dialect has. */
export interface NativePart extends PartBase {
  type: 'native'
  dialect: ChatDialectId
  value: Json
}

/** One piece of a message, in the order it was said. */
export type Part =
  | TextPart
  | ReasoningPart
  | MediaPart
  | ToolCallPart
  | ToolResultPart
  | ServerToolPart
  | RefusalPart
  | NativePart

export interface Message {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool'
  parts: Part[]
  name?: string
  id?: string
  phase?: string
  cache?: { ttl?: '5m' | '1h' }
  /** Holds for this call alone: it is not part of a conversation that is stored. */
  isInstruction?: boolean
}

export type Tool =
  | {
      type: 'function'
      name: string
      description?: string
      /** JSON Schema of the arguments. */
      schema?: JsonObject
      strict?: boolean
      cache?: { ttl?: '5m' | '1h' }
      native?: Partial<Record<ChatDialectId, Json>>
    }
  | { type: 'custom'; name: string; description?: string; format?: Json }
  | { type: 'server'; dialect: ChatDialectId; value: Json }

export type ToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  | { type: 'function' | 'custom'; name: string }
  | {
      type: 'allowed'
      mode: 'auto' | 'required'
      tools: { type: 'function' | 'custom'; name: string }[]
    }

export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json' }
  | {
      type: 'jsonSchema'
      name: string
      description?: string
      schema?: JsonObject
      strict?: boolean
    }

/** How tokens are picked. Absent = the model's own default. */
export interface Sampling {
  temperature?: number
  topP?: number
  topK?: number
  presencePenalty?: number
  frequencyPenalty?: number
  seed?: number
  /** Token id → −100 … 100. */
  logitBias?: Record<string, number>
}

/** How much to think before answering. Empty = think, as much as the model sees fit. */
export interface ReasoningWish {
  /** `none` switches thinking off; else `minimal` … `max`. */
  effort?: string
  budgetTokens?: number
  /** What to show of it: `none`, `auto`, `concise` or `detailed`. */
  summary?: string
  /** The effort goes for the whole answer; whether to think at all is left to the model. */
  effortOnly?: boolean
}

/** A conversation to be continued. Only `model`, `messages` and `sampling` are always there. */
export interface ChatRequest {
  model: string
  messages: Message[]
  tools?: Tool[]
  toolChoice?: ToolChoice
  parallelToolCalls?: boolean
  responseFormat?: ResponseFormat
  sampling: Sampling
  /** Visible and reasoning tokens together. */
  maxOutputTokens?: number
  stop?: string[]
  /** How many answers, ≥ 1. */
  n?: number
  /** `top`: how many alternatives a token, 0 … 20. */
  logprobs?: { top?: number }
  reasoning?: ReasoningWish
  verbosity?: string
  modalities?: string[]
  audio?: Json
  /** Set when the caller wants a stream. */
  stream?: { includeUsage: boolean }
  include?: string[]
  previousResponseId?: string
  cacheKey?: string
  cacheAuto?: boolean
  serviceTier?: string
  store?: boolean
  metadata?: Record<string, string>
  user?: string
  /** Allow-listed request headers that change the answer, lower-case: `anthropic-beta`. */
  headers?: Record<string, string>
  /** Top-level fields without a place above, by their wire name in the caller's dialect. */
  extensions?: {
    dialect: ChatDialectId
    fields: JsonObject
    /** Names of those without which the answer would not be what was asked for. */
    essential?: string[]
  }
}

export type FinishReason = 'stop' | 'length' | 'toolCalls' | 'contentFilter' | 'pause' | 'error'

/**
 * A chat answer as it happens. `choice` numbers the answers (n > 1), `index` the parts of one answer;
 * both count from 0 and a part's index is never reused.
 */
export type ChatEvent =
  | {
      type: 'start'
      id: string
      model: string
      /** Unix seconds. */
      created: number
      serviceTier?: string
      /** What the provider says of the whole answer and only one dialect has (`system_fingerprint`). */
      native?: Partial<Record<ChatDialectId, Json>>
    }
  /** `part` is how the part begins: its text or input may still be empty. */
  | { type: 'partStart'; choice: number; index: number; part: Part }
  | {
      type: 'partDelta'
      choice: number
      index: number
      text?: string
      input?: string
      data?: string
      transcript?: string
      /** Which summary paragraph `text` belongs to. */
      summaryIndex?: number
      annotation?: Annotation
      logprobs?: TokenLogprob[]
    }
  /** `part` is the authoritative final item, where a dialect sends one. */
  | { type: 'partEnd'; choice: number; index: number; signature?: Signature; part?: Part }
  | {
      type: 'finish'
      choice: number
      reason: FinishReason
      /** The provider's own word. */
      raw: string
      stopSequence?: string
      details?: Json
    }
  /** Replaces an earlier one. */
  | { type: 'usage'; usage: Usage }
  | { type: 'keepAlive' }
  | { type: 'error'; error: HubError }

/** One of the `n` answers. */
export interface ChatChoice {
  index: number
  parts: Part[]
  finish?: { reason: FinishReason; raw: string; stopSequence?: string; details?: Json }
}

/** A whole chat answer: the fold of its events. */
export interface ChatResponse {
  id: string
  model: string
  /** Unix seconds. */
  created: number
  serviceTier?: string
  native?: Partial<Record<ChatDialectId, Json>>
  choices: ChatChoice[]
  usage: Usage
}
