import type { ChatRequest, JsonObject, Message, Part, Quirks, Tool } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bodyOf, targetOf } from '../testing/bytes.ts'
import { geminiContent } from './index.ts'

const hi: Message = { role: 'user', parts: [{ type: 'text', text: 'Hi' }] }
const find: Tool = { type: 'function', name: 'find' }

function write(request: Partial<ChatRequest>, quirks: Quirks = {}, dropsUnsupported = false) {
  const full: ChatRequest = { model: 'm1', messages: [hi], sampling: {}, ...request }
  const target = { ...targetOf(quirks, 'google'), dropsUnsupported }
  const { body, dropped } = geminiContent.writeRequest(full, target)
  const wire = JSON.parse(body as string) as JsonObject
  return { wire, config: wire.generationConfig as JsonObject | undefined, dropped }
}

const levels: Quirks = { thinkingLevels: ['low', 'medium', 'high'] }
const budget: Quirks = { thinkingBudget: { least: 128, most: 20_000 } }
const switchable: Quirks = { thinkingBudget: { least: 0, most: 20_000 } }

test.each<[string, ChatRequest['reasoning'], Quirks, JsonObject | undefined]>([
  ['a level', { effort: 'high' }, levels, { thinkingLevel: 'high', includeThoughts: true }],
  [
    'the nearest level',
    { effort: 'minimal' },
    levels,
    { thinkingLevel: 'low', includeThoughts: true },
  ],
  ['the lowest level for none', { effort: 'none' }, levels, { thinkingLevel: 'low' }],
  [
    'a level for a budget',
    { budgetTokens: 8000 },
    levels,
    { thinkingLevel: 'medium', includeThoughts: true },
  ],
  ['no amount', {}, levels, { includeThoughts: true }],
  ['a budget', { budgetTokens: 4096 }, budget, { thinkingBudget: 4096, includeThoughts: true }],
  ['the most', { effort: 'max' }, budget, { thinkingBudget: 20_000, includeThoughts: true }],
  ['the least for none', { effort: 'none' }, budget, { thinkingBudget: 128 }],
  ['nothing for none', { effort: 'none' }, switchable, { thinkingBudget: 0 }],
  ['a budget of the model itself', {}, budget, { thinkingBudget: -1, includeThoughts: true }],
  [
    'the word of the caller',
    { effort: 'ultra' },
    {},
    { thinkingLevel: 'ultra', includeThoughts: true },
  ],
  [
    'no thoughts',
    { effort: 'low', summary: 'none' },
    levels,
    { thinkingLevel: 'low', includeThoughts: false },
  ],
  ['silence', undefined, levels, undefined],
])('thinking is written as %s', (_, reasoning, quirks, expected) => {
  const { config } = write(reasoning ? { reasoning } : {}, quirks)
  expect(config?.thinkingConfig).toEqual(expected)
})

test('a model that does not think loses the wish, unless it was not to think', () => {
  expect(write({ reasoning: { effort: 'low' } }, { thinkingLevels: [] }).dropped).toEqual([
    'reasoning_effort',
  ])
  expect(write({ reasoning: { effort: 'none' } }, { thinkingLevels: [] }).dropped).toEqual([])
})

test.each<[string, Partial<ChatRequest>, Quirks]>([
  ['tools[0]', { tools: [{ type: 'custom', name: 'c' }] }, {}],
  ['tools[0]', { tools: [{ type: 'server', dialect: 'openai-chat', value: {} }] }, {}],
  ['tool_choice', { tools: [find], toolChoice: { type: 'custom', name: 'c' } }, {}],
  ['response_format', { tools: [find], responseFormat: { type: 'json' } }, budget],
  [
    'response_format',
    { tools: [find], toolChoice: 'required', responseFormat: { type: 'json' } },
    levels,
  ],
  ['stop', { stop: ['1', '2', '3', '4', '5', '6'] }, {}],
  ['previous_response_id', { previousResponseId: 'r' }, {}],
  ['candidateCount', { n: 2 }, { unsupported: ['candidateCount'] }],
  [
    'messages[0]',
    { messages: [{ role: 'user', parts: [{ type: 'media', kind: 'file', fileId: 'file-1' }] }] },
    {},
  ],
  [
    'messages[0]',
    { messages: [{ role: 'user', parts: [{ type: 'native', dialect: 'aigne', value: 1 }] }] },
    {},
  ],
])('%s that cannot be said is refused, or dropped when asked', (param, request, quirks) => {
  expect(() => write(request, quirks)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', status: 400, param }),
  )
  expect(write(request, quirks, true).dropped).toEqual([param])
})

test('audio is refused however it is asked for', () => {
  for (const request of [{ audio: {} }, { modalities: ['text', 'audio'] }]) {
    expect(() => write(request, {}, true)).toThrow(expect.objectContaining({ param: 'audio' }))
  }
})

test('hints without a word here are listed', () => {
  const cached: Message = { ...hi, name: 'ann', cache: {} }
  const { dropped } = write({
    messages: [cached],
    sampling: { logitBias: { 1: 2 } },
    tools: [{ ...find, strict: true }],
    parallelToolCalls: false,
    metadata: {},
    user: 'u',
    store: true,
    cacheKey: 'k',
    verbosity: 'low',
    serviceTier: 'scale',
    headers: { 'anthropic-beta': 'x', 'anthropic-version': '2023-06-01' },
    extensions: { dialect: 'openai-chat', fields: { prediction: {} } },
  })
  expect(new Set(dropped)).toEqual(
    new Set([
      'messages.name',
      'cache_control',
      'logit_bias',
      'strict',
      'parallel_tool_calls',
      'metadata',
      'user',
      'store',
      'prompt_cache_key',
      'verbosity',
      'service_tier',
      'anthropic-beta',
      'prediction',
    ]),
  )
})

test('what says the same as silence is no loss', () => {
  const { wire, dropped } = write({
    n: 1,
    toolChoice: 'auto',
    parallelToolCalls: true,
    store: false,
    serviceTier: 'auto',
    sampling: { topK: -1 },
  })
  expect(dropped).toEqual([])
  expect(wire).toEqual({
    contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
    generationConfig: { candidateCount: 1 },
  })
})

test('fields the target refuses are left out of generationConfig too', () => {
  const { config, dropped } = write(
    { sampling: { presencePenalty: 1, temperature: 0 } },
    { unsupported: ['presencePenalty', 'labels'] },
  )
  expect(config).toEqual({ temperature: 0 })
  expect(dropped).toEqual(['presencePenalty'])
})

test('ids of calls can be left out', () => {
  const parts: Part[] = [{ type: 'toolCall', id: 'a', name: 'f', kind: 'function', input: '' }]
  const result: Part = { type: 'toolResult', callId: 'a', content: [] }
  const messages: Message[] = [hi, { role: 'assistant', parts }, { role: 'tool', parts: [result] }]
  const { wire } = write({ messages }, { unsupported: ['functionCall.id'], ...budget })
  expect(wire.contents).toEqual([
    { role: 'user', parts: [{ text: 'Hi' }] },
    { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
    { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: '' } } }] },
  ])
})

test('input that is no JSON object becomes one', () => {
  const call = (kind: 'function' | 'custom', input: string): Part => ({
    type: 'toolCall',
    id: 'a',
    name: 'f',
    kind,
    input,
  })
  const parts = [call('function', '{"a"'), call('custom', '{"a":1}'), call('function', '[1]')]
  const { wire } = write({ messages: [hi, { role: 'assistant', parts }] }, budget)
  const model = (wire.contents as JsonObject[])[1]?.parts as JsonObject[]
  expect(model.map(({ functionCall }) => (functionCall as JsonObject).args)).toEqual([
    { input: '{"a"' },
    { input: '{"a":1}' },
    { input: '[1]' },
  ])
})

test('a result keeps numbers that JSON cannot hold', () => {
  const text = '{"id":12345678901234567890}'
  const result: Part = {
    type: 'toolResult',
    callId: 'a',
    name: 'f',
    content: [{ type: 'text', text }],
  }
  const { wire } = write({ messages: [hi, { role: 'tool', parts: [result] }] })
  expect(JSON.stringify(wire.contents)).toContain(JSON.stringify({ output: text }))
})

test('an address without a type gets the one its ending tells', () => {
  const image: Part = { type: 'media', kind: 'image', url: 'https://example.com/a.PNG?x=1' }
  const { wire } = write({ messages: [{ role: 'user', parts: [image] }] })
  expect((wire.contents as JsonObject[])[0]?.parts).toEqual([
    { fileData: { fileUri: 'https://example.com/a.PNG?x=1', mimeType: 'image/png' } },
  ])
})

test('chunks that a client kept as contents of their own become one message', () => {
  const chunk = (part: JsonObject) => ({ role: 'model', parts: [part] })
  const body = {
    contents: [
      { role: 'user', parts: [{ text: 'Hi' }] },
      chunk({ text: 'Hm', thought: true }),
      chunk({ text: '…', thought: true }),
      chunk({ text: 'He' }),
      chunk({ text: 'llo' }),
      chunk({ text: '', thoughtSignature: 'QUJD' }),
      chunk({ functionCall: { name: 'f' } }),
    ],
  }
  const { messages } = geminiContent.readRequest(bodyOf(body), {}, { model: 'models/m1' })
  expect(messages[1]).toEqual({
    role: 'assistant',
    parts: [
      { type: 'reasoning', text: 'Hm…' },
      { type: 'text', text: 'Hello', signature: { value: 'QUJD', vendor: 'google' } },
      { type: 'toolCall', id: 'call_6_0', name: 'f', kind: 'function', input: '{}' },
    ],
  })
  expect(messages).toHaveLength(2)
})

test('media in a result is read from where Google puts it', () => {
  const functionResponse = {
    name: 'f',
    parts: [{ inlineData: { mimeType: 'image/png', data: 'iVBORw==' } }],
  }
  const { messages } = geminiContent.readRequest(
    bodyOf({ contents: [{ parts: [{ functionResponse }] }] }),
    {},
    { model: 'm1' },
  )
  expect(messages[0]?.parts[0]).toEqual({
    type: 'toolResult',
    callId: 'call_f',
    name: 'f',
    content: [{ type: 'media', kind: 'image', data: 'iVBORw==', mimeType: 'image/png' }],
  })
})

test('system messages at the start are the instruction, later ones are said by the user', () => {
  const system: Message = { role: 'system', parts: [{ type: 'text', text: 'S' }] }
  const developer: Message = { role: 'developer', parts: [{ type: 'text', text: 'D' }] }
  const { wire } = write({ messages: [system, developer, hi, system] })
  expect(wire).toEqual({
    systemInstruction: { parts: [{ text: 'S' }, { text: 'D' }] },
    contents: [{ role: 'user', parts: [{ text: 'Hi' }, { text: 'S' }] }],
  })
  const without = write({ messages: [system, hi] }, { unsupported: ['systemInstruction'] })
  expect(without.wire).toEqual({
    contents: [{ role: 'user', parts: [{ text: 'S' }, { text: 'Hi' }] }],
  })
})

test.each([
  ['cachedContent', { cachedContent: 'cachedContents/c1' }],
  ['generationConfig', { generationConfig: { responseMimeType: 'text/x.enum' } }],
])('%s is essential where another dialect cannot say it', (name, fields) => {
  const body = bodyOf({ contents: [{ parts: [{ text: 'Hi' }] }], labels: {}, ...fields })
  const { extensions } = geminiContent.readRequest(body, {}, { model: 'm1' })
  expect(extensions?.essential).toEqual([name])
})
