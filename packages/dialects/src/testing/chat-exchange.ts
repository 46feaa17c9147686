// Exchanges with a server that speaks OpenAI's chat in its own way.

import {
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  editBody,
  foldChat,
  type HubError,
  type JsonObject,
  type Quirks,
  readJsonBody,
  type Usage,
} from '@aigne-hub/protocol'
import { openAiChat } from '../openai-chat/index.ts'
import { bytesOf, targetOf, textOf } from './bytes.ts'

interface Sent {
  body: JsonObject
  dropped: string[]
}

/** A server with these quirks. */
export function chatWith(quirks: Quirks, dropsUnsupported = false) {
  const target = { ...targetOf(quirks), dropsUnsupported }
  const read = (body: object) => openAiChat.readRequest(readJsonBody(jsonBytes(body)), {})
  return {
    target,
    /** What the server gets of a caller's body, or of a request in our words, once it is rewritten. */
    written(body: object): Sent {
      const request = 'sampling' in body ? (body as ChatRequest) : read(body)
      const wire = openAiChat.writeRequest(request, target)
      return { body: JSON.parse(wire.body as string), dropped: wire.dropped }
    },
    /** What it gets of a body that is passed on; undefined when it has to be rewritten. */
    relayed(body: object): Sent | undefined {
      const raw = readJsonBody(jsonBytes(body))
      const fitting = openAiChat.relay.edits(raw, openAiChat.readRequest(raw, {}), target)
      if (!fitting) return undefined
      const edited = textOf(editBody(raw, fitting.edits))
      return { body: JSON.parse(edited), dropped: fitting.dropped }
    },
    /** A whole answer. */
    whole(answer: object | string): ChatResponse {
      const body = typeof answer === 'string' ? bytesOf(answer) : jsonBytes(answer)
      return foldChat(openAiChat.readResponse(body, target))
    },
    wholeUsage: (answer: object) => openAiChat.relay.readUsage(jsonBytes(answer), target, asked),
    /** A streamed answer, byte by byte. */
    streamed(stream: string): ChatEvent[] {
      const reader = openAiChat.streamReader(target)
      const events: ChatEvent[] = []
      for (const byte of bytesOf(stream)) events.push(...reader.push(Uint8Array.of(byte)))
      return [...events, ...reader.end()]
    },
    folded(stream: string): ChatResponse {
      return foldChat(this.streamed(stream).filter(({ type }) => type !== 'keepAlive'))
    },
    /** A stream that is passed on to a caller who did not ask for usage. */
    passed(stream: string): {
      text: string
      usage: Usage | undefined
      error: HubError | undefined
    } {
      const scanner = openAiChat.relay.scanner(asked, target)
      const text = textOf(scanner.push(bytesOf(stream))) + textOf(scanner.end())
      return { text, usage: scanner.usage, error: scanner.error }
    },
    /** What an answer that is no 2xx means. */
    failure: (status: number, body: unknown, headers: Record<string, string> = {}) =>
      openAiChat.readError(status, headers, jsonBytes(body), target),
  }
}

const asked: ChatRequest = {
  model: 'm1',
  messages: [],
  sampling: {},
  stream: { includeUsage: false },
}

const jsonBytes = (value: unknown) => bytesOf(JSON.stringify(value))

/** Chunks as they are streamed, with `[DONE]`. */
export const streamOf = (...chunks: object[]): string =>
  `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`

/** A chunk of the first choice. */
export const chunk = (
  delta: object,
  finish: string | null = null,
  others: object = {},
): JsonObject => ({
  id: 'a1',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model: 'm1',
  choices: [{ index: 0, delta: delta as JsonObject, finish_reason: finish }],
  ...others,
})

/** A whole answer of one choice. */
export const answer = (message: object, finish = 'stop', others: object = {}): JsonObject => ({
  id: 'a1',
  object: 'chat.completion',
  created: 1_790_000_000,
  model: 'm1',
  choices: [
    { index: 0, message: { role: 'assistant', ...message } as JsonObject, finish_reason: finish },
  ],
  ...others,
})

export const user = (content: string) => ({ role: 'user', content })

/** A tool without arguments. */
export const tool = (name: string) => ({
  type: 'function',
  function: { name, parameters: { type: 'object' } },
})

/** An assistant's call and its result. */
export const called = (id: string, others: object = {}) => [
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id, type: 'function', function: { name: 'get_time', arguments: '{}' } }],
    ...others,
  },
  { role: 'tool', tool_call_id: id, content: '10:00' },
]
