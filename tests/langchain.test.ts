// LangChain's `ChatOpenAI` against a hub, over a provider of each dialect: by Chat Completions and by the
// Responses API.
import {
  AIMessage,
  type AIMessageChunk,
  HumanMessage,
  ToolMessage,
  type UsageMetadata,
} from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI, type ChatOpenAIFields } from '@langchain/openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { adminKey } from './hub.ts'
import { type Lab, pixels, startLab, voices } from './voices.ts'

let lab: Lab

beforeAll(async () => {
  lab = await startLab()
})

afterAll(() => lab.close())

const getWeather = tool(async ({ city }) => `21 degrees in ${city}`, {
  name: 'get_weather',
  description: 'The weather in a city',
  schema: z.object({ city: z.string() }),
})

/** Its type depends on how the message came about. */
const usageOf = (message: { usage_metadata?: unknown }) =>
  message.usage_metadata as UsageMetadata | undefined

const matrix = voices.flatMap((provider) => [
  { api: 'Chat Completions', useResponsesApi: false, provider },
  { api: 'Responses', useResponsesApi: true, provider },
])

describe.each(matrix)('by $api through $provider', ({ useResponsesApi, provider }) => {
  const model = (name: string, more: ChatOpenAIFields = {}) =>
    new ChatOpenAI({
      model: `${provider}/${name}`,
      apiKey: adminKey,
      configuration: { baseURL: lab.hub.baseURL },
      maxRetries: 0,
      useResponsesApi,
      ...more,
    })

  const streamOf = async (
    model: { stream(input: HumanMessage[]): Promise<AsyncIterable<AIMessageChunk>> },
    text: string,
  ) => {
    let all: AIMessageChunk | undefined
    for await (const chunk of await model.stream([new HumanMessage(text)])) {
      all = all ? all.concat(chunk) : chunk
    }
    if (!all) throw new Error('There was no chunk.')
    return all
  }

  test('a text comes whole, with usage', async () => {
    const answer = await model('chat').invoke([
      ['system', 'Be a pirate.'],
      ['human', 'Who are you?'],
    ])
    expect(answer.text).toContain('Who are you?')
    expect(answer.text).toContain('Be a pirate.')
    expect(usageOf(answer)?.input_tokens).toBeGreaterThan(10)
    expect(usageOf(answer)?.output_tokens).toBeGreaterThan(10)
  })

  test('a stream says the same and counts the same', async () => {
    const whole = await model('chat').invoke('Who are you?')
    const streamed = await streamOf(model('chat'), 'Who are you?')
    expect(streamed.text).toBe(whole.text)
    expect(usageOf(streamed)?.total_tokens).toBe(usageOf(whole)?.total_tokens)
  })

  test('tools are called, whole and streamed, and their results answered', async () => {
    const bound = model('tools').bindTools([getWeather])
    const question = new HumanMessage('What is the weather in Paris and in Tokyo?')
    const asked = await bound.invoke([question])
    expect(asked.tool_calls).toMatchObject([
      { name: 'get_weather', args: { city: 'Paris' } },
      { name: 'get_weather', args: { city: 'Tokyo' } },
    ])
    const streamed = await streamOf(bound, 'What is the weather in Paris and in Tokyo?')
    expect(streamed.tool_calls?.map(({ args }) => args)).toEqual(
      asked.tool_calls?.map(({ args }) => args),
    )
    const results: ToolMessage[] = []
    for (const call of asked.tool_calls ?? []) {
      results.push(await getWeather.invoke({ ...call, type: 'tool_call' }))
    }
    const answered = await bound.invoke([question, asked, ...results])
    expect(answered.text).toMatch(/21 degrees in Paris[\s\S]*21 degrees in Tokyo/)
  })

  test('a history of plain messages with calls and results is understood', async () => {
    const { text } = await model('tools')
      .bindTools([getWeather])
      .invoke([
        new HumanMessage('What is the weather in Paris?'),
        new AIMessage({
          content: 'I will look.',
          tool_calls: [{ id: 'call_1', name: 'get_weather', args: { city: 'Paris' } }],
        }),
        new ToolMessage({ tool_call_id: 'call_1', content: '9 degrees' }),
      ])
    expect(text).toContain('9 degrees')
  })

  test('an answer in a schema is parsed', async () => {
    const schema = z.object({ name: z.string(), age: z.number().int() })
    const person = await model('chat').withStructuredOutput(schema).invoke('A person, please.')
    expect(person).toEqual({ name: expect.any(String), age: expect.any(Number) })
  })

  test('an answer in a schema is parsed when it is asked for as a call', async () => {
    const schema = z.object({ name: z.string(), age: z.number().int() })
    const person = await model('chat')
      .withStructuredOutput(schema, { method: 'functionCalling', name: 'person' })
      .invoke('A person, please.')
    expect(person).toEqual({ name: expect.any(String), age: expect.any(Number) })
  })

  test('an image is seen', async () => {
    const { text } = await model('vision').invoke([
      new HumanMessage({
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${pixels}` } },
        ],
      }),
    ])
    expect(text).toMatch(/3\D+2/)
  })

  test('thoughts go back with what the tools returned', async () => {
    const bound = model('reason', { reasoning: { effort: 'medium' } }).bindTools([getWeather])
    const question = new HumanMessage('What is the weather in Paris?')
    const asked = await bound.invoke([question])
    const [call] = asked.tool_calls ?? []
    if (!call) throw new Error('There is no call.')
    const result = await getWeather.invoke({ ...call, type: 'tool_call' })
    expect((await bound.invoke([question, asked, result])).text).toContain('21 degrees in Paris')
  })

  test('errors keep their status', async () => {
    await expect(model('error-429').invoke('Hi')).rejects.toMatchObject({ status: 429 })
    await expect(model('nothing').invoke('Hi')).rejects.toMatchObject({ status: 404 })
  })

  test('a stream that dies half-way fails', async () => {
    await expect(streamOf(model('midstream'), 'Hi')).rejects.toThrow()
  })
})
