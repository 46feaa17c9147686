import { type ChatRequest, HubError, type Json, readJsonBody } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { chatRequest } from '../testing/arbitrary-request.ts'
import { bodyOf, bytesOf, targetOf } from '../testing/bytes.ts'
import { replaceSomewhere } from '../testing/replace-somewhere.ts'
import { openAiChat } from './index.ts'

const numRuns = scale.malformedBodies
const timeout = 600_000
const hello = { model: 'm1', messages: [{ role: 'user', content: 'hi' }] }
const user = (content: unknown) => ({ model: 'm1', messages: [{ role: 'user', content }] })
const assistant = (fields: object) => ({
  model: 'm1',
  messages: [{ role: 'assistant', ...fields }],
})
const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }

test.each<[string, object]>([
  ['model', { messages: hello.messages }],
  ['model', { ...hello, model: '' }],
  ['model', { ...hello, model: 7 }],
  ['messages', { model: 'm1' }],
  ['messages', { model: 'm1', messages: [] }],
  ['messages', { model: 'm1', messages: {} }],
  ['messages[0]', { model: 'm1', messages: ['hi'] }],
  ['messages[1].role', { model: 'm1', messages: [hello.messages[0], { content: 'x' }] }],
  ['messages[0].role', { model: 'm1', messages: [{ role: 'bot', content: 'x' }] }],
  ['messages[0].content', user(undefined)],
  ['messages[0].content', user(null)],
  ['messages[0].content', user(5)],
  ['messages[0].content', user([])],
  ['messages[0].content[0]', user(['x'])],
  ['messages[0].content[1].type', user([{ type: 'text', text: 'x' }, { type: 'movie' }])],
  ['messages[0].content[0].text', user([{ type: 'text' }])],
  ['messages[0].content[0].image_url', user([{ type: 'image_url' }])],
  ['messages[0].content[0].image_url.url', user([{ type: 'image_url', image_url: {} }])],
  [
    'messages[0].content[0].image_url.url',
    user([{ type: 'image_url', image_url: 'file:///etc/passwd' }]),
  ],
  [
    'messages[0].content[0].image_url.url',
    user([{ type: 'image_url', image_url: 'data:image/png,x' }]),
  ],
  [
    'messages[0].content[0].input_audio.format',
    user([{ type: 'input_audio', input_audio: { data: 'x' } }]),
  ],
  ['messages[0].content[0].file.file_data', user([{ type: 'file', file: {} }])],
  [
    'messages[0].content[0].cache_control.type',
    user([{ type: 'text', text: 'x', cache_control: {} }]),
  ],
  [
    'messages[0].content[0].cache_control.ttl',
    user([{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '2h' } }]),
  ],
  [
    'messages[0].content[0].type',
    { model: 'm1', messages: [{ role: 'system', content: [{ type: 'image_url' }] }] },
  ],
  ['messages[0].content', assistant({})],
  ['messages[0].content[0].type', assistant({ content: [{ type: 'image_url' }] })],
  ['messages[0].tool_calls', assistant({ tool_calls: {} })],
  ['messages[0].tool_calls[0]', assistant({ tool_calls: [1] })],
  ['messages[0].tool_calls[0].id', assistant({ tool_calls: [{ ...call, id: undefined }] })],
  ['messages[0].tool_calls[0].type', assistant({ tool_calls: [{ ...call, type: 'x' }] })],
  ['messages[0].tool_calls[0].function', assistant({ tool_calls: [{ id: 'c' }] })],
  [
    'messages[0].tool_calls[0].function.arguments',
    assistant({ tool_calls: [{ id: 'c', function: { name: 'f', arguments: {} } }] }),
  ],
  ['messages[0].function_call.name', assistant({ function_call: {} })],
  ['messages[0].audio.id', assistant({ audio: {} })],
  ['messages[0].refusal', assistant({ refusal: 5 })],
  ['messages[0].tool_call_id', { model: 'm1', messages: [{ role: 'tool', content: 'x' }] }],
  ['messages[0].name', { model: 'm1', messages: [{ role: 'function', content: 'x' }] }],
  ['messages[0].name', { model: 'm1', messages: [{ role: 'user', content: 'x', name: 1 }] }],
  ['temperature', { ...hello, temperature: 2.1 }],
  ['temperature', { ...hello, temperature: '1' }],
  ['top_p', { ...hello, top_p: -0.1 }],
  ['presence_penalty', { ...hello, presence_penalty: 3 }],
  ['frequency_penalty', { ...hello, frequency_penalty: -3 }],
  ['seed', { ...hello, seed: 1.5 }],
  ['logit_bias', { ...hello, logit_bias: { 1: 101 } }],
  ['max_tokens', { ...hello, max_tokens: 0 }],
  ['max_completion_tokens', { ...hello, max_completion_tokens: 1.5 }],
  ['n', { ...hello, n: 0 }],
  ['stop', { ...hello, stop: ['a', 'b', 'c', 'd', 'e'] }],
  ['stop', { ...hello, stop: {} }],
  ['stop[1]', { ...hello, stop: ['a', 1] }],
  ['logprobs', { ...hello, logprobs: 1 }],
  ['top_logprobs', { ...hello, logprobs: true, top_logprobs: 21 }],
  ['top_logprobs', { ...hello, top_logprobs: 2 }],
  ['stream', { ...hello, stream: 'yes' }],
  ['stream_options', { ...hello, stream: true, stream_options: [] }],
  [
    'stream_options.include_usage',
    { ...hello, stream: true, stream_options: { include_usage: 1 } },
  ],
  ['tools', { ...hello, tools: {} }],
  ['tools[0]', { ...hello, tools: [null] }],
  ['tools[0].type', { ...hello, tools: [{}] }],
  ['tools[0].function', { ...hello, tools: [{ type: 'function' }] }],
  ['tools[0].function.name', { ...hello, tools: [{ type: 'function', function: {} }] }],
  [
    'tools[0].function.parameters',
    { ...hello, tools: [{ type: 'function', function: { name: 'f', parameters: [] } }] },
  ],
  ['tools[0].custom.name', { ...hello, tools: [{ type: 'custom', custom: {} }] }],
  ['functions[0].name', { ...hello, functions: [{}] }],
  ['function_call', { ...hello, function_call: 'f' }],
  ['tool_choice', { ...hello, tool_choice: 'any' }],
  ['tool_choice.type', { ...hello, tool_choice: {} }],
  ['tool_choice.function.name', { ...hello, tool_choice: { type: 'function', function: {} } }],
  [
    'tool_choice.allowed_tools.mode',
    { ...hello, tool_choice: { type: 'allowed_tools', allowed_tools: {} } },
  ],
  ['response_format', { ...hello, response_format: 'json' }],
  ['response_format.type', { ...hello, response_format: { type: 'xml' } }],
  ['response_format.json_schema', { ...hello, response_format: { type: 'json_schema' } }],
  [
    'response_format.json_schema.name',
    { ...hello, response_format: { type: 'json_schema', json_schema: { name: 'a b' } } },
  ],
  [
    'metadata',
    { ...hello, metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [at, ''])) },
  ],
  ['metadata.a', { ...hello, metadata: { a: 1 } }],
  ['store', { ...hello, store: 'no' }],
  ['user', { ...hello, user: 5 }],
  ['safety_identifier', { ...hello, safety_identifier: 5 }],
  ['modalities[0]', { ...hello, modalities: [1] }],
])('%s is named when it is wrong: %j', (param, body) => {
  expect(() => openAiChat.readRequest(bodyOf(body), {})).toThrow(
    expect.objectContaining({ code: 'invalid_request', status: 400, param }),
  )
})

test('the message says what is expected, never what was sent', () => {
  const reading = () => openAiChat.readRequest(bodyOf({ ...hello, user: ['private'] }), {})
  expect(reading).toThrow('user must be a string, not an array.')
  expect(() => openAiChat.readRequest(bodyOf({ model: 'm1' }), {})).toThrow(
    'messages is missing: it must be an array of at least one message.',
  )
})

/** Reads, and writes what could be read. Throws whatever is not a refusal. */
function refusalOf(body: Json): HubError | undefined {
  try {
    const request = openAiChat.readRequest(bodyOf(body), {})
    openAiChat.writeRequest(request, targetOf({ unsupported: ['n', 'tools', 'stop'] }))
    return undefined
  } catch (thrown) {
    if (thrown instanceof HubError) return thrown
    throw thrown
  }
}

const anyObject = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<Json>)
const likelyObject = fc.record(
  {
    model: fc.oneof(fc.constant('m1'), fc.jsonValue()),
    messages: fc.oneof(
      fc.array(
        fc.record(
          {
            role: fc.constantFrom('system', 'user', 'assistant', 'tool', 'function', 5),
            content: fc.jsonValue(),
            tool_calls: fc.jsonValue(),
            reasoning_details: fc.jsonValue(),
          },
          { requiredKeys: ['role'] },
        ),
      ),
      fc.jsonValue(),
    ),
    tools: fc.jsonValue(),
    stop: fc.jsonValue(),
    metadata: fc.jsonValue(),
    __proto__: fc.jsonValue(),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, Json>>

test('no JSON object makes the reader throw anything but a 400', { timeout }, () => {
  fc.assert(
    fc.property(fc.oneof(anyObject, likelyObject), (body) => {
      expect(refusalOf(body)?.status ?? 400).toBe(400)
    }),
    { numRuns },
  )
})

test('no change of a valid body makes the reader throw anything but a 400', { timeout }, () => {
  const changes = fc.record({ at: fc.infiniteStream(fc.nat()), value: fc.jsonValue() })
  fc.assert(
    fc.property(chatRequest, changes, (request, { at, value }) => {
      const body = wireOf(request)
      replaceSomewhere(body, at, value as Json)
      expect(refusalOf(body)?.status ?? 400).toBe(400)
    }),
    { numRuns },
  )
})

function wireOf(request: ChatRequest): Json {
  const { body } = openAiChat.writeRequest(request, targetOf())
  return readJsonBody(bytesOf(body as string)).value
}
