import Anthropic, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk'
import type {
  ContentBlock,
  Message,
  MessageCreateParamsNonStreaming,
  MessageParam,
  RawMessageStreamEvent,
  Tool,
} from '@anthropic-ai/sdk/resources/messages'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FaultName } from './faults.ts'
import { createSimulator } from './simulator.ts'
import { textOf as bodyTextOf, exchange } from './testing/http-exchange.ts'

const simulator = createSimulator({ seed: 7 })
let listening: Awaited<ReturnType<typeof simulator.listen>>
let anthropic: Anthropic

beforeAll(async () => {
  listening = await simulator.listen()
  anthropic = new Anthropic({ baseURL: listening.url, apiKey: 'sk-ant-test', maxRetries: 0 })
})
afterAll(() => listening.close())

const ask = (content: string): MessageParam[] => [{ role: 'user', content }]

const request = (content: string, more: Partial<MessageCreateParamsNonStreaming> = {}) => ({
  model: 'chat',
  max_tokens: 4000,
  messages: ask(content),
  ...more,
})

const textOf = (content: readonly ContentBlock[]) =>
  content.map((block) => (block.type === 'text' ? block.text : '')).join('')

/** A message apart from its id and those of its calls, which are new ones every time. */
function saidIn({ content, stop_reason, stop_sequence, usage }: Message) {
  const { input_tokens, output_tokens } = usage
  const blocks = content.map((block) => (block.type === 'tool_use' ? { ...block, id: '' } : block))
  return { blocks, stop_reason, stop_sequence, input_tokens, output_tokens }
}

async function eventsOf(params: MessageCreateParamsNonStreaming) {
  const events: RawMessageStreamEvent[] = []
  for await (const event of await anthropic.messages.create({ ...params, stream: true })) {
    events.push(event)
  }
  return events
}

function streamed(params: MessageCreateParamsNonStreaming): Promise<Message> {
  return anthropic.messages.stream(params).finalMessage()
}

// ── Messages ────────────────────────────────────────────────────────────────────────────────────

test('a message answers the question, knows the system prompt and counts its tokens', async () => {
  const params = request('How do I add a provider?', { system: 'Be a pirate.' })
  const message = await anthropic.messages.create(params)
  expect(message).toMatchObject({ type: 'message', role: 'assistant', model: 'chat' })
  expect(message.id).toMatch(/^msg_/)
  expect(textOf(message.content)).toContain('How do I add a provider?')
  expect(textOf(message.content)).toContain('Be a pirate.')
  expect(message).toMatchObject({ stop_reason: 'end_turn', stop_sequence: null })
  expect(message.usage.input_tokens).toBeGreaterThan(10)
  expect(message.usage.output_tokens).toBeGreaterThan(10)
  expect(message.usage).toMatchObject({
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    service_tier: 'standard',
  })
  expect(message._request_id).toMatch(/^req_/)
})

test.each<[string, MessageCreateParamsNonStreaming]>([
  ['words', request('What is a gateway?')],
  ['nothing', request('What is a gateway?', { max_tokens: 0 })],
  ['a cut', request('What is a gateway?', { max_tokens: 5 })],
  ['a stop', request('one two three', { model: 'echo', stop_sequences: [' three'] })],
  ['a refusal', request('What is a gateway?', { model: 'refuse' })],
  ['thoughts', request('Why?', { model: 'reason', thinking: { type: 'adaptive' } })],
])('a stream comes to the same as a whole answer: %s', async (_name, params) => {
  const whole = await anthropic.messages.create(params)
  expect(saidIn(await streamed(params))).toEqual(saidIn(whole))
})

test('the events of a stream come in order, with a ping, and usage at both ends', async () => {
  const events = await rawEventsOf(request('one two', { model: 'echo' }))
  expect(events.map(({ name }) => name)).toEqual([
    'message_start',
    'ping',
    'content_block_start',
    'content_block_delta',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ])
  expect(events.map(({ data }) => data.type)).toEqual(events.map(({ name }) => name))
  expect(events[0]?.data).toMatchObject({
    message: { content: [], stop_reason: null, usage: { input_tokens: 9, output_tokens: 1 } },
  })
  expect(events[6]?.data).toMatchObject({
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { input_tokens: 9, output_tokens: 2, cache_read_input_tokens: 0 },
  })
})

async function rawEventsOf(params: MessageCreateParamsNonStreaming) {
  const response = await anthropic.messages.create({ ...params, stream: true }).asResponse()
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const frames = (await response.text()).split('\n\n')
  expect(frames.pop()).toBe('')
  return frames.map((frame) => {
    const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(frame) ?? []
    return { name, data: JSON.parse(data) as { type: string } }
  })
}

test('max_tokens cuts the answer off', async () => {
  const cut = await anthropic.messages.create(request('hi', { max_tokens: 5 }))
  expect(cut.stop_reason).toBe('max_tokens')
  expect(cut.usage.output_tokens).toBe(5)
})

test('a stop sequence ends the answer and is named', async () => {
  const params = request('one two three four', { model: 'echo' })
  const stopped = await anthropic.messages.create({ ...params, stop_sequences: ['four', ' three'] })
  expect(textOf(stopped.content)).toBe('one two')
  expect(stopped).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: ' three' })
})

test('a refusal is an answer without content', async () => {
  const message = await anthropic.messages.create(request('hi', { model: 'refuse' }))
  expect(message.content).toEqual([])
  expect(message.stop_reason).toBe('refusal')
  expect(message.stop_details).toMatchObject({ type: 'refusal' })
  expect(message.stop_details?.explanation).toContain('simulator')
})

test('an image is measured', async () => {
  const data =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  const message = await anthropic.messages.create({
    model: 'vision',
    max_tokens: 100,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
          { type: 'text', text: 'What is this?' },
        ],
      },
    ],
  })
  expect(textOf(message.content)).toContain('PNG, 1 × 1 pixels')
})

test('a JSON schema is answered with a valid instance', async () => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city', 'days'],
    additionalProperties: false,
  }
  const message = await anthropic.messages.create(
    request('Plan a trip.', { output_config: { format: { type: 'json_schema', schema } } }),
  )
  const isTrip = new Ajv2020({ strict: false }).compile(schema)
  expect(isTrip(JSON.parse(textOf(message.content)))).toBe(true)
})

// ── Tools ───────────────────────────────────────────────────────────────────────────────────────

function tool(name: string, properties: Record<string, unknown>): Tool {
  return {
    name,
    description: `Does ${name}.`,
    input_schema: { type: 'object', properties, required: Object.keys(properties) },
  }
}
const weather = tool('get_weather', { location: { type: 'string' } })
const time = tool('get_time', { zone: { type: 'string' } })
const withTools = (content: string, more: Partial<MessageCreateParamsNonStreaming> = {}) =>
  request(content, { model: 'tools', tools: [weather, time], ...more })

const callsIn = (content: readonly ContentBlock[]) =>
  content.flatMap((block) => (block.type === 'tool_use' ? [block] : []))

test('tools are called in parallel, their results go back in one message', async () => {
  const messages = ask('What is the weather in New York and in Tokyo?')
  const first = await anthropic.messages.create(withTools('', { messages }))
  expect(first.stop_reason).toBe('tool_use')
  const calls = callsIn(first.content)
  expect(calls.map(({ name, input }) => [name, input])).toEqual([
    ['get_weather', { location: 'New York' }],
    ['get_weather', { location: 'Tokyo' }],
  ])
  messages.push(
    { role: 'assistant', content: first.content },
    {
      role: 'user',
      content: calls.map(({ id }, at) => ({
        type: 'tool_result',
        tool_use_id: id,
        content: [{ type: 'text', text: `{"celsius":2${at}}` }],
      })),
    },
  )
  const second = await anthropic.messages.create(withTools('', { messages }))
  expect(second.stop_reason).toBe('end_turn')
  expect(textOf(second.content)).toContain('`get_weather`: {"celsius":20}')
  expect(textOf(second.content)).toContain('`get_weather`: {"celsius":21}')
})

test('streamed calls build up to the same as whole ones', async () => {
  const params = withTools('Weather in Rome and Oslo?')
  const whole = await anthropic.messages.create(params)
  expect(saidIn(await streamed(params))).toEqual(saidIn(whole))
})

/** The pieces of the arguments of the first call of a stream. */
async function piecesOf(params: MessageCreateParamsNonStreaming): Promise<string[]> {
  const events = await eventsOf(params)
  return events.flatMap((event) =>
    event.type === 'content_block_delta' && event.delta.type === 'input_json_delta'
      ? [event.delta.partial_json]
      : [],
  )
}

test('arguments come in pieces, the first of which is empty; no arguments are that one alone', async () => {
  const pieces = await piecesOf(withTools('Weather in Rome?'))
  expect(pieces[0]).toBe('')
  expect(pieces.length).toBeGreaterThan(2)
  expect(JSON.parse(pieces.join(''))).toEqual({ location: 'Rome' })
  const without = withTools('ping', { tools: [tool('ping', {})] })
  expect(await piecesOf(without)).toEqual([''])
  expect(callsIn((await streamed(without)).content)).toMatchObject([{ name: 'ping', input: {} }])
})

test('tool_choice decides whether, what and how often is called', async () => {
  const callsFor = async (tool_choice: MessageCreateParamsNonStreaming['tool_choice'] & object) => {
    const message = await anthropic.messages.create(
      withTools('Weather in Rome and Oslo?', { tool_choice }),
    )
    return callsIn(message.content).map(({ name, input }) => [name, Object.values(input as object)])
  }
  expect(await callsFor({ type: 'none' })).toEqual([])
  expect(await callsFor({ type: 'auto', disable_parallel_tool_use: true })).toEqual([
    ['get_weather', ['Rome']],
  ])
  expect(await callsFor({ type: 'any' })).toHaveLength(2)
  expect(await callsFor({ type: 'tool', name: 'get_time' })).toEqual([
    ['get_time', ['Rome']],
    ['get_time', ['Oslo']],
  ])
})

// ── Thinking ────────────────────────────────────────────────────────────────────────────────────

const thoughtsIn = (content: readonly ContentBlock[]) =>
  content.flatMap((block) => (block.type === 'thinking' ? [block] : []))

const thinkHard = (content: string, more: Partial<MessageCreateParamsNonStreaming> = {}) =>
  request(content, {
    model: 'reason',
    max_tokens: 8000,
    thinking: { type: 'enabled', budget_tokens: 2000 },
    tools: [weather],
    ...more,
  })

test('thoughts are signed, counted, and pass when they come back with what the tools returned', async () => {
  const messages = ask('What is the weather in Paris?')
  const first = await streamed(thinkHard('', { messages }))
  const [thought] = thoughtsIn(first.content)
  const [call] = callsIn(first.content)
  expect(thought?.thinking).toContain('What is the weather in Paris?')
  expect(thought?.signature).toMatch(/^[A-Za-z0-9+/]+=*$/)
  expect(first.usage.output_tokens_details?.thinking_tokens).toBeGreaterThan(5)
  messages.push(
    { role: 'assistant', content: first.content },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: '21 degrees' }],
    },
  )
  const second = await anthropic.messages.create(thinkHard('', { messages }))
  expect(textOf(second.content)).toContain('21 degrees')
})

test('without thinking, and on models that do not think, there are no thoughts', async () => {
  const silent = [
    request('Why?', { model: 'reason' }),
    request('Why?', { model: 'reason', thinking: { type: 'disabled' } }),
    request('Why?', { thinking: { type: 'adaptive' } }),
  ]
  for (const params of silent) {
    const { content, usage } = await anthropic.messages.create(params)
    expect(thoughtsIn(content)).toEqual([])
    expect(usage.output_tokens_details?.thinking_tokens).toBe(0)
  }
})

test('more effort and a larger budget think more', async () => {
  const tokensWith = async (more: Partial<MessageCreateParamsNonStreaming>) => {
    const params = request('Why?', { model: 'reason', max_tokens: 50_000, ...more })
    const { usage } = await streamed(params)
    return usage.output_tokens_details?.thinking_tokens ?? 0
  }
  const withEffort = (effort: 'low' | 'high') =>
    tokensWith({ thinking: { type: 'adaptive' }, output_config: { effort } })
  const withBudget = (budget_tokens: number) =>
    tokensWith({ thinking: { type: 'enabled', budget_tokens } })
  expect(await withEffort('high')).toBeGreaterThan(await withEffort('low'))
  expect(await withBudget(20_000)).toBeGreaterThan(await withBudget(1024))
})

test('thoughts that are left out have a signature that passes all the same', async () => {
  const params = request('Why?', {
    model: 'reason',
    thinking: { type: 'adaptive', display: 'omitted' },
  })
  const message = await anthropic.messages.create(params)
  const [thought] = thoughtsIn(message.content)
  expect(thought?.thinking).toBe('')
  expect(message.usage.output_tokens_details?.thinking_tokens).toBeGreaterThan(5)
  const again = await anthropic.messages.create({
    ...params,
    messages: [...ask('Why?'), { role: 'assistant', content: message.content }, ...ask('And?')],
  })
  expect(again.stop_reason).toBe('end_turn')
})

test.each([
  ['thoughts that were changed', { thinking: 'Something else.' }],
  ['another signature', { signature: 'c2lnbmF0dXJl' }],
])('%s are refused', async (_name, change) => {
  const params = request('Why?', { model: 'reason', thinking: { type: 'adaptive' } })
  const { content } = await anthropic.messages.create(params)
  const changed = content.map((block) =>
    block.type === 'thinking' ? { ...block, ...change } : block,
  )
  const messages: MessageParam[] = [
    ...ask('Why?'),
    { role: 'assistant', content: changed },
    ...ask('And?'),
  ]
  const thrown = await anthropic.messages.create({ ...params, messages }).catch((error) => error)
  expect(thrown).toBeInstanceOf(BadRequestError)
  expect(String(thrown)).toContain('messages.1.content.0: Invalid `signature` in `thinking` block')
})

// ── Caching ─────────────────────────────────────────────────────────────────────────────────────

test('what is marked is written first and read later, and input_tokens is the rest', async () => {
  const system = [
    {
      type: 'text' as const,
      text: 'word '.repeat(2000),
      cache_control: { type: 'ephemeral' as const, ttl: '1h' as const },
    },
  ]
  const messages = ask('hi')
  const total = await anthropic.messages.countTokens({ model: 'chat', system, messages })
  const first = await anthropic.messages.create(request('hi', { system }))
  const written = first.usage.cache_creation_input_tokens ?? 0
  expect(written).toBeGreaterThan(2000)
  expect(first.usage.cache_read_input_tokens).toBe(0)
  expect(first.usage.cache_creation).toEqual({
    ephemeral_5m_input_tokens: 0,
    ephemeral_1h_input_tokens: written,
  })
  expect(first.usage.input_tokens).toBe(total.input_tokens - written)
  messages.push({ role: 'assistant', content: first.content }, ...ask('And now?'))
  const second = await anthropic.messages.create(request('', { system, messages }))
  expect(second.usage.cache_read_input_tokens).toBe(written)
  expect(second.usage.cache_creation_input_tokens).toBe(0)
})

test('cached always reports reads, and writes of both lifetimes', async () => {
  const messages = ask('How are you?')
  const { usage } = await streamed(request('', { model: 'cached', messages }))
  const total = await anthropic.messages.countTokens({ model: 'cached', messages })
  const { cache_creation, cache_creation_input_tokens = 0, cache_read_input_tokens = 0 } = usage
  expect(cache_creation?.ephemeral_5m_input_tokens).toBeGreaterThan(0)
  expect(cache_creation?.ephemeral_1h_input_tokens).toBeGreaterThan(0)
  const sum =
    usage.input_tokens + (cache_creation_input_tokens ?? 0) + (cache_read_input_tokens ?? 0)
  expect(sum).toBe(total.input_tokens)
})

// ── Counting, models, headers ───────────────────────────────────────────────────────────────────

test('counting tokens gives what a message is charged for', async () => {
  const params = { model: 'tools', messages: ask('Weather?'), tools: [weather], system: 'Hi.' }
  const { input_tokens } = await anthropic.messages.countTokens(params)
  const message = await anthropic.messages.create({ ...params, max_tokens: 10 })
  expect(input_tokens).toBe(message.usage.input_tokens)
})

test('models are listed in pages, and retrieved', async () => {
  const ids: string[] = []
  for await (const { id, type } of anthropic.models.list({ limit: 3 })) {
    expect(type).toBe('model')
    ids.push(id)
  }
  const talking = simulator.models.filter(({ operations }) => operations.includes('chat'))
  expect(ids).toEqual(talking.map(({ id }) => id))
  const before = await anthropic.models.list({ limit: 2, before_id: 'vision' })
  expect(before.data.map(({ id }) => id)).toEqual(['reason', 'tools'])
  expect(before.has_more).toBe(true)
  const one = await anthropic.models.retrieve('reason')
  expect(one).toMatchObject({ id: 'reason', type: 'model', max_tokens: 128_000 })
  expect(Date.parse(one.created_at)).toBeGreaterThan(0)
})

test('headers tell the request id and the rate limits', async () => {
  const { response } = await anthropic.messages.create(request('hi')).withResponse()
  const names = ['requests', 'tokens', 'input-tokens', 'output-tokens'].flatMap((unit) =>
    ['limit', 'remaining', 'reset'].map((what) => `anthropic-ratelimit-${unit}-${what}`),
  )
  expect(names.filter((name) => !response.headers.has(name))).toEqual([])
  expect(response.headers.get('anthropic-ratelimit-tokens-reset')).toMatch(/^[\d-]+T[\d:]+Z$/)
  expect(response.headers.get('request-id')).toMatch(/^req_/)
})

// ── Errors ──────────────────────────────────────────────────────────────────────────────────────

test.each([
  ['error-401', AuthenticationError, 401, 'authentication_error'],
  ['error-429', RateLimitError, 429, 'rate_limit_error'],
  ['error-500', InternalServerError, 500, 'api_error'],
  ['no-such-model', NotFoundError, 404, 'not_found_error'],
  ['embed-256', BadRequestError, 400, 'invalid_request_error'],
])('%s throws the error class of its status', async (model, errorClass, status, type) => {
  const thrown = await anthropic.messages.create(request('hi', { model })).catch((error) => error)
  expect(thrown).toBeInstanceOf(errorClass)
  expect(thrown).toMatchObject({ status, error: { type: 'error', error: { type } } })
  const { requestID, error } = thrown as APIError
  expect(requestID).toMatch(/^req_/)
  expect(error).toMatchObject({ request_id: requestID })
})

test('a 429 says when to come back', async () => {
  simulator.script('rate-limited')
  const thrown = await anthropic.messages.create(request('hi')).catch((error) => error)
  expect(thrown.headers.get('retry-after')).toBe('2')
})

test('529 is told as overloaded, an empty account as a limit of its own', async () => {
  simulator.script(['overloaded', 'quota-exhausted', 'context-length'])
  const failure = () => anthropic.messages.create(request('hi')).catch((error) => error)
  expect(await failure()).toMatchObject({ status: 529, type: 'overloaded_error' })
  expect(await failure()).toMatchObject({
    status: 429,
    error: { error: { details: { error_code: 'enforced_spend_limit_reached' } } },
  })
  expect(String(await failure())).toContain('prompt is too long')
})

test('an error in the middle of a stream ends it, with the id of the request', async () => {
  simulator.script('overloaded-event')
  const stream = anthropic.messages.stream(request('hi'))
  const thrown = await stream.finalMessage().catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(APIError)
  expect(thrown).toMatchObject({
    error: { type: 'error', error: { type: 'overloaded_error' }, request_id: stream.request_id },
  })
})

test('a stream that lacks its last event is told from one that broke off', async () => {
  simulator.script('no-done')
  const events = await rawEventsOf(request('hi'))
  expect(events.at(-1)?.name).toBe('message_delta')
  simulator.script('close-mid-stream')
  await expect(streamed(request('hi'))).rejects.toThrow()
})

test.each<FaultName>(['crlf', 'comments', 'split-utf8', 'many-headers'])(
  'a stream that is awkward to read is complete: %s',
  async (fault) => {
    const params = request('Why?', { model: 'reason', thinking: { type: 'adaptive' } })
    const well = await streamed(params)
    simulator.script(fault)
    const message = await streamed(params)
    expect(thoughtsIn(message.content)).toEqual(thoughtsIn(well.content))
    expect(textOf(message.content).startsWith(textOf(well.content))).toBe(true)
    expect(message.usage).toEqual(well.usage)
  },
)

test('a stream that the caller leaves is seen', async () => {
  simulator.script('stall')
  const left = simulator.nextAbort()
  const stream = anthropic.messages.stream(request('hi'))
  stream.on('text', () => stream.abort())
  await expect(stream.finalMessage()).rejects.toBeInstanceOf(APIUserAbortError)
  expect(await left).toMatchObject({ path: '/v1/messages', state: 'aborted' })
})

test('with requireKey both headers are read, and x-api-key wins', async () => {
  const guarded = await createSimulator({ requireKey: 'sk-right' }).listen()
  const statusWith = async (keys: Record<string, string>) => {
    const headers = { 'anthropic-version': '2026-10-21', ...keys }
    const reply = await exchange(guarded.url, { method: 'GET', path: '/v1/models', headers })
    return [reply.status, JSON.parse(bodyTextOf(reply)).error?.message]
  }
  const refused = [401, 'invalid x-api-key']
  expect(await statusWith({})).toEqual([401, 'x-api-key header is required'])
  expect(await statusWith({ 'x-api-key': 'sk-right' })).toEqual([200, undefined])
  expect(await statusWith({ authorization: 'Bearer sk-right' })).toEqual([200, undefined])
  const both = { 'x-api-key': 'sk-wrong', authorization: 'Bearer sk-right' }
  expect(await statusWith(both)).toEqual(refused)
  await guarded.close()
})
