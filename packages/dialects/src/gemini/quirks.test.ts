// The oddities of Google's API, by their number in the list of them. Not here: 10 (the size of a request is
// checked by the router) and 13 (what a token costs depends on the price list).

import {
  type ChatRequest,
  foldChat,
  type Json,
  type JsonObject,
  type Message,
  type Part,
  type Quirks,
  replyUsage,
} from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bodyOf, bytesOf, targetOf } from '../testing/bytes.ts'
import { geminiContent } from './index.ts'

const target = targetOf({}, 'google')
const hi: Message = { role: 'user', parts: [{ type: 'text', text: 'Hi' }] }

function written(request: Partial<ChatRequest>, quirks: Quirks = {}): JsonObject {
  const full: ChatRequest = { model: 'm1', messages: [hi], sampling: {}, ...request }
  const { body } = geminiContent.writeRequest(full, targetOf(quirks, 'google'))
  return JSON.parse(body as string)
}

const partsOf = (wire: JsonObject) =>
  (wire.contents as JsonObject[]).map(({ parts }) => parts as JsonObject[])

const answered = (candidate: Json, rest: JsonObject = {}) =>
  geminiContent.readResponse(bytesOf(JSON.stringify({ candidates: [candidate], ...rest })), target)

const call = (id: string, signature?: Part['signature']): Part => ({
  type: 'toolCall',
  id,
  name: `f_${id}`,
  kind: 'function',
  input: '{}',
  ...(signature && { signature }),
})
const resultOf = (callId: string, text: string, isError?: true): Message => ({
  role: 'tool',
  parts: [
    { type: 'toolResult', callId, content: [{ type: 'text', text }], ...(isError && { isError }) },
  ],
})

test('gemini#1: output is candidates and thoughts; the prompt already includes what was cached', () => {
  const usageMetadata = {
    promptTokenCount: 100,
    cachedContentTokenCount: 80,
    candidatesTokenCount: 10,
    thoughtsTokenCount: 30,
    toolUsePromptTokenCount: 5,
    totalTokenCount: 145,
  }
  const usage = replyUsage.chat(answered({ finishReason: 'STOP' }, { usageMetadata }))
  expect(usage).toMatchObject({ input: 105, cacheRead: 80, output: 40, reasoning: 30 })
  expect(usage.input + usage.output).toBe(usageMetadata.totalTokenCount)
})

test('gemini#2: STOP after function calls is toolCalls', () => {
  const parts = [{ functionCall: { name: 'f' } }]
  const { choices } = foldChat(answered({ content: { parts }, finishReason: 'STOP' }))
  expect(choices[0]?.finish).toEqual({ reason: 'toolCalls', raw: 'STOP' })
})

test('gemini#3: a signature goes back on the part it came on', () => {
  const signature = { value: 'QUJD', vendor: 'google' }
  const messages: Message[] = [
    hi,
    { role: 'assistant', parts: [call('a', signature), call('b')] },
    resultOf('a', '1'),
    resultOf('b', '2'),
    { role: 'assistant', parts: [{ type: 'text', text: '', signature }] },
  ]
  const [, model, , last] = partsOf(written({ messages }))
  expect(model?.map(({ thoughtSignature }) => thoughtSignature)).toEqual(['QUJD', undefined])
  expect(last).toEqual([{ text: '', thoughtSignature: 'QUJD' }])
})

test('gemini#3: a signature that other surfaces keep on an empty thought goes to the call behind it', () => {
  const signature = { value: 'QUJD', vendor: 'google' }
  const parts: Part[] = [
    { type: 'reasoning', signature },
    { type: 'text', text: 'Wait.' },
    call('a'),
  ]
  const [, model] = partsOf(written({ messages: [hi, { role: 'assistant', parts }] }))
  expect(model?.map(({ thoughtSignature }) => thoughtSignature)).toEqual([undefined, 'QUJD'])
  const [, alone] = partsOf(
    written({ messages: [hi, { role: 'assistant', parts: parts.slice(0, 2) }] }),
  )
  expect(alone).toEqual([{ text: 'Wait.' }, { text: '', thoughtSignature: 'QUJD' }])
})

test.each<[string, Quirks, boolean]>([
  ['of which nothing is known', {}, true],
  ['that thinks by level', { thinkingLevels: ['low', 'high'] }, true],
  ['that thinks by budget', { thinkingBudget: { least: 0, most: 100 } }, false],
  ['that does not think', { thinkingLevels: [] }, false],
])(
  'gemini#3: the first call of another vendor has a stand-in for a model %s',
  (_, quirks, expected) => {
    const foreign = { value: 'x', vendor: 'anthropic' }
    const parts: Part[] = [
      { type: 'reasoning', text: 'Hm', signature: foreign },
      call('a', foreign),
      call('b'),
    ]
    const [, model] = partsOf(written({ messages: [hi, { role: 'assistant', parts }] }, quirks))
    expect(model?.map(({ thoughtSignature }) => thoughtSignature)).toEqual([
      expected ? 'skip_thought_signature_validator' : undefined,
      undefined,
    ])
  },
)

test('gemini#4: a result has the name of its call, an object, and the place of its call', () => {
  const messages = [
    hi,
    { role: 'assistant' as const, parts: [call('a'), call('b'), call('c'), call('d')] },
    resultOf('d', '{"$ref":"x"}'),
    resultOf('b', 'no', true),
    resultOf('a', '{"n":1}'),
    resultOf('c', '[1]'),
  ]
  const [, , results] = partsOf(written({ messages }))
  expect(results).toEqual([
    { functionResponse: { id: 'a', name: 'f_a', response: { n: 1 } } },
    { functionResponse: { id: 'b', name: 'f_b', response: { error: 'no' } } },
    { functionResponse: { id: 'c', name: 'f_c', response: { output: '[1]' } } },
    { functionResponse: { id: 'd', name: 'f_d', response: { output: '{"$ref":"x"}' } } },
  ])
})

test('gemini#4: files in a result follow all results of the turn', () => {
  const image: Part = { type: 'media', kind: 'image', data: 'iVBORw==', mimeType: 'image/png' }
  const messages: Message[] = [
    hi,
    { role: 'assistant', parts: [call('a'), call('b')] },
    { role: 'tool', parts: [{ type: 'toolResult', callId: 'a', content: [image] }] },
    resultOf('b', '2'),
    hi,
  ]
  const [, , user] = partsOf(written({ messages }))
  expect(user?.map((part) => Object.keys(part)[0])).toEqual([
    'functionResponse',
    'functionResponse',
    'inlineData',
    'text',
  ])
})

test('gemini#5: a stream is asked for as server-sent events', () => {
  const request: ChatRequest = { model: 'm', messages: [hi], sampling: {} }
  const path = (one: ChatRequest, model = 'm1') =>
    geminiContent.writeRequest(one, { ...target, model }).path
  expect(path(request)).toBe('/models/m1:generateContent')
  expect(path({ ...request, stream: { includeUsage: false } })).toBe(
    '/models/m1:streamGenerateContent?alt=sse',
  )
  expect(path(request, 'models/m2')).toBe('/models/m2:generateContent')
  expect(path(request, 'tunedModels/m3')).toBe('/tunedModels/m3:generateContent')
  expect(path(request, '../m4?x=1')).toBe('/models/..%2Fm4%3Fx%3D1:generateContent')
})

test('gemini#6: a bad key is a 400, and no fault of the caller', () => {
  const error = {
    code: 400,
    message: 'API key not valid. Please pass a valid API key.',
    status: 'INVALID_ARGUMENT',
    details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }],
  }
  const read = geminiContent.readError(400, {}, bytesOf(JSON.stringify({ error })), target)
  expect(read).toMatchObject({ code: 'credential_rejected', status: 502 })
})

test('gemini#7: a blocked prompt is an answer without content', () => {
  const body = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 3 } }
  const { choices, usage } = foldChat(
    geminiContent.readResponse(bytesOf(JSON.stringify(body)), target),
  )
  expect(choices).toEqual([
    { index: 0, parts: [], finish: { reason: 'contentFilter', raw: 'SAFETY' } },
  ])
  expect(usage.input).toBe(3)
})

test('gemini#8: schemas are written as JSON Schema without what Google refuses', () => {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    strict: true,
    properties: { const: { const: 'a' }, free: { type: 'object' } },
    additionalProperties: false,
  }
  const tools: ChatRequest['tools'] = [
    { type: 'function', name: 'f', schema, strict: true },
    { type: 'function', name: 'g', schema: { type: 'object', properties: {} } },
  ]
  expect(written({ tools }).tools).toEqual([
    {
      functionDeclarations: [
        {
          name: 'f',
          parametersJsonSchema: {
            type: 'object',
            properties: {
              const: { enum: ['a'] },
              free: { type: 'object', properties: { placeholder: { type: 'string' } } },
            },
            additionalProperties: false,
          },
        },
        { name: 'g' },
      ],
    },
  ])
})

test('gemini#9: thoughts are no content, in a whole answer as in a stream', () => {
  const parts = [{ text: 'Hm', thought: true }, { text: 'Hi' }]
  const { choices } = foldChat(answered({ content: { parts }, finishReason: 'STOP' }))
  expect(choices[0]?.parts).toEqual([
    { type: 'reasoning', text: 'Hm' },
    { type: 'text', text: 'Hi' },
  ])
})

test('gemini#9: a thought without the signature of this provider is not sent as one', () => {
  const parts: Part[] = [
    { type: 'reasoning', text: 'Hm', signature: { value: 'x', vendor: 'anthropic' } },
    { type: 'reasoning', text: 'So' },
    { type: 'reasoning', text: 'Mine', signature: { value: 'QUJD', vendor: 'google' } },
    { type: 'text', text: 'Hi' },
  ]
  const request: ChatRequest = {
    model: 'm',
    messages: [hi, { role: 'assistant', parts }],
    sampling: {},
  }
  const { body, dropped } = geminiContent.writeRequest(request, target)
  expect(partsOf(JSON.parse(body as string))[1]).toEqual([
    { text: 'Mine', thought: true, thoughtSignature: 'QUJD' },
    { text: 'Hi' },
  ])
  expect(dropped).toEqual(['signature', 'reasoning'])
})

test('gemini#11: what says nothing is left out', () => {
  const empty: Part = { type: 'text', text: '' }
  const messages: Message[] = [
    hi,
    { role: 'assistant', parts: [empty] },
    { role: 'user', parts: [empty, { type: 'text', text: 'Hello?' }] },
  ]
  expect(written({ messages }).contents).toEqual([
    { role: 'user', parts: [{ text: 'Hi' }, { text: 'Hello?' }] },
  ])
  const nothing = written({ messages: [{ role: 'user', parts: [empty] }] })
  expect(nothing.contents).toEqual([{ role: 'user', parts: [{ text: ' ' }] }])
  const system = written({ messages: [{ role: 'system', parts: [{ type: 'text', text: 'Go.' }] }] })
  expect(system).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Go.' }] }] })
})

test('gemini#12: calls without an id get one, and results find theirs by name', () => {
  const body = {
    contents: [
      { role: 'model', parts: ['f', 'g', 'f'].map((name) => ({ functionCall: { name } })) },
      {
        role: 'user',
        parts: ['g', 'f', 'f'].map((name) => ({ functionResponse: { name, response: {} } })),
      },
    ],
  }
  const { messages } = geminiContent.readRequest(bodyOf(body), {}, { model: 'm1' })
  const ids = messages.map(({ parts }) =>
    parts.map((part) => (part.type === 'toolResult' ? part.callId : 'id' in part && part.id)),
  )
  expect(ids).toEqual([
    ['call_0_0', 'call_0_1', 'call_0_2'],
    ['call_0_1', 'call_0_0', 'call_0_2'],
  ])
})

test('gemini#12: ids of an answer differ between calls, choices and answers', () => {
  const parts = [{ functionCall: { name: 'f' } }, { functionCall: { name: 'f' } }]
  const idsOf = (responseId: string) => {
    const candidates = [0, 1].map((index) => ({ index, content: { parts }, finishReason: 'STOP' }))
    const body = bytesOf(JSON.stringify({ candidates, responseId }))
    return geminiContent
      .readResponse(body, target)
      .flatMap((event) => (event.type === 'partStart' && 'id' in event.part ? [event.part.id] : []))
  }
  const ids = [...idsOf('a'), ...idsOf('b')]
  expect(new Set(ids).size).toBe(8)
  expect(ids.every((id) => /^call_\w+$/.test(id ?? ''))).toBe(true)
})
