import { expect, test } from 'vitest'
import type { FaultName } from '../../faults.ts'
import type { Json, JsonObject } from '../../json.ts'
import { createSimulator } from '../../simulator.ts'

const simulator = createSimulator({ seed: 5 })
const everLasting = new AbortController().signal

interface SendOptions {
  path?: string
  headers?: Record<string, string>
}

async function send(body: JsonObject, { path = '/v1/messages', headers = {} }: SendOptions = {}) {
  const response = await simulator.send(
    {
      method: 'POST',
      url: `http://sim.local${path}`,
      headers: { 'anthropic-version': '2023-06-01', ...headers },
      body: JSON.stringify(body),
    },
    everLasting,
  )
  const text = Buffer.from(await response.body.bytes(1e8)).toString()
  return { status: response.status, headers: response.headers, text }
}

async function refusalOf(body: JsonObject, options?: SendOptions): Promise<string> {
  const { status, headers, text } = await send(body, options)
  const { type, error, request_id } = JSON.parse(text)
  expect({ status, type, kind: error.type }).toEqual({
    status: 400,
    type: 'error',
    kind: 'invalid_request_error',
  })
  expect(request_id).toBe(headers['request-id'])
  return error.message
}

function message(more: JsonObject = {}): JsonObject {
  return { model: 'chat', max_tokens: 2000, messages: [{ role: 'user', content: 'hi' }], ...more }
}
const said = (...content: Json[]) => message({ messages: [{ role: 'user', content }] })
const talk = (...messages: [role: string, content: Json][]) =>
  message({ messages: messages.map(([role, content]) => ({ role, content })) })

const text = (words: string, more: JsonObject = {}) => ({ type: 'text', text: words, ...more })
const marked = (words: string, ttl = '5m') =>
  text(words, { cache_control: { type: 'ephemeral', ttl } })
const call = (id: string, input: Json = {}) => ({ type: 'tool_use', id, name: 'add', input })
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: '1' })
const image = (media_type: string, data: string) => ({
  type: 'image',
  source: { type: 'base64', media_type, data },
})
const add = { name: 'add', input_schema: { type: 'object', properties: {} } }
const enabled = { type: 'enabled', budget_tokens: 1024 }
const format = (schema: JsonObject) =>
  message({ output_config: { format: { type: 'json_schema', schema } } })
const gif = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'

test.each<[what: string, body: JsonObject, message: string]>([
  ['no model', message({ model: undefined }), 'model: Field required'],
  ['no max_tokens', message({ max_tokens: undefined }), 'max_tokens: Field required'],
  ['half a token', message({ max_tokens: 1.5 }), 'max_tokens: Input should be a valid integer'],
  ['too many tokens', message({ max_tokens: 200_000 }), 'max_tokens: Input should be less'],
  ['a field of another vendor', message({ n: 1 }), 'n: Extra inputs are not permitted'],
  ['a stream that is no flag', message({ stream: 'yes' }), 'stream: Input should be a valid bool'],
  ['warmth above 1', message({ temperature: 1.5 }), 'temperature: Input should be less'],
  ['a blank stop sequence', message({ stop_sequences: ['\n'] }), 'stop_sequences: each stop'],
  ['an unknown tier', message({ service_tier: 'flex' }), 'service_tier: Input should be one of'],
  ['more about the user', message({ metadata: { email: 'x' } }), 'metadata.email: Extra inputs'],

  ['no messages', message({ messages: [] }), 'messages: at least one message is required'],
  ['only a system message', talk(['system', 'hi']), 'messages: at least one message is required'],
  ['an unknown role', talk(['developer', 'hi']), 'messages.0.role: Input should be one of'],
  ['the assistant first', talk(['assistant', 'hi'], ['user', 'hi']), 'messages: first message'],
  ['the assistant last', talk(['user', 'hi'], ['assistant', 'I']), 'does not support assistant'],
  ['an empty message', talk(['user', '']), 'messages.0: user messages must have non-empty content'],
  ['no blocks', talk(['user', []]), 'messages.0: user messages must have non-empty content'],
  ['an empty text', said(text('')), 'messages: text content blocks must be non-empty'],
  ['a blank text', said(text(' \n')), 'messages: text content blocks must contain non-whitespace'],
  ['a field too many', said(text('hi', { id: '1' })), 'messages.0.content.0.id: Extra inputs'],
  ['an unknown block', said({ type: 'input_text', text: 'hi' }), "the type 'input_text'"],
  ['a call by the user', said(call('a')), "user messages take no block of the type 'tool_use'"],
  ['an empty system text', message({ system: [text('')] }), 'system: text content blocks must be'],

  [
    'a call without a result',
    talk(['user', 'hi'], ['assistant', [call('call_7')]], ['user', 'hi']),
    'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: call_7.',
  ],
  [
    'one result of two',
    talk(['user', 'hi'], ['assistant', [call('a'), call('b')]], ['user', [result('a')]]),
    'blocks immediately after: b.',
  ],
  [
    'a result behind a text',
    talk(['user', 'hi'], ['assistant', [call('a')]], ['user', [text('so'), result('a')]]),
    'blocks immediately after: a.',
  ],
  [
    'a result without a call',
    said(result('call_8')),
    'messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: call_8.',
  ],
  [
    'two results of one call',
    talk(['user', 'hi'], ['assistant', [call('a')]], ['user', [result('a'), result('a')]]),
    'Found multiple for a',
  ],
  [
    'two calls of one id',
    talk(['user', 'hi'], ['assistant', [call('a'), call('a')]], ['user', [result('a')]]),
    '`tool_use` ids must be unique',
  ],
  [
    'an id with a dot',
    talk(['user', 'hi'], ['assistant', [call('a.b')]], ['user', [result('a.b')]]),
    "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
  ],
  [
    'arguments that are a text',
    talk(['user', 'hi'], ['assistant', [call('a', '{}')]], ['user', [result('a')]]),
    'messages.1.content.0.tool_use.input: Input should be an object',
  ],
  [
    'unsigned thoughts',
    talk(['user', 'hi'], ['assistant', [{ type: 'thinking', thinking: 'so' }]], ['user', 'hi']),
    'messages.1.content.0.thinking.signature: Field required',
  ],

  ['a picture in BMP', said(image('image/bmp', gif)), 'source.base64.media_type: Input should be'],
  ['a GIF called PNG', said(image('image/png', gif)), 'appears to be a image/gif image'],
  ['data that is a URL', said(image('image/gif', 'data:,x')), 'base64.data: invalid base64 data'],
  [
    'a file address',
    said({ type: 'image', source: { type: 'url', url: 'file:///x' } }),
    'Only HTTP and HTTPS URLs',
  ],
  [
    'a document that is no PDF',
    said({ type: 'document', source: { type: 'base64', media_type: 'text/rtf', data: 'eA==' } }),
    'source.base64.media_type: Input should be one of',
  ],

  ['a tool with a dot', message({ tools: [{ ...add, name: 'a.b' }] }), 'tools.0.custom.name: Str'],
  [
    'a tool without a schema',
    message({ tools: [{ name: 'add' }] }),
    'input_schema: Field required',
  ],
  [
    'a schema of no object',
    message({ tools: [{ ...add, input_schema: {} }] }),
    'tools.0.custom.input_schema.type: Field required',
  ],
  [
    'a choice at the top of a schema',
    message({ tools: [{ ...add, input_schema: { type: 'object', anyOf: [] } }] }),
    'input_schema does not support oneOf, allOf, or anyOf at the top level',
  ],
  ['a tool twice', message({ tools: [add, add] }), 'tools: Tool names must be unique.'],
  ['a tool of OpenAI', message({ tools: [{ type: 'function', function: add }] }), 'tools.0.custom'],
  ['a choice of nothing', message({ tool_choice: { type: 'any' } }), 'while providing tools'],
  [
    'a choice that is not there',
    message({ tools: [add], tool_choice: { type: 'tool', name: 'sub' } }),
    "Tool 'sub' not found in provided tools",
  ],

  [
    'a small budget',
    message({ thinking: { type: 'enabled', budget_tokens: 1000 } }),
    'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
  ],
  ['no budget', message({ thinking: { type: 'enabled' } }), 'budget_tokens: Field required'],
  [
    'a budget as large as the answer',
    message({ thinking: { type: 'enabled', budget_tokens: 2000 } }),
    '`max_tokens` must be greater than `thinking.budget_tokens`.',
  ],
  [
    'a budget for what adapts',
    message({ thinking: { type: 'adaptive', budget_tokens: 1024 } }),
    'thinking.adaptive.budget_tokens: Extra inputs are not permitted',
  ],
  [
    'thoughts before a forced call',
    message({ thinking: enabled, tools: [add], tool_choice: { type: 'any' } }),
    'Thinking may not be enabled when tool_choice forces tool use.',
  ],
  [
    'warmth with thoughts',
    message({ thinking: enabled, temperature: 0.5 }),
    '`temperature` may only be set to 1 when `thinking` is enabled.',
  ],
  [
    'a tool loop without its thoughts',
    {
      ...talk(['user', 'hi'], ['assistant', [call('a')]], ['user', [result('a')]]),
      model: 'reason',
      thinking: enabled,
    },
    'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.',
  ],

  [
    'five breakpoints',
    said(marked('a'), marked('b'), marked('c'), marked('d'), marked('e')),
    'A maximum of 4 blocks with cache_control may be provided. Found 5.',
  ],
  ['a long breakpoint after a short one', said(marked('a'), marked('b', '1h')), "a ttl='1h'"],
  ['a breakpoint of a day', said(marked('a', '1d')), 'cache_control.ttl: Input should be one of'],

  ['an unknown effort', message({ output_config: { effort: 'minimal' } }), 'output_config.effort'],
  ['an open object', format({ type: 'object' }), "'additionalProperties' must be explicitly set"],
  [
    'a bound within a schema',
    format({
      type: 'object',
      additionalProperties: false,
      properties: { days: { type: 'integer', minimum: 1 } },
    }),
    "output_config.format.schema.properties.days: 'minimum' is not supported",
  ],
  [
    'more than 24 optional properties',
    format({
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`p${at}`, {}])),
    }),
    'at most 24 optional properties',
  ],
])('%s is refused', async (_what, body, expected) => {
  expect(await refusalOf(body)).toContain(expected)
})

test.each<[string, JsonObject]>([
  ['texts in a row by the same speaker', talk(['user', 'one'], ['user', 'two'])],
  [
    'results in two messages in a row',
    talk(
      ['user', 'hi'],
      ['assistant', [call('a'), call('b')]],
      ['user', [result('a')]],
      ['user', [result('b'), text('So?')]],
    ),
  ],
  [
    'a failed call with a picture',
    talk(
      ['user', 'hi'],
      ['assistant', [call('a')]],
      ['user', [{ ...result('a'), is_error: true, content: [image('image/gif', gif)] }]],
    ),
  ],
  ['a system message on the way', talk(['user', 'hi'], ['system', 'Be short.'], ['user', 'So?'])],
  [
    'a PDF',
    said({
      type: 'document',
      title: 'x.pdf',
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
    }),
  ],
  [
    'tools that the vendor runs',
    message({ tools: [{ type: 'web_search_20260209', name: 'web' }] }),
  ],
  ['sampling', message({ temperature: 1, top_p: 0.9, top_k: 5 })],
  ['four breakpoints', said(marked('a', '1h'), marked('b'), marked('c'), marked('d'))],
  ['a breakpoint by itself', message({ cache_control: { type: 'ephemeral' } })],
  ['the user’s id', message({ metadata: { user_id: 'u1' }, service_tier: 'standard_only' })],
])('%s: taken', async (_what, body) => {
  expect(await send(body)).toMatchObject({ status: 200 })
})

const october = { headers: { 'anthropic-version': '2026-10-21' } }

test.each<[string, JsonObject, string]>([
  ['temperature', message({ temperature: 1 }), 'temperature: Extra inputs are not permitted'],
  ['top_p', message({ top_p: 1 }), 'top_p: Extra inputs are not permitted'],
  ['top_k', message({ top_k: 1 }), 'top_k: Extra inputs are not permitted'],
  [
    'citations of the user',
    said(text('hi', { citations: [{ type: 'char_location' }] })),
    'messages.0.content.0.citations',
  ],
])('since October 2026 %s is refused', async (_name, body, expected) => {
  expect((await send(body)).status).toBe(200)
  expect(await refusalOf(body, october)).toContain(expected)
})

test.each([
  ['', 'anthropic-version: header is required'],
  ['2024-01-01', '"2024-01-01" is not a valid version'],
])('the version %j is refused', async (version, expected) => {
  const headers: Record<string, string> = version === '' ? {} : { 'anthropic-version': version }
  const response = await simulator.send(
    { method: 'POST', url: '/v1/messages', headers, body: JSON.stringify(message()) },
    everLasting,
  )
  const reply = JSON.parse(Buffer.from(await response.body.bytes(1e6)).toString())
  expect(response.status).toBe(400)
  expect(reply.error.message).toContain(expected)
})

test('fields of a beta are for requests that name one', async () => {
  const body = message({ context_management: { edits: [] } })
  expect(await refusalOf(body)).toContain('context_management: Extra inputs are not permitted')
  const headers = { 'anthropic-beta': 'context-management-2025-06-27' }
  expect((await send(body, { headers })).status).toBe(200)
})

test('what is only for an answer is no field of a count', async () => {
  const path = '/v1/messages/count_tokens'
  expect(await refusalOf(message(), { path })).toContain('max_tokens: Extra inputs')
  const { status, text: body } = await send(message({ max_tokens: undefined }), { path })
  expect({ status, ...JSON.parse(body) }).toEqual({ status: 200, input_tokens: 8 })
})

test('a path that is not there is 404, another method 405', async () => {
  expect((await send(message(), { path: '/v1/messages/batches' })).status).toBe(404)
  expect((await send(message(), { path: '/v1/models/chat' })).status).toBe(405)
})

// ── Faults ──────────────────────────────────────────────────────────────────────────────────────

test.each<[FaultName, number, string]>([
  ['unauthorized', 401, 'authentication_error'],
  ['forbidden', 403, 'permission_error'],
  ['context-length', 400, 'invalid_request_error'],
  ['rate-limited', 429, 'rate_limit_error'],
  ['quota-exhausted', 429, 'rate_limit_error'],
  ['server-error', 500, 'api_error'],
  ['unavailable', 503, 'overloaded_error'],
  ['overloaded', 529, 'overloaded_error'],
  ['error-in-200', 200, 'api_error'],
])('%s is %i %s', async (fault, status, type) => {
  simulator.script(fault)
  const reply = await send(message())
  expect(reply.status).toBe(status)
  expect(JSON.parse(reply.text)).toMatchObject({ type: 'error', error: { type } })
})

test('an error event is one of its own name, and the last', async () => {
  simulator.script('error-event')
  const reply = await send(message({ stream: true }))
  const [last = ''] = reply.text.split('\n\n').slice(-2)
  const [name, data = ''] = last.split('\n')
  expect(name).toBe('event: error')
  expect(JSON.parse(data.replace('data: ', ''))).toEqual({
    type: 'error',
    error: { type: 'api_error', message: expect.any(String) },
    request_id: reply.headers['request-id'],
  })
  expect(reply.text).not.toContain('message_stop')
})

test.each<[FaultName, Json | undefined]>([
  ['no-usage', undefined],
  ['usage-negative', -1_000_000],
  ['usage-huge', 1e18],
  ['usage-text', '12'],
])('%s reaches the wire', async (fault, count) => {
  simulator.script(fault)
  const { usage } = JSON.parse((await send(message())).text)
  expect(usage?.output_tokens).toEqual(count)
  expect(usage?.cache_read_input_tokens).toEqual(count)
})
