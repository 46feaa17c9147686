import {
  type ChatEvent,
  type ChatRequest,
  HubError,
  type Part,
  readJsonBody,
  unfoldChat,
  usageOf,
} from '@aigne-hub/protocol'
import Anthropic, { APIError } from '@anthropic-ai/sdk'
import { expect, test } from 'vitest'
import { bytesOf } from '../testing/bytes.ts'
import { anthropicCountTokens, anthropicMessages } from './index.ts'

// The judge is Anthropic's own client: what it sends we read, what we write it understands.

interface Sent {
  path: string
  headers: Record<string, string>
  body: Uint8Array
}

/** A client whose server is `answer`. */
function clientOf(answer: (sent: Sent) => string, status = 200): Anthropic {
  return new Anthropic({
    apiKey: 'k',
    baseURL: 'http://127.0.0.1:9',
    maxRetries: 0,
    async fetch(url, init) {
      const body = bytesOf(String(init?.body))
      const headers = Object.fromEntries(new Headers(init?.headers as Headers))
      const isStream = JSON.parse(String(init?.body)).stream === true
      const type = isStream && status === 200 ? 'text/event-stream' : 'application/json'
      const path = new URL(String(url)).pathname
      return new Response(answer({ path, headers, body }), {
        status,
        headers: { 'content-type': type, 'request-id': 'req_1' },
      })
    },
  })
}

const ask = {
  model: 'm1',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'time?' }],
}

const signature = { value: 's', vendor: 'openai' }
const parts: Part[] = [
  { type: 'reasoning', text: 'Look.', signature },
  { type: 'text', text: 'One moment. ⏳' },
  {
    type: 'toolCall',
    id: 'c1',
    name: 'get_time',
    kind: 'function',
    input: '{"tz":"UTC"}',
    signature: { value: 'g', vendor: 'google' },
  },
  { type: 'toolCall', id: 'c2', name: 'get_date', kind: 'function', input: '{}' },
]
const usage = usageOf({ input: 9, cacheRead: 4, output: 5, reasoning: 2 })

const eventsOf = (said: Part[], finish: { reason: 'stop' | 'toolCalls' | 'contentFilter' }) =>
  unfoldChat({
    id: 'msg_1',
    model: 'm',
    created: 7,
    choices: [{ index: 0, parts: said, finish: { ...finish, raw: '' } }],
    usage,
  })
const events = eventsOf(parts, { reason: 'toolCalls' })

function contextOf({ body, headers }: Sent) {
  const request = anthropicMessages.readRequest(readJsonBody(body), headers)
  return { request, requestId: 'r1', arrivedAt: 1 }
}

const whole = (reply: ChatEvent[]) => (sent: Sent) =>
  anthropicMessages.writeResponse(contextOf(sent), reply)
const stream =
  (
    reply: ChatEvent[],
    ending?: (writer: ReturnType<typeof anthropicMessages.streamWriter>) => string,
  ) =>
  (sent: Sent) => {
    const writer = anthropicMessages.streamWriter(contextOf(sent))
    const begun = reply.map((event) => writer.push(event)).join('')
    return begun + (ending?.(writer) ?? writer.end())
  }

const expected = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  content: [
    { type: 'thinking', thinking: 'Look.', signature: 'hub1.openai.cw' },
    { type: 'text', text: 'One moment. ⏳' },
    { type: 'thinking', thinking: '', signature: 'hub1.google.Zw' },
    { type: 'tool_use', id: 'c1', name: 'get_time', input: { tz: 'UTC' } },
    { type: 'tool_use', id: 'c2', name: 'get_date', input: {} },
  ],
  stop_reason: 'tool_use',
  usage: {
    input_tokens: 5,
    cache_read_input_tokens: 4,
    cache_creation_input_tokens: 0,
    output_tokens: 5,
    output_tokens_details: { thinking_tokens: 2 },
  },
}

test('the client reads our whole answer', async () => {
  const message = await clientOf(whole(events)).messages.create(ask)
  expect(message).toMatchObject(expected)
})

test('the client puts our stream together', async () => {
  const message = await clientOf(stream(events)).messages.stream(ask).finalMessage()
  expect(message).toMatchObject(expected)
})

test('the client sees a refusal as one', async () => {
  const refused = eventsOf([{ type: 'refusal', text: 'I cannot.' }], { reason: 'stop' })
  const reading = {
    content: [{ type: 'text', text: 'I cannot.' }],
    stop_reason: 'refusal',
    stop_details: { type: 'refusal' },
  }
  expect(await clientOf(whole(refused)).messages.create(ask)).toMatchObject(reading)
  const streamed = clientOf(stream(refused)).messages.stream(ask)
  expect(await streamed.finalMessage()).toMatchObject(reading)
})

test('what the client sends back is what was said, whoever said it', async () => {
  const { content } = await clientOf(stream(events)).messages.stream(ask).finalMessage()
  const seen: ChatRequest[] = []
  const client = clientOf((sent) => {
    seen.push(contextOf(sent).request)
    return whole(events)(sent)
  })
  await client.messages.create({
    ...ask,
    thinking: { type: 'adaptive' },
    messages: [
      ...ask.messages,
      { role: 'assistant', content },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c1', content: '10:00' },
          { type: 'tool_result', tool_use_id: 'c2', content: [{ type: 'text', text: 'May' }] },
        ],
      },
    ],
  })
  const [request] = seen
  expect(request?.messages[1]?.parts).toEqual(parts)
  expect(request?.messages[2]).toMatchObject({ role: 'tool', parts: { length: 2 } })
  expect(request?.reasoning).toEqual({})
  expect(request?.headers).toHaveProperty('anthropic-version')
})

test.each([
  ['invalid_request', Anthropic.BadRequestError, 'invalid_request_error'],
  ['invalid_api_key', Anthropic.AuthenticationError, 'authentication_error'],
  ['permission_denied', Anthropic.PermissionDeniedError, 'permission_error'],
  ['model_not_found', Anthropic.NotFoundError, 'not_found_error'],
  ['rate_limit_exceeded', Anthropic.RateLimitError, 'rate_limit_error'],
  ['insufficient_quota', Anthropic.RateLimitError, 'billing_error'],
  ['request_too_large', APIError, 'request_too_large'],
  ['upstream_timeout', Anthropic.InternalServerError, 'timeout_error'],
  ['upstream_overloaded', Anthropic.InternalServerError, 'overloaded_error'],
  ['internal_error', Anthropic.InternalServerError, 'api_error'],
] as const)('the client throws %s as its own', async (code, type, name) => {
  const error = new HubError(code, 'It is so.')
  const client = clientOf(() => anthropicMessages.writeError(error, 'req_1'), error.status)
  const thrown = await client.messages.create(ask).catch((one: unknown) => one)
  expect(thrown).toBeInstanceOf(type)
  expect(thrown).toMatchObject({ type: name, status: error.status, errorCode: code })
  expect(String(thrown)).toContain('It is so.')
})

test('the client throws what a stream fails with', async () => {
  const failure = new HubError('upstream_overloaded', 'It is full.')
  const client = clientOf(stream(events.slice(0, 4), (writer) => writer.fail(failure)))
  const reading = client.messages.stream(ask).finalMessage()
  await expect(reading).rejects.toBeInstanceOf(APIError)
  await expect(reading).rejects.toMatchObject({ type: 'overloaded_error' })
})

test('the client counts tokens', async () => {
  const client = clientOf(({ path, body, headers }) => {
    expect(path).toBe('/v1/messages/count_tokens')
    const request = anthropicCountTokens.readRequest(readJsonBody(body), headers)
    const estimate = anthropicCountTokens.estimateReply(request)
    return anthropicCountTokens.writeResponse({ request, requestId: 'r', arrivedAt: 1 }, estimate)
  })
  const { max_tokens: _, ...prompt } = ask
  expect(await client.messages.countTokens(prompt)).toMatchObject({ input_tokens: 2 })
})
