import { expect, test } from 'vitest'
import type { Json, JsonObject } from '../../json.ts'
import { createSimulator } from '../../simulator.ts'

const { send } = createSimulator()

async function refusal(path: string, body: Json | string): Promise<JsonObject> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const request = { method: 'POST', url: `/v1/${path}`, headers: {}, body: text }
  const response = await send(request, new AbortController().signal)
  const reply = JSON.parse(Buffer.from(await response.body.bytes(1e6)).toString())
  return { status: response.status, ...reply.error }
}

const user = { role: 'user', content: 'hi' }
const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }
const assistant = { role: 'assistant', content: null, tool_calls: [call] }
const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } }
const chat = (more: JsonObject): JsonObject => ({ model: 'chat', messages: [user], ...more })
const messages = (...list: Json[]): JsonObject => chat({ messages: list })

test.each<[string, JsonObject]>([
  ['model', { messages: [user] }],
  ['model', chat({ model: 5 })],
  ['messages', { model: 'chat' }],
  ['messages', messages()],
  ['messages[0]', messages('hi')],
  ['messages[0].role', messages({ role: 'robot', content: 'hi' })],
  ['messages[0].content', messages({ role: 'user' })],
  ['messages[0].content', messages({ role: 'user', content: 5 })],
  ['messages[0].content[0].type', messages({ role: 'user', content: [{ type: 'video' }] })],
  ['messages[0].content[0].text', messages({ role: 'user', content: [{ type: 'text' }] })],
  [
    'messages[0].content[1].image_url.url',
    messages({
      role: 'user',
      content: [
        { type: 'text', text: 'see' },
        { type: 'image_url', image_url: { url: 'file:///etc/passwd' } },
      ],
    }),
  ],
  ['messages[1].tool_call_id', messages(user, { role: 'tool', content: 'x' })],
  [
    'messages[1].tool_call_id',
    messages(user, { role: 'tool', content: 'x', tool_call_id: 'call_1' }),
  ],
  ['messages[2].role', messages(user, assistant, user)],
  ['messages[2].role', messages(user, assistant)],
  ['messages[1].tool_calls[0].id', messages(user, { role: 'assistant', tool_calls: [{}] })],
  ['temperature', chat({ temperature: 2.1 })],
  ['top_p', chat({ top_p: 'high' })],
  ['presence_penalty', chat({ presence_penalty: -3 })],
  ['n', chat({ n: 0 })],
  ['n', chat({ n: 1.5 })],
  ['max_tokens', chat({ max_tokens: 0 })],
  ['max_completion_tokens', chat({ max_completion_tokens: -1 })],
  ['stop', chat({ stop: ['a', 'b', 'c', 'd', 'e'] })],
  ['stream', chat({ stream: 'yes' })],
  ['stream_options', chat({ stream_options: { include_usage: true } })],
  ['top_logprobs', chat({ top_logprobs: 2 })],
  ['top_logprobs', chat({ logprobs: true, top_logprobs: 21 })],
  ['reasoning_effort', chat({ reasoning_effort: 'extreme' })],
  ['functions', chat({ functions: [] })],
  ['tools[0].type', chat({ tools: [{ type: 'web' }] })],
  ['tools[0].function.name', chat({ tools: [{ type: 'function', function: { name: 'a b' } }] })],
  [
    'tools[0].function.parameters',
    chat({ tools: [{ type: 'function', function: { name: 'f', parameters: 'x' } }] }),
  ],
  ['tool_choice', chat({ tool_choice: 'auto' })],
  [
    'tool_choice',
    chat({ tools: [tool], tool_choice: { type: 'function', function: { name: 'g' } } }),
  ],
  ['response_format.type', chat({ response_format: { type: 'xml' } })],
  ['response_format.json_schema', chat({ response_format: { type: 'json_schema' } })],
  [
    'response_format.json_schema.name',
    chat({ response_format: { type: 'json_schema', json_schema: { schema: {} } } }),
  ],
  ['messages', chat({ response_format: { type: 'json_object' } })],
])('a bad %s is 400 and named', async (param, body) => {
  expect(await refusal('chat/completions', body)).toMatchObject({
    status: 400,
    type: 'invalid_request_error',
    param,
    message: expect.stringMatching(/\S/),
  })
})

test('a tool schema without an instance is 400', async () => {
  const schema = { type: 'object', properties: { x: { $ref: '#/$defs/gone' } }, required: ['x'] }
  const body = chat({
    tools: [{ type: 'function', function: { name: 'f', parameters: schema } }],
    tool_choice: 'required',
  })
  expect(await refusal('chat/completions', body)).toMatchObject({ status: 400, param: 'tools' })
})

test.each(['', 'not json', '[]', '"text"', 'null'])('a body of %j is 400', async (body) => {
  expect(await refusal('chat/completions', body)).toMatchObject({ status: 400, param: null })
})

test.each<[string, JsonObject]>([
  ['input', { model: 'embed-256' }],
  ['input', { model: 'embed-256', input: '' }],
  ['input', { model: 'embed-256', input: [] }],
  ['input', { model: 'embed-256', input: ['a', ''] }],
  ['input', { model: 'embed-256', input: [1.5] }],
  ['input', { model: 'embed-256', input: Array(2049).fill('a') }],
  ['input', { model: 'embed-256', input: 'word '.repeat(8200) }],
  ['dimensions', { model: 'embed-256', input: 'a', dimensions: 257 }],
  ['encoding_format', { model: 'embed-256', input: 'a', encoding_format: 'int8' }],
  ['model', { model: 'chat', input: 'a' }],
])('embeddings with a bad %s are 400', async (param, body) => {
  expect(await refusal('embeddings', body)).toMatchObject({ status: 400, param })
})

test.each<[string, JsonObject]>([
  ['prompt', {}],
  ['prompt', { prompt: 'x'.repeat(32_001) }],
  ['n', { prompt: 'x', n: 11 }],
  ['size', { prompt: 'x', size: '100x100' }],
  ['size', { prompt: 'x', size: '64x256' }],
  ['size', { prompt: 'x', size: '8192x8192' }],
  ['output_format', { prompt: 'x', output_format: 'jpeg' }],
  ['response_format', { prompt: 'x', response_format: 'svg' }],
  ['stream', { prompt: 'x', stream: 'yes' }],
  ['partial_images', { prompt: 'x', stream: true, partial_images: 4 }],
  ['model', { prompt: 'x', model: 'chat' }],
])('images with a bad %s are 400', async (param, body) => {
  expect(await refusal('images/generations', body)).toMatchObject({ status: 400, param })
})
