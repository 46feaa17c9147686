// For the law that a provider's signature survives a round through any surface: answers that are signed,
// the history a caller makes of an answer, and where a provider looks for its signature.

import { isJsonObject, type Json, type JsonObject } from '@aigne-hub/protocol'
import type { CallerDialect, ProviderDialect } from './matrix.ts'

/** Dialects whose providers sign. */
export type SigningDialect = Exclude<ProviderDialect, 'openai-chat' | 'ollama'>
/** Dialects whose callers send back what they were given. AIGNE's have no place for it. */
export type ReturningDialect = Exclude<CallerDialect, 'aigne'>

const call = { name: 'get_time', arguments: '{"tz":"UTC"}' }

/** An answer that thinks, signs, and calls one tool: whole, and as the data of its stream. */
export interface SignedReply {
  whole: JsonObject
  stream: JsonObject[]
}

const summary = [{ type: 'summary_text', text: 'Need the time.' }]

/** A reasoning item as it appears in a stream. */
function thoughtEvents(thought: JsonObject): JsonObject[] {
  const place = { item_id: 'rs_1', output_index: 0, summary_index: 0 }
  const bare = { id: 'rs_1', type: 'reasoning', summary: [] }
  const part = { type: 'summary_text', text: '' }
  return [
    { type: 'response.output_item.added', output_index: 0, item: bare },
    { type: 'response.reasoning_summary_part.added', ...place, part },
    { type: 'response.reasoning_summary_text.delta', ...place, delta: 'Need the time.' },
    { type: 'response.reasoning_summary_text.done', ...place, text: 'Need the time.' },
    { type: 'response.reasoning_summary_part.done', ...place, part: summary[0] as Json },
    { type: 'response.output_item.done', output_index: 0, item: thought },
  ]
}

/** A function call as it appears in a stream. */
function callEvents(asked: JsonObject): JsonObject[] {
  const place = { item_id: 'fc_1', output_index: 1 }
  const bare = { ...asked, status: 'in_progress', arguments: '' }
  return [
    { type: 'response.output_item.added', output_index: 1, item: bare },
    { type: 'response.function_call_arguments.delta', ...place, delta: call.arguments },
    { type: 'response.function_call_arguments.done', ...place, ...call },
    { type: 'response.output_item.done', output_index: 1, item: asked },
  ]
}

function responsesReply(signature: string): SignedReply {
  const answer = {
    id: 'a1',
    object: 'response',
    created_at: 1_790_000_000,
    model: 'm1',
    error: null,
    incomplete_details: null,
    usage: { input_tokens: 20, output_tokens: 7, total_tokens: 27 },
  }
  const thought = { id: 'rs_1', type: 'reasoning', summary, encrypted_content: signature }
  const asked = {
    id: 'fc_1',
    type: 'function_call',
    status: 'completed',
    call_id: 'call_1',
    ...call,
  }
  const whole = { ...answer, status: 'completed', output: [thought, asked] }
  const events = [
    { type: 'response.created', response: { ...answer, status: 'in_progress', output: [] } },
    ...thoughtEvents(thought),
    ...callEvents(asked),
    { type: 'response.completed', response: whole },
  ]
  return { whole, stream: events.map((event, at) => ({ ...event, sequence_number: at })) }
}

function anthropicReply(signature: string): SignedReply {
  const usage = { input_tokens: 20, output_tokens: 7 }
  const message = { id: 'a1', type: 'message', role: 'assistant', model: 'm1' }
  const thinking = 'Need the time.'
  const asked = { type: 'tool_use', id: 'call_1', name: call.name }
  const open = { content: [], stop_reason: null, stop_sequence: null, usage }
  const delta = (index: number, fields: JsonObject) => ({
    type: 'content_block_delta',
    index,
    delta: fields,
  })
  return {
    whole: {
      ...message,
      content: [
        { type: 'thinking', thinking, signature },
        { ...asked, input: JSON.parse(call.arguments) },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage,
    },
    stream: [
      { type: 'message_start', message: { ...message, ...open } },
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'thinking', thinking: '', signature: '' },
      },
      delta(0, { type: 'thinking_delta', thinking }),
      delta(0, { type: 'signature_delta', signature }),
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { ...asked, input: {} } },
      delta(1, { type: 'input_json_delta', partial_json: call.arguments }),
      { type: 'content_block_stop', index: 1 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage },
      { type: 'message_stop' },
    ],
  }
}

function geminiReply(signature: string): SignedReply {
  const usageMetadata = { promptTokenCount: 20, candidatesTokenCount: 7, totalTokenCount: 27 }
  const functionCall = { id: 'call_1', name: call.name, args: JSON.parse(call.arguments) }
  const chunk = (parts: JsonObject[], end: JsonObject = {}): JsonObject => ({
    candidates: [{ index: 0, content: { role: 'model', parts }, ...end }],
    usageMetadata,
    modelVersion: 'm1',
    responseId: 'a1',
  })
  const thought = { text: 'Need the time.', thought: true }
  const asked = { functionCall, thoughtSignature: signature }
  return {
    whole: chunk([thought, asked], { finishReason: 'STOP' }),
    stream: [chunk([thought]), chunk([asked]), chunk([{ text: '' }], { finishReason: 'STOP' })],
  }
}

function bedrockReply(signature: string): SignedReply {
  const usage = { inputTokens: 20, outputTokens: 7, totalTokens: 27 }
  const metrics = { latencyMs: 410 }
  const asked = { toolUseId: 'call_1', name: call.name }
  const text = 'Need the time.'
  const content = [
    { reasoningContent: { reasoningText: { text, signature } } },
    { toolUse: { ...asked, input: JSON.parse(call.arguments) } },
  ]
  const delta = (contentBlockIndex: number, fields: JsonObject) => ({
    contentBlockDelta: { contentBlockIndex, delta: fields },
  })
  return {
    whole: {
      output: { message: { role: 'assistant', content } },
      stopReason: 'tool_use',
      usage,
      metrics,
    },
    stream: [
      { messageStart: { role: 'assistant' } },
      delta(0, { reasoningContent: { text } }),
      delta(0, { reasoningContent: { signature } }),
      { contentBlockStop: { contentBlockIndex: 0 } },
      { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: asked } } },
      delta(1, { toolUse: { input: call.arguments } }),
      { contentBlockStop: { contentBlockIndex: 1 } },
      { messageStop: { stopReason: 'tool_use' } },
      { metadata: { usage, metrics } },
    ],
  }
}

/** How a provider of each dialect signs with `signature`. */
export const signedReplies = {
  'openai-responses': responsesReply,
  'anthropic-messages': anthropicReply,
  gemini: geminiReply,
  'bedrock-converse': bedrockReply,
} as const satisfies Record<SigningDialect, (signature: string) => SignedReply>

const objects = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : []
const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {})

const question = { role: 'user', content: 'What time is it?' }

/** The request of a caller that goes on after `answer`: its question, the answer, the tool's result. */
export const nextRequests = {
  'openai-chat': (answer) => ({
    model: 'm1',
    messages: [
      question,
      objectOf(objects(answer.choices)[0]?.message),
      { role: 'tool', tool_call_id: 'call_1', content: '10:00' },
    ],
  }),
  'openai-responses': (answer) => ({
    model: 'm1',
    store: false,
    include: ['reasoning.encrypted_content'],
    input: [
      question,
      ...objects(answer.output),
      { type: 'function_call_output', call_id: 'call_1', output: '10:00' },
    ],
  }),
  'anthropic-messages': (answer) => ({
    model: 'm1',
    max_tokens: 4096,
    messages: [
      question,
      { role: 'assistant', content: objects(answer.content) },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'call_1', content: '10:00' }],
      },
    ],
  }),
  gemini: (answer) => ({
    contents: [
      { role: 'user', parts: [{ text: 'What time is it?' }] },
      objectOf(objects(answer.candidates)[0]?.content),
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'call_1', name: call.name, response: { output: '10:00' } } },
        ],
      },
    ],
  }),
} as const satisfies Record<ReturningDialect, (answer: JsonObject) => JsonObject>

/** What stands where a provider of each dialect looks for its signature. */
export const signaturesIn = {
  'openai-responses': ({ input }) =>
    objects(input).flatMap((item) =>
      item.type === 'reasoning' ? [item.encrypted_content ?? null] : [],
    ),
  'anthropic-messages': ({ messages }) =>
    objects(messages)
      .flatMap(({ content }) => objects(content))
      .flatMap((block) => (block.type === 'thinking' ? [block.signature ?? null] : [])),
  gemini: ({ contents }) =>
    objects(contents)
      .flatMap(({ parts }) => objects(parts))
      .flatMap((part) => (part.functionCall ? [part.thoughtSignature ?? null] : [])),
  'bedrock-converse': ({ messages }) =>
    objects(messages)
      .flatMap(({ content }) => objects(content))
      .flatMap(({ reasoningContent }) =>
        reasoningContent === undefined
          ? []
          : [objectOf(objectOf(reasoningContent).reasoningText).signature ?? null],
      ),
} as const satisfies Record<SigningDialect, (body: JsonObject) => Json[]>
