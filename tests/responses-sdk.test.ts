// OpenAI's Responses API through the official `openai` package against a hub, over a provider of each
// dialect. What is stored: responses-stored.test.ts.
import OpenAI from 'openai'
import type {
  FunctionTool,
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey } from './hub.ts'
import { type Lab, personSchema, pixels, startLab, voices, weatherSchema } from './voices.ts'

let lab: Lab

beforeAll(async () => {
  lab = await startLab()
})

afterAll(() => lab.close())

const client = (apiKey = adminKey) =>
  new OpenAI({ baseURL: lab.hub.baseURL, apiKey, maxRetries: 0 })

type Params = ResponseCreateParamsNonStreaming

const create = (params: Params): Promise<Response> => client().responses.create(params)
const streamed = (params: Params): Promise<Response> =>
  client()
    .responses.stream({ ...params, stream: true })
    .finalResponse()

async function eventsOf(params: Params): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = []
  for await (const event of await client().responses.create({ ...params, stream: true })) {
    events.push(event)
  }
  return events
}

/** The items of the last event. Those of `finalResponse()` hold fields that OpenAI does not take back. */
async function streamedOutput(params: Params): Promise<ResponseOutputItem[]> {
  const last = (await eventsOf(params)).at(-1)
  return last?.type === 'response.completed' ? last.response.output : []
}

const wholeOutput = async (params: Params) => (await create(params)).output

const textOf = (output: readonly ResponseOutputItem[]) =>
  output
    .flatMap((item) => (item.type === 'message' ? item.content : []))
    .map((part) => (part.type === 'output_text' ? part.text : ''))
    .join('')

const weather: FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather in a city',
  strict: true,
  parameters: weatherSchema,
}

const callsIn = (output: readonly ResponseOutputItem[]) =>
  output.flatMap((item) => (item.type === 'function_call' ? [item] : []))

const argumentsIn = (output: readonly ResponseOutputItem[]) =>
  callsIn(output).map((call) => JSON.parse(call.arguments))

/** Answers are input as they are, though not to the letter of the SDK's types. */
const backAgain = (output: readonly ResponseOutputItem[]) => output as ResponseInputItem[]

/** A response apart from what is new every time. */
function saidIn({ output, output_text, status, incomplete_details, usage }: Response) {
  return {
    items: output.map(({ type }) => type),
    output_text,
    calls: argumentsIn(output),
    summaries: output.flatMap((item) =>
      item.type === 'reasoning' ? item.summary.map(({ text }) => text).join('') : [],
    ),
    status,
    incomplete_details,
    total: usage?.total_tokens,
  }
}

const outputsFor = (
  output: readonly ResponseOutputItem[],
  texts: readonly string[],
): ResponseInputItem[] =>
  callsIn(output).map(({ call_id }, at) => ({
    type: 'function_call_output',
    call_id,
    output: texts[at] ?? '',
  }))

describe.each(voices)('through the provider %s', (provider) => {
  const model = (name: string) => `${provider}/${name}`

  test('a response comes whole, with usage and OpenAI’s headers', async () => {
    const params = { model: model('chat'), instructions: 'Be a pirate.', input: 'Who are you?' }
    const { data, response } = await client().responses.create(params).withResponse()
    expect(data).toMatchObject({
      object: 'response',
      status: 'completed',
      error: null,
      incomplete_details: null,
      instructions: 'Be a pirate.',
      output: [{ type: 'message', role: 'assistant', status: 'completed' }],
    })
    expect(data.id).toMatch(/^resp_/)
    expect(data.output_text).toContain('Who are you?')
    expect(data.output_text).toContain('Be a pirate.')
    const { input_tokens = 0, output_tokens = 0, total_tokens } = data.usage ?? {}
    expect(input_tokens).toBeGreaterThan(10)
    expect(output_tokens).toBeGreaterThan(10)
    expect(total_tokens).toBe(input_tokens + output_tokens)
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    expect(response.headers.get('x-hub-provider')).toBe(provider)
    expect(response.headers.get('openai-processing-ms')).toMatch(/^\d+$/)
  })

  test.each<[string, Partial<Params>]>([
    ['chat', {}],
    ['chat', { max_output_tokens: 20 }],
    ['refuse', {}],
    ['tools', { tools: [weather] }],
    ['reason', { reasoning: { effort: 'low', summary: 'auto' } }],
  ])('a stream ends in the whole answer of %s, %j', async (name, more) => {
    const params = { model: model(name), input: 'Tell me the weather in Rome and Oslo.', ...more }
    expect(saidIn(await streamed(params))).toEqual(saidIn(await create(params)))
  })

  test('the events of a stream begin, end and count as they should', async () => {
    const events = await eventsOf({ model: model('echo'), input: 'one two three' })
    expect(events.slice(0, 2).map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
    ])
    expect(events.at(-1)?.type).toBe('response.completed')
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at))
    const ids = events.flatMap((event) => ('response' in event ? [event.response.id] : []))
    expect(new Set(ids).size).toBe(1)
    const text = events
      .map((event) => (event.type === 'response.output_text.delta' ? event.delta : ''))
      .join('')
    expect(text).toBe('one two three')
  })

  test.each([
    ['whole', wholeOutput],
    ['streamed', streamedOutput],
  ])('functions are called in parallel and their results answered: %s', async (_, send) => {
    const input: ResponseInputItem[] = [
      { role: 'user', content: 'What is the weather in Paris and in Tokyo?' },
    ]
    const params = { model: model('tools'), tools: [weather], store: false }
    const asked = await send({ ...params, input })
    expect(argumentsIn(asked)).toEqual([{ city: 'Paris' }, { city: 'Tokyo' }])
    expect(new Set(callsIn(asked).map(({ call_id }) => call_id)).size).toBe(2)
    const results = outputsFor(asked, ['21 degrees', '9 degrees'])
    const answered = await send({ ...params, input: [...input, ...backAgain(asked), ...results] })
    expect(textOf(answered)).toMatch(/get_weather.*21 degrees[\s\S]*get_weather.*9 degrees/)
  })

  test('a function can be forced, and all forbidden', async () => {
    const callsFor = async (tool_choice: Params['tool_choice'] & {}) => {
      const input = 'Weather in Rome?'
      const params = { model: model('tools'), input, tools: [weather], tool_choice }
      return callsIn((await create(params)).output).length
    }
    expect(await callsFor({ type: 'function', name: 'get_weather' })).toBe(1)
    expect(await callsFor('required')).toBe(1)
    expect(await callsFor('none')).toBe(0)
  })

  test('a structured answer is parsed', async () => {
    const { output_parsed } = await client().responses.parse({
      model: model('chat'),
      input: 'A person, please.',
      text: { format: { type: 'json_schema', name: 'person', strict: true, schema: personSchema } },
    })
    expect(output_parsed).toEqual({ name: expect.any(String), age: expect.any(Number) })
  })

  test('an image is seen', async () => {
    const { output_text } = await create({
      model: model('vision'),
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is this?' },
            {
              type: 'input_image',
              detail: 'auto',
              image_url: `data:image/png;base64,${pixels}`,
            },
          ],
        },
      ],
    })
    expect(output_text).toMatch(/3\D+2/)
  })

  test('thoughts come before the answer, shown when they are asked for', async () => {
    const { output } = await create({
      model: model('reason'),
      input: 'Why?',
      reasoning: { effort: 'medium', summary: 'auto' },
    })
    expect(output.map(({ type }) => type)).toEqual(['reasoning', 'message'])
    expect(JSON.stringify(output[0])).toContain('The question is')
  })

  test.each([
    ['whole', wholeOutput],
    ['streamed', streamedOutput],
  ])('thoughts go back with what the functions returned, unstored: %s', async (_, send) => {
    const input: ResponseInputItem[] = [{ role: 'user', content: 'What is the weather in Paris?' }]
    const params: Params = {
      model: model('reason'),
      tools: [weather],
      reasoning: { effort: 'medium', summary: 'auto' },
      store: false,
      include: ['reasoning.encrypted_content'],
    }
    const first = await send({ ...params, input })
    expect(first[0]?.type).toBe('reasoning')
    expect(callsIn(first)).toHaveLength(1)
    const results = outputsFor(first, ['21 degrees'])
    const second = await send({ ...params, input: [...input, ...backAgain(first), ...results] })
    expect(textOf(second)).toContain('21 degrees')
  })

  test('a limit leaves the response incomplete', async () => {
    const params = { model: model('chat'), input: 'Hi', max_output_tokens: 20 }
    expect(await create(params)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: { output_tokens: 20 },
    })
    expect((await eventsOf(params)).at(-1)?.type).toBe('response.incomplete')
  })

  test('errors of the provider keep their class', async () => {
    const fail = (name: string) => create({ model: model(name), input: 'Hi' })
    await expect(fail('error-429')).rejects.toMatchObject({
      constructor: OpenAI.RateLimitError,
      status: 429,
    })
    await expect(fail('busy')).rejects.toMatchObject({
      constructor: OpenAI.InternalServerError,
      code: 'upstream_overloaded',
    })
    await expect(fail('error-401')).rejects.toMatchObject({
      status: 502,
      code: 'credential_rejected',
    })
    await expect(fail('gone')).rejects.toMatchObject({ constructor: OpenAI.NotFoundError })
  })

  test('a stream that dies half-way ends with one error event, never like an answer', async () => {
    const params = { model: model('midstream'), input: 'Hi', stream: true } as const
    const response = await client().responses.create(params).asResponse()
    const names = [...(await response.text()).matchAll(/^event: (\S+)$/gm)].map(([, name]) => name)
    expect(names[0]).toBe('response.created')
    expect(names.filter((name) => name === 'error' || name === 'response.failed')).toHaveLength(1)
    expect(['error', 'response.failed']).toContain(names.at(-1))
    expect(names).not.toContain('response.completed')
    await expect(streamed({ model: model('midstream'), input: 'Hi' })).rejects.toThrow()
  })
})

describe('a refusal', () => {
  test.each(['chat', 'responses'])('is told in the words of %s', async (provider) => {
    const { output } = await create({ model: `${provider}/refuse`, input: 'Hi' })
    expect(output).toMatchObject([
      { content: [{ type: 'refusal', refusal: expect.stringContaining('refuses everything') }] },
    ])
  })

  test.each(['claude', 'google-like'])('of %s leaves the response incomplete', async (provider) => {
    expect(await create({ model: `${provider}/refuse`, input: 'Hi' })).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'content_filter' },
    })
  })
})
