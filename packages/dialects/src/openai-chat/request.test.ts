import { type ChatRequest, readJsonBody } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chatRequest } from '../testing/arbitrary-request.ts'
import { bodyOf, bytesOf, targetOf } from '../testing/bytes.ts'
import { openAiChat } from './index.ts'

const hello = { model: 'm1', messages: [{ role: 'user', content: 'hi' }] }
const read = (body: object): ChatRequest => openAiChat.readRequest(bodyOf(body), {})
const written = (request: ChatRequest, target = targetOf()) => {
  const { body, ...rest } = openAiChat.writeRequest(request, target)
  return { ...rest, body: JSON.parse(body as string) }
}

test('a request that is written and read again is the same request', () => {
  // Google can take its own signatures back, and only its own.
  const target = targetOf({}, 'google')
  fc.assert(
    fc.property(chatRequest, (request) => {
      const wire = openAiChat.writeRequest(request, target)
      expect(wire.dropped).toEqual([])
      const body = readJsonBody(bytesOf(wire.body as string))
      expect(openAiChat.readRequest(body, {})).toStrictEqual(request)
    }),
    { numRuns: 500 },
  )
})

test('nulls of optional fields read as absent', () => {
  const optional = [
    ...[
      'tools',
      'tool_choice',
      'functions',
      'function_call',
      'parallel_tool_calls',
      'response_format',
    ],
    ...[
      'temperature',
      'top_p',
      'seed',
      'logit_bias',
      'max_tokens',
      'max_completion_tokens',
      'stop',
      'n',
    ],
    ...[
      'logprobs',
      'top_logprobs',
      'reasoning_effort',
      'verbosity',
      'modalities',
      'audio',
      'stream',
    ],
    ...[
      'stream_options',
      'metadata',
      'user',
      'safety_identifier',
      'prompt_cache_key',
      'service_tier',
    ],
    ...['store', 'presence_penalty', 'frequency_penalty', 'top_k', 'prediction', 'something_new'],
  ]
  const nulls = Object.fromEntries(optional.map((field) => [field, null]))
  expect(read({ ...hello, ...nulls })).toStrictEqual(read(hello))
})

test('max_completion_tokens wins over max_tokens', () => {
  expect(read({ ...hello, max_tokens: 5, max_completion_tokens: 7 }).maxOutputTokens).toBe(7)
})

test('openai#1: the token limit goes under the name the target takes', () => {
  const request = read({ ...hello, max_tokens: 5 })
  expect(written(request).body).toMatchObject({ max_completion_tokens: 5 })
  const older = written(request, targetOf({ maxTokensField: 'max_tokens' })).body
  expect(older.max_tokens).toBe(5)
  expect(older).not.toHaveProperty('max_completion_tokens')
})

test('openai#2: sampling that a model refuses is left out and reported', () => {
  const request = read({ ...hello, temperature: 0.5, top_p: 0.9, user: 'u' })
  const { body, dropped } = written(
    request,
    targetOf({ unsupported: ['temperature', 'user', 'seed'] }),
  )
  expect(dropped).toEqual(['temperature', 'user'])
  expect(body).toEqual({ ...hello, top_p: 0.9 })
})

test.each([
  ['n', { n: 2 }],
  ['tools', { tools: [{ type: 'function', function: { name: 'f' } }] }],
  ['tool_choice', { tool_choice: 'required' }],
  ['response_format', { response_format: { type: 'json_object' } }],
  ['logprobs', { logprobs: true }],
  ['stop', { stop: ['x'] }],
])('%s that the target refuses is a 400 naming it', (param, fields) => {
  const target = targetOf({ unsupported: [param] })
  expect(() => openAiChat.writeRequest(read({ ...hello, ...fields }), target)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', status: 400, param }),
  )
})

test.each([
  ['n', { n: 1 }],
  ['tool_choice', { tool_choice: 'auto' }],
  ['response_format', { response_format: { type: 'text' } }],
])('%s with its default value is left out where the target refuses it', (field, fields) => {
  const { dropped } = written(read({ ...hello, ...fields }), targetOf({ unsupported: [field] }))
  expect(dropped).toEqual([field])
})

test('fields of OpenAI alone and unknown ones travel in extensions', () => {
  const extras = {
    prediction: { type: 'content', content: 'x' },
    web_search_options: {},
    prompt_cache_retention: '24h',
    thinking: { type: 'disabled' },
  }
  const request = read({ ...hello, ...extras })
  expect(request.extensions).toEqual({ dialect: 'openai-chat', fields: extras })
  expect(written(request).body).toEqual({ ...hello, ...extras })
})

test('safety_identifier is the newer name of user; together both are kept', () => {
  expect(read({ ...hello, safety_identifier: 's' })).toStrictEqual({ ...read(hello), user: 's' })
  expect(written(read({ ...hello, safety_identifier: 's', user: 'u' })).body).toMatchObject({
    safety_identifier: 's',
    user: 'u',
  })
})

test('a name for the user that is longer than OpenAI takes is left out and reported', () => {
  const asked = (user: string) => written({ ...read(hello), user })
  expect(asked('u'.repeat(64)).body.user).toHaveLength(64)
  expect(asked('u'.repeat(65))).toMatchObject({ body: hello, dropped: ['user'] })
})

test('an answer in audio cannot be rewritten, and the 400 says so', () => {
  const request = read({
    ...hello,
    modalities: ['text', 'audio'],
    audio: { voice: 'a', format: 'wav' },
  })
  expect(() => openAiChat.writeRequest(request, targetOf())).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'audio' }),
  )
})

test('usage is asked for in every stream, unless the target refuses', () => {
  const request = read({ ...hello, stream: true })
  expect(request.stream).toEqual({ includeUsage: false })
  expect(written(request).body).toMatchObject({
    stream: true,
    stream_options: { include_usage: true },
  })
  expect(written(request, targetOf({ noStreamOptions: true })).body).toEqual({
    ...hello,
    stream: true,
  })
})

test('hints of other dialects are listed as dropped', () => {
  const request: ChatRequest = {
    ...read(hello),
    reasoning: { effort: 'low', summary: 'auto' },
    // No loss: this family caches unasked.
    cacheAuto: true,
    include: ['x'],
    headers: { 'anthropic-beta': 'b', 'anthropic-version': 'v', 'anthropic-next': 'n' },
    extensions: { dialect: 'gemini', fields: { safetySettings: [] } },
  }
  expect(written(request).dropped).toEqual([
    'safetySettings',
    'include',
    'reasoning.summary',
    'anthropic-beta',
    'anthropic-next',
  ])
  expect(written(request).body).toEqual({ ...hello, reasoning_effort: 'low' })
})

test.each([
  ['a budget becomes the effort it is worth', { budgetTokens: 8000 }, {}, 'medium'],
  [
    'an effort the model does not take becomes the nearest',
    { effort: 'xhigh' },
    ['low', 'high'],
    'high',
  ],
  ['a model that does not reason is told none', { effort: 'high' }, [], undefined],
])('%s', (_, reasoning, efforts, effort) => {
  const quirks = Array.isArray(efforts) ? { efforts } : {}
  const { body } = written({ ...read(hello), reasoning }, targetOf(quirks))
  expect(body.reasoning_effort).toBe(effort)
})

test('sampling is left out and reported only where the model is asked to reason', () => {
  const target = targetOf({ samplingNeedsNoReasoning: true })
  const asked = (effort: string) =>
    written(read({ ...hello, temperature: 0.5, reasoning_effort: effort }), target)
  expect(asked('low').body).toEqual({ ...hello, reasoning_effort: 'low' })
  expect(asked('low').dropped).toEqual(['temperature'])
  expect(asked('none').body).toEqual({ ...hello, temperature: 0.5, reasoning_effort: 'none' })
})

test('what cannot be said is lost, and reported, for a caller who wants it so', () => {
  const request = { ...read({ ...hello, n: 2 }), previousResponseId: 'resp_1' }
  const target = { ...targetOf({ unsupported: ['n'] }), dropsUnsupported: true }
  expect(written(request, target)).toMatchObject({
    body: hello,
    dropped: ['previous_response_id', 'n'],
  })
})

test('a chain of stored responses cannot be continued here', () => {
  const request = { ...read(hello), previousResponseId: 'resp_1' }
  expect(() => openAiChat.writeRequest(request, targetOf())).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'previous_response_id' }),
  )
})
