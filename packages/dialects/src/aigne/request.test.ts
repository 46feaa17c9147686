import { type ChatRequest, HubError } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bodyOf } from '../testing/bytes.ts'
import { aigneChat } from './index.ts'

// Bodies as `@aigne/aigne-hub` 0.10.16 was seen to send them, unless a test says otherwise.
const always = { cacheConfig: { autoBreakpoints: { lastMessage: true } } }
const user = { role: 'user', content: 'Say hello' }

function bodyWith(input: object, modelOptions: object = {}, options: object = {}) {
  return {
    agent: '$CHAT_MODEL',
    input: {
      messages: [user],
      modelOptions: { ...always, model: 'openai/gpt-4o-mini', ...modelOptions },
      outputFileType: 'url',
      ...input,
    },
    options: { userContext: {}, memories: [], ...options },
  }
}

const read = (body: unknown): ChatRequest => aigneChat.readRequest(bodyOf(body), {})

test('a plain question, with the cache the clients always ask for', () => {
  expect(read(bodyWith({}))).toStrictEqual({
    model: 'openai/gpt-4o-mini',
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Say hello' }] }],
    sampling: {},
    cacheAuto: true,
  })
})

test('version 0.1 has the model at the top; the option goes before it', () => {
  const old = { model: 'openai/gpt-4o', input: { messages: [user] }, options: {} }
  expect(read(old).model).toBe('openai/gpt-4o')
  expect(read({ ...bodyWith({}), model: 'other' }).model).toBe('openai/gpt-4o-mini')
})

test('only true asks for a stream', () => {
  expect(read(bodyWith({}, {}, { streaming: true })).stream).toEqual({ includeUsage: true })
  for (const streaming of [false, 'true', 1, null]) {
    expect(read(bodyWith({}, {}, { streaming })).stream).toBeUndefined()
  }
})

test('options are read by their names, and unknown ones travel as extensions', () => {
  const options = {
    temperature: 0.2,
    topP: 0.9,
    frequencyPenalty: 0.1,
    presencePenalty: 0.2,
    parallelToolCalls: true,
    reasoningEffort: 'low',
    modalities: ['text'],
    preferInputFileType: 'url',
    somethingNew: 1,
  }
  expect(read(bodyWith({}, options))).toMatchObject({
    sampling: { temperature: 0.2, topP: 0.9, frequencyPenalty: 0.1, presencePenalty: 0.2 },
    parallelToolCalls: true,
    reasoning: { effort: 'low' },
    modalities: ['text'],
    extensions: { dialect: 'aigne', fields: { somethingNew: 1 } },
  })
})

test.each([
  ['a number of tokens', 2000, { budgetTokens: 2000 }],
  ['zero', 0, { effort: 'none' }],
])('a reasoning effort may be %s', (_, reasoningEffort, wish) => {
  expect(read(bodyWith({}, { reasoningEffort })).reasoning).toEqual(wish)
})

test('a tool round: the call with its arguments as an object, and the result', () => {
  const { messages } = read(
    bodyWith({
      messages: [
        user,
        {
          role: 'agent',
          toolCalls: [
            {
              id: 'call_5',
              type: 'function',
              function: { name: 'get_weather', arguments: { city: 'Paris' } },
            },
          ],
        },
        { role: 'tool', content: 'sunny', toolCallId: 'call_5' },
      ],
    }),
  )
  expect(messages.slice(1)).toStrictEqual([
    {
      role: 'assistant',
      parts: [
        {
          type: 'toolCall',
          id: 'call_5',
          name: 'get_weather',
          kind: 'function',
          input: '{"city":"Paris"}',
        },
      ],
    },
    {
      role: 'tool',
      parts: [{ type: 'toolResult', callId: 'call_5', content: [{ type: 'text', text: 'sunny' }] }],
    },
  ])
})

test('files come with their data, or by address', () => {
  const content = [
    { type: 'text', text: 'Look', cacheControl: { type: 'ephemeral', ttl: '1h' } },
    { type: 'file', data: 'aGk=', mimeType: 'application/pdf', filename: 'a.pdf' },
    { type: 'url', url: 'https://example.com/a.png' },
  ]
  expect(read(bodyWith({ messages: [{ role: 'user', content }] })).messages[0]?.parts).toEqual([
    { type: 'text', text: 'Look', cache: { ttl: '1h' } },
    { type: 'media', kind: 'file', data: 'aGk=', mimeType: 'application/pdf', name: 'a.pdf' },
    { type: 'media', kind: 'image', url: 'https://example.com/a.png' },
  ])
})

test('tools, the choice among them and a schema', () => {
  const declared = {
    type: 'function',
    function: { name: 'f', description: 'd', parameters: { type: 'object' } },
  }
  const jsonSchema = { name: 'person', schema: { type: 'object' }, strict: true }
  expect(
    read(
      bodyWith({
        tools: [declared],
        toolChoice: declared,
        responseFormat: { type: 'json_schema', jsonSchema },
      }),
    ),
  ).toMatchObject({
    tools: [{ type: 'function', name: 'f', description: 'd', schema: { type: 'object' } }],
    toolChoice: { type: 'function', name: 'f' },
    responseFormat: { type: 'jsonSchema', ...jsonSchema },
  })
})

describe('a 400 names the field:', () => {
  test.each([
    ['input', {}],
    ['model', { input: { messages: [user] } }],
    ['input.messages', bodyWith({ messages: 'Hello' })],
    ['input.messages[0].role', bodyWith({ messages: [{ role: 'bot', content: 'x' }] })],
    ['input.messages[0].content', bodyWith({ messages: [{ role: 'user' }] })],
    [
      'input.messages[0].content[0].url',
      bodyWith({ messages: [{ role: 'user', content: [{ type: 'url', url: 'file:///etc' }] }] }),
    ],
    ['input.messages[0].toolCallId', bodyWith({ messages: [{ role: 'tool', content: 'x' }] })],
    ['input.modelOptions.temperature', bodyWith({}, { temperature: '1' })],
    ['input.modelOptions.reasoningEffort', bodyWith({}, { reasoningEffort: -1 })],
    ['input.toolChoice', bodyWith({ toolChoice: 'any' })],
    ['input.responseFormat.type', bodyWith({ responseFormat: { type: 'xml' } })],
  ])('%s', (param, body) => {
    expect(() => read(body)).toThrow(
      expect.objectContaining({ code: 'invalid_request', status: 400, param }),
    )
  })
})

test('no body makes the reader throw anything but a 400', () => {
  const anything = fc.object({ key: fc.constantFrom('messages', 'input', 'role', 'content', 'x') })
  fc.assert(
    fc.property(anything, anything, (input, options) => {
      try {
        read({ model: 'm', input: { messages: [user], ...input }, options })
      } catch (error) {
        expect(error).toBeInstanceOf(HubError)
        expect((error as HubError).status).toBe(400)
      }
    }),
  )
})
