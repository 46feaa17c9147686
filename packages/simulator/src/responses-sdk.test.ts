import { Ajv2020 } from 'ajv/dist/2020.js'
import OpenAI, { AuthenticationError, BadRequestError, NotFoundError, RateLimitError } from 'openai'
import type { ResponseStreamParams } from 'openai/lib/responses/ResponseStream'
import type {
  FunctionTool,
  ResponseCreateParamsNonStreaming,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSimulator } from './simulator.ts'

const simulator = createSimulator({ seed: 7 })
let listening: Awaited<ReturnType<typeof simulator.listen>>
let openai: OpenAI

beforeAll(async () => {
  listening = await simulator.listen()
  openai = new OpenAI({ baseURL: `${listening.url}/v1`, apiKey: 'sk-test', maxRetries: 0 })
})
afterAll(() => listening.close())

async function eventsOf(request: ResponseCreateParamsNonStreaming) {
  const events: ResponseStreamEvent[] = []
  for await (const event of await openai.responses.create({ ...request, stream: true })) {
    events.push(event)
  }
  return events
}

/** The types in order, those that follow each other once. */
function typesOf(events: readonly ResponseStreamEvent[]): string[] {
  const types = events.map(({ type }) => type.replace('response.', ''))
  return types.filter((type, at) => type !== types[at - 1])
}

async function refusalOf(body: object): Promise<unknown> {
  try {
    await openai.post('/responses', { body })
  } catch (error) {
    return error
  }
  return undefined
}

function tool(name: string, properties: Record<string, unknown>): FunctionTool {
  const parameters = {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  }
  return { type: 'function', name, description: `Does ${name}.`, strict: true, parameters }
}
const weather = tool('get_weather', { location: { type: 'string' } })

const question = 'What are the weather and the time in Rome and Oslo?'

const callsIn = (output: readonly ResponseOutputItem[]) =>
  output.flatMap((item) => (item.type === 'function_call' ? [item] : []))

test('a text is answered with one message, its tokens counted', async () => {
  const response = await openai.responses.create({
    model: 'chat',
    instructions: 'Be a pirate.',
    input: 'How do I add a provider?',
    metadata: { trace: '7' },
  })
  expect(response.output_text).toContain('How do I add a provider?')
  expect(response.output_text).toContain('Be a pirate.')
  expect(response).toMatchObject({
    object: 'response',
    status: 'completed',
    error: null,
    incomplete_details: null,
    instructions: 'Be a pirate.',
    metadata: { trace: '7' },
    store: true,
    output: [{ type: 'message', role: 'assistant', status: 'completed' }],
  })
  const { usage } = response
  expect(usage?.total_tokens).toBe((usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0))
  expect(usage?.output_tokens_details.reasoning_tokens).toBe(0)
  expect(response._request_id).toMatch(/^req_/)
})

test('a stream ends in the response a whole answer is', async () => {
  const request = { model: 'chat', input: 'What is a gateway?' }
  const whole = await openai.responses.create(request)
  const streamed = await openai.responses.stream(request).finalResponse()
  expect(streamed.output_text).toBe(whole.output_text)
  expect(streamed.usage).toEqual(whole.usage)
  expect(streamed.status).toBe('completed')
})

test('the events of a message come in order', async () => {
  const events = await eventsOf({ model: 'echo', input: 'one two three' })
  expect(typesOf(events)).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'completed',
  ])
  expect(events[0]).toMatchObject({
    response: { status: 'in_progress', output: [], usage: null },
  })
  expect(events.find(({ type }) => type === 'response.output_text.done')).toMatchObject({
    text: 'one two three',
  })
})

test.each<ResponseCreateParamsNonStreaming>([
  { model: 'chat', input: question },
  { model: 'chat', input: question, max_output_tokens: 16 },
  { model: 'reason', input: question, reasoning: { summary: 'auto' } },
  { model: 'reason', input: question, tools: [weather] },
  { model: 'tools', input: question, tools: [weather, { type: 'custom', name: 'time' }] },
  { model: 'refuse', input: question },
])('the events of %j are numbered from 0 and build up to the last', async (request) => {
  const events = await eventsOf(request)
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at))
  const done = events.flatMap((event) =>
    event.type === 'response.output_item.done' ? [event.item] : [],
  )
  const ends = events.flatMap((event) =>
    event.type === 'response.completed' || event.type === 'response.incomplete' ? [event] : [],
  )
  expect(ends).toEqual([events.at(-1)])
  expect(ends[0]?.response.output).toEqual(done)
  const final = await openai.responses.stream(request as ResponseStreamParams).finalResponse()
  const kindsOf = (items: readonly ResponseOutputItem[]) => items.map(({ type }) => type)
  expect(kindsOf(final.output)).toEqual(kindsOf(done))
})

test('max_output_tokens leaves the response incomplete', async () => {
  const request = { model: 'chat', input: 'hi', max_output_tokens: 16 }
  expect(await openai.responses.create(request)).toMatchObject({
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
    output: [{ status: 'incomplete' }],
    usage: { output_tokens: 16 },
  })
  expect((await eventsOf(request)).at(-1)?.type).toBe('response.incomplete')
})

test('a response cut off while it thinks has no message', async () => {
  const response = await openai.responses.create({
    model: 'reason',
    input: 'Why?',
    max_output_tokens: 16,
  })
  expect(response.output.map(({ type }) => type)).toEqual(['reasoning'])
  expect(response.status).toBe('incomplete')
})

test('a stored response carries the conversation on, without its instructions', async () => {
  const first = await openai.responses.create({
    model: 'echo',
    instructions: 'Remember this.',
    input: 'one',
  })
  const counted = await openai.responses.inputTokens.count({
    model: 'echo',
    previous_response_id: first.id,
    input: 'two',
  })
  const second = await openai.responses.create({
    model: 'echo',
    previous_response_id: first.id,
    input: 'two',
  })
  const spelledOut = await openai.responses.create({
    model: 'echo',
    input: [
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'one' },
      { role: 'user', content: 'two' },
    ],
  })
  expect(second.previous_response_id).toBe(first.id)
  expect(second.usage?.input_tokens).toBe(spelledOut.usage?.input_tokens)
  expect(counted).toMatchObject({
    object: 'response.input_tokens',
    input_tokens: second.usage?.input_tokens,
  })
  expect(second.instructions).toBeNull()
})

test('a response can be fetched and deleted, and is gone then', async () => {
  const created = await openai.responses.create({ model: 'chat', input: 'hi' })
  const fetched = await openai.responses.retrieve(created.id)
  expect(fetched.output).toEqual(created.output)
  await openai.responses.delete(created.id)
  await expect(openai.responses.retrieve(created.id)).rejects.toBeInstanceOf(NotFoundError)
  const next = { model: 'chat', input: 'hi', previous_response_id: created.id }
  expect(await refusalOf(next)).toMatchObject({ status: 400, code: 'previous_response_not_found' })
})

test('store: false keeps nothing', async () => {
  const created = await openai.responses.create({ model: 'chat', input: 'hi', store: false })
  expect(created).toMatchObject({ store: false })
  await expect(openai.responses.retrieve(created.id)).rejects.toBeInstanceOf(NotFoundError)
  expect(
    await refusalOf({ model: 'chat', input: 'hi', previous_response_id: created.id }),
  ).toMatchObject({ status: 400, code: 'previous_response_not_found' })
  const reference = { type: 'item_reference', id: created.output[0]?.id }
  expect(await refusalOf({ model: 'chat', input: [reference] })).toMatchObject({ status: 404 })
})

test('an item reference stands for the stored item', async () => {
  const first = await openai.responses.create({ model: 'echo', input: 'one' })
  const referring = await openai.responses.create({
    model: 'echo',
    input: [
      { role: 'user', content: 'one' },
      { type: 'item_reference', id: first.output[0]?.id ?? '' },
      { role: 'user', content: 'two' },
    ],
  })
  const chained = await openai.responses.create({
    model: 'echo',
    previous_response_id: first.id,
    input: 'two',
  })
  expect(referring.usage?.input_tokens).toBe(chained.usage?.input_tokens)
})

test('reasoning is told in a summary only when it is asked for', async () => {
  const request = { model: 'reason', input: 'Why?' }
  const silent = await openai.responses.create(request)
  expect(silent.output.map(({ type }) => type)).toEqual(['reasoning', 'message'])
  expect(silent.output[0]).toMatchObject({ summary: [] })
  expect(silent.output[0]).not.toHaveProperty('encrypted_content')
  const told = await openai.responses.create({ ...request, reasoning: { summary: 'auto' } })
  expect(told.output[0]).toMatchObject({
    summary: [{ type: 'summary_text', text: expect.stringContaining('Why?') }],
  })
  const without = await openai.responses.create({ ...request, reasoning: { effort: 'none' } })
  expect(without.output.map(({ type }) => type)).toEqual(['message'])
})

test('a streamed summary comes before the message', async () => {
  const events = await eventsOf({
    model: 'reason',
    input: 'Why?',
    reasoning: { summary: 'detailed' },
    include: ['reasoning.encrypted_content'],
  })
  expect(typesOf(events)).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'reasoning_summary_part.added',
    'reasoning_summary_text.delta',
    'reasoning_summary_text.done',
    'reasoning_summary_part.done',
    'output_item.done',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'completed',
  ])
  expect(events.find(({ type }) => type === 'response.output_item.done')).toMatchObject({
    item: { type: 'reasoning', encrypted_content: expect.stringMatching(/^\S+$/) },
  })
})

test('encrypted reasoning comes back with the tool output, and is refused when altered', async () => {
  const input: ResponseInputItem[] = [{ role: 'user', content: 'What is the weather in Paris?' }]
  const request = {
    model: 'reason',
    tools: [weather],
    store: false,
    include: ['reasoning.encrypted_content' as const],
  }
  const first = await openai.responses.create({ ...request, input })
  expect(first.output.map(({ type }) => type)).toEqual(['reasoning', 'function_call'])
  const outputs = callsIn(first.output).map(({ call_id }) => ({
    type: 'function_call_output' as const,
    call_id,
    output: '{"celsius":21}',
  }))
  // What comes out of one request goes into the next as it is.
  const replayed = [...input, ...(first.output as ResponseInputItem[]), ...outputs]
  const second = await openai.responses.create({ ...request, input: replayed })
  expect(second.output_text).toContain('`get_weather`: {"celsius":21}')
  const altered = replayed.map((item) =>
    'encrypted_content' in item ? { ...item, encrypted_content: 'b3BhcXVl' } : item,
  )
  expect(await refusalOf({ ...request, input: altered })).toMatchObject({
    status: 400,
    code: 'invalid_encrypted_content',
    param: 'input[1]',
  })
  const bare = replayed.map((item) =>
    'encrypted_content' in item ? { ...item, encrypted_content: null } : item,
  )
  expect(await refusalOf({ ...request, input: bare })).toMatchObject({ status: 404 })
})

test('several calls are several items, streamed one after the other', async () => {
  const request = { model: 'tools', input: 'Weather in Rome and Oslo?', tools: [weather] }
  const whole = await openai.responses.create(request)
  const argumentsIn = (output: readonly ResponseOutputItem[]) =>
    callsIn(output).map((call) => JSON.parse(call.arguments).location)
  expect(argumentsIn(whole.output)).toEqual(['Rome', 'Oslo'])
  const streamed = await openai.responses.stream(request).finalResponse()
  expect(argumentsIn(streamed.output)).toEqual(['Rome', 'Oslo'])
  expect(new Set(callsIn(streamed.output).map(({ call_id }) => call_id)).size).toBe(2)
  const one = await openai.responses.create({ ...request, parallel_tool_calls: false })
  expect(argumentsIn(one.output)).toEqual(['Rome'])
  expect(typesOf(await eventsOf({ ...request, parallel_tool_calls: false }))).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done',
    'completed',
  ])
})

test('a tool output may be parts, and follows its call through a chain', async () => {
  const first = await openai.responses.create({
    model: 'tools',
    input: 'What is the weather in Paris?',
    tools: [weather],
  })
  const [call] = callsIn(first.output)
  const second = await openai.responses.create({
    model: 'tools',
    previous_response_id: first.id,
    input: [
      {
        type: 'function_call_output',
        call_id: call?.call_id ?? '',
        output: [{ type: 'input_text', text: 'sunny' }],
      },
    ],
    tools: [weather],
  })
  expect(second.output_text).toContain('`get_weather`: sunny')
})

test('a custom tool gets text, and answers with text', async () => {
  const request = {
    model: 'tools',
    input: 'Run the shell: ls',
    tools: [{ type: 'custom' as const, name: 'shell' }],
  }
  const first = await openai.responses.stream(request).finalResponse()
  expect(first.output).toMatchObject([
    { type: 'custom_tool_call', name: 'shell', input: 'Run the shell: ls' },
  ])
  const [call] = first.output
  const second = await openai.responses.create({
    ...request,
    previous_response_id: first.id,
    input: [
      {
        type: 'custom_tool_call_output',
        call_id: call?.type === 'custom_tool_call' ? call.call_id : '',
        output: 'README.md',
      },
    ],
  })
  expect(second.output_text).toContain('`shell`: README.md')
})

test('tool_choice decides what is called', async () => {
  const time = tool('get_time', { zone: { type: 'string' } })
  const namesFor = async (
    tool_choice: NonNullable<ResponseCreateParamsNonStreaming['tool_choice']>,
  ) => {
    const input = 'The weather and the time in Rome?'
    const tools = [weather, time]
    const { output } = await openai.responses.create({ model: 'tools', input, tools, tool_choice })
    return callsIn(output).map(({ name }) => name)
  }
  expect(await namesFor('none')).toEqual([])
  expect(await namesFor({ type: 'function', name: 'get_time' })).toEqual(['get_time'])
  expect(
    await namesFor({
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'function', name: 'get_weather' }],
    }),
  ).toEqual(['get_weather'])
})

test('a strict schema is answered with an instance of it', async () => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: ['integer', 'null'] } },
    required: ['city', 'days'],
    additionalProperties: false,
  }
  const format = { type: 'json_schema' as const, name: 'trip', strict: true, schema }
  const parsed = await openai.responses.parse<
    ResponseCreateParamsNonStreaming,
    { city: string; days: number }
  >({ model: 'chat', input: 'Plan a trip.', text: { format } })
  expect(parsed.text).toMatchObject({ format })
  expect(new Ajv2020().compile(schema)(parsed.output_parsed)).toBe(true)
})

test('a refusal is a part of its own, whole and streamed', async () => {
  const request = { model: 'refuse', input: 'Do it.' }
  const whole = await openai.responses.create(request)
  expect(whole).toMatchObject({
    status: 'completed',
    output: [{ content: [{ type: 'refusal', refusal: expect.stringMatching(/\S/) }] }],
  })
  const events = await eventsOf(request)
  expect(typesOf(events)).toContain('refusal.delta')
  const final = events.at(-1)
  expect(final?.type === 'response.completed' && final.response.output).toMatchObject(
    whole.output.map((item) => ({ ...item, id: expect.any(String) })),
  )
})

test('log-probabilities come when they are included', async () => {
  const request = {
    model: 'echo',
    input: 'one two',
    include: ['message.output_text.logprobs' as const],
    top_logprobs: 2,
  }
  const whole = await openai.responses.create(request)
  expect(whole.output).toMatchObject([
    {
      content: [
        {
          logprobs: [
            { token: 'one', top_logprobs: [{ token: 'one' }, {}] },
            { token: ' two', top_logprobs: [{ token: ' two' }, {}] },
          ],
        },
      ],
    },
  ])
  const deltas = (await eventsOf(request)).flatMap((event) =>
    event.type === 'response.output_text.delta' ? event.logprobs : [],
  )
  expect(deltas.map(({ token }) => token)).toEqual(['one', ' two'])
})

test.each<[string, string | null, object]>([
  ['stop', 'unknown_parameter', { stop: ['x'] }],
  ['n', 'unknown_parameter', { n: 2 }],
  ['messages', 'unknown_parameter', { messages: [] }],
  [
    'input[0].content[0].image',
    'unknown_parameter',
    {
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'x', image: 1 }] }],
    },
  ],
  ['input', null, { input: undefined }],
  ['input[0].type', null, { input: [{ type: 'banana' }] }],
  [
    'input[0].content[0].type',
    null,
    {
      input: [{ role: 'user', content: [{ type: 'output_text', text: 'x' }] }],
    },
  ],
  ['input', null, { input: [{ type: 'function_call_output', call_id: 'c', output: 'x' }] }],
  [
    'input',
    null,
    {
      input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }],
    },
  ],
  ['tools[0].name', null, { tools: [{ type: 'function', function: { name: 'f' } }] }],
  [
    'tools[0].parameters',
    'invalid_function_parameters',
    {
      tools: [{ type: 'function', name: 'f', strict: true, parameters: { type: 'object' } }],
    },
  ],
  [
    'text.format.schema',
    'invalid_json_schema',
    {
      text: {
        format: {
          type: 'json_schema',
          name: 'trip',
          strict: true,
          schema: {
            type: 'object',
            properties: { a: { type: 'string' } },
            required: [],
            additionalProperties: false,
          },
        },
      },
    },
  ],
  ['text.json_schema', 'unknown_parameter', { text: { json_schema: {} } }],
  ['include[0]', null, { include: ['everything'] }],
  ['max_output_tokens', null, { max_output_tokens: 0 }],
  ['temperature', 'unsupported_parameter', { model: 'reason', temperature: 1 }],
  ['top_p', 'unsupported_parameter', { model: 'reason', top_p: 0.5 }],
  ['background', 'unsupported_parameter', { background: true }],
])('a bad %s is 400 and named', async (param, code, more) => {
  const error = await refusalOf({ model: 'chat', input: 'hi', ...more })
  expect(error).toBeInstanceOf(BadRequestError)
  expect(error).toMatchObject({ param, code, type: 'invalid_request_error' })
})

test('sampling is taken where nothing is thought', async () => {
  const response = await openai.responses.create({
    model: 'reason',
    input: 'hi',
    reasoning: { effort: 'none' },
    temperature: 0.5,
  })
  expect(response.temperature).toBe(0.5)
})

test('errors are those of the other endpoints', async () => {
  const unknown = await refusalOf({ model: 'gone', input: 'hi' })
  expect(unknown).toBeInstanceOf(NotFoundError)
  expect(unknown).toMatchObject({ code: 'model_not_found' })
  simulator.script('rate-limited')
  expect(await refusalOf({ model: 'chat', input: 'hi' })).toBeInstanceOf(RateLimitError)
  simulator.script('unauthorized')
  expect(await refusalOf({ model: 'chat', input: 'hi' })).toBeInstanceOf(AuthenticationError)
})

test('an error in a stream is its last event, numbered like the others', async () => {
  simulator.script('error-event')
  const reply = await fetch(`${listening.url}/v1/responses`, {
    method: 'POST',
    body: JSON.stringify({ model: 'chat', input: 'hi', stream: true }),
  })
  const frames = (await reply.text()).split('\n\n')
  expect(frames.pop()).toBe('')
  const last = frames.pop() ?? ''
  expect(last).toMatch(/^event: error\n/)
  expect(JSON.parse(last.split('\ndata: ')[1] ?? '')).toMatchObject({
    type: 'error',
    sequence_number: frames.length,
    code: 'server_error',
    param: null,
  })
})
