import type { JsonObject } from '../json.ts'

/** An image somebody shows: a data URL or an address. */
export interface ShownImage {
  url: string
  detail: 'auto' | 'low' | 'high'
  /** Where it stands in the request, for an error about it. */
  param: string
}

/** One message. */
export interface Turn {
  role: 'system' | 'user' | 'assistant' | 'tool'
  /** All of its text, parts joined by line breaks. */
  text: string
  images: ShownImage[]
  /** What audio and files in it cost, in tokens. */
  attachmentTokens: number
  /** What the assistant thought in this turn, where the caller replays it. */
  reasoning?: { text: string; signature?: string }[]
  /** Tools the assistant called, by the id of the call. */
  calls: { id: string; name: string; input: string }[]
  /** The call that a tool's turn answers. */
  callId?: string
}

export interface OfferedTool {
  name: string
  kind: 'function' | 'custom'
  description: string
  /** JSON Schema of the arguments. */
  schema: JsonObject
}

/** What is asked, in nobody's wording. Every voice reads its requests into this. */
export interface Question {
  model: string
  /** At least one. */
  turns: Turn[]
  tools: OfferedTool[]
  toolChoice: 'auto' | 'none' | 'required' | { name: string }
  parallelToolCalls: boolean
  format: { type: 'text' | 'json' } | { type: 'schema'; schema: JsonObject; param: string }
  /** Reasoning, text and arguments together. */
  maxTokens: number | undefined
  stop: string[]
  /** How many answers, ≥ 1. */
  choices: number
  seed: number | undefined
  effort: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max' | undefined
  /**
   * Where callers mark what is to be cached: the index after the last turn marked, 0 for none. Absent:
   * the provider caches by itself.
   */
  cachePrefix?: number
  /** How long what is marked stays cached. Default `5m`. */
  cacheLifetime?: '5m' | '1h'
}

export interface ToolCall {
  name: string
  kind: OfferedTool['kind']
  /** The arguments' text, cut into tokens. */
  input: string[]
}

/** One answer, cut into tokens. */
export interface Answer {
  reasoning: string[]
  text: string[]
  calls: ToolCall[]
  finish: 'stop' | 'stopSequence' | 'length' | 'toolCalls' | 'refusal'
  /** The stop string that was hit. */
  stopSequence?: string
  /** Why there is no answer. */
  refusal?: string
  /** Proves that `reasoning` is the model's own; see `signatureOf`. */
  signature?: string
}

/** A count as it is reported: text only where a fault wants it to be absurd. */
export type Count = number | string

export interface Usage {
  /** What was read from the cache and written to it included. */
  input: Count
  /** Read from the cache. */
  cached: Count
  /** Written to the cache for five minutes, or for the only lifetime the provider has. */
  cacheWrite5m?: Count
  /** Written to the cache for an hour. */
  cacheWrite1h?: Count
  /** Reasoning included. */
  output: Count
  reasoning: Count
  total: Count
}

export interface ChatOutcome {
  answers: Answer[]
  usage: Partial<Usage> | undefined
}
