// The official `@google/genai` against a hub, over a provider of each dialect.
import {
  ApiError,
  type Content,
  FinishReason,
  type FunctionCall,
  FunctionCallingConfigMode,
  type GenerateContentParameters,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
} from '@google/genai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey } from './hub.ts'
import { type Lab, personSchema, pixels, startLab, voices, weatherSchema } from './voices.ts'

let lab: Lab

beforeAll(async () => {
  lab = await startLab()
})

afterAll(() => lab.close())

const client = (apiKey = adminKey) =>
  new GoogleGenAI({ apiKey, httpOptions: { baseUrl: lab.hub.url, apiVersion: 'v1beta' } })

const generate = (params: GenerateContentParameters) => client().models.generateContent(params)

async function chunksOf(params: GenerateContentParameters): Promise<GenerateContentResponse[]> {
  const chunks: GenerateContentResponse[] = []
  for await (const chunk of await client().models.generateContentStream(params)) chunks.push(chunk)
  return chunks
}

const partsIn = (responses: readonly GenerateContentResponse[]): Part[] =>
  responses.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? [])

/** All of an answer: what it thought, said and called, and how it ended. */
function saidIn(responses: readonly GenerateContentResponse[]) {
  const parts = partsIn(responses)
  const join = (isThought: boolean) =>
    parts.map(({ text = '', thought = false }) => (thought === isThought ? text : '')).join('')
  const last = responses.at(-1)
  return {
    thoughts: join(true),
    text: join(false),
    calls: parts.flatMap(({ functionCall }) => functionCall?.args ?? []),
    finishReason: last?.candidates?.[0]?.finishReason,
    usage: last?.usageMetadata?.totalTokenCount,
  }
}

const whole = async (params: GenerateContentParameters) => [await generate(params)]

/** The answer as a client puts it into the conversation: Google refuses parts with nothing in them. */
const contentOf = (responses: readonly GenerateContentResponse[]): Content => ({
  role: 'model',
  parts: partsIn(responses).filter(({ text, thoughtSignature }) => text !== '' || thoughtSignature),
})

const callsIn = (responses: readonly GenerateContentResponse[]): FunctionCall[] =>
  responses.flatMap(({ functionCalls }) => functionCalls ?? [])

const resultsFor = (calls: readonly FunctionCall[], outputs: readonly string[]): Content => ({
  role: 'user',
  parts: calls.map(({ id, name }, at) => ({
    functionResponse: {
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
      response: { output: outputs[at] ?? '' },
    },
  })),
})

const user = (text: string): Content => ({ role: 'user', parts: [{ text }] })

const tools = [
  {
    functionDeclarations: [
      {
        name: 'get_weather',
        description: 'The weather in a city',
        parametersJsonSchema: weatherSchema,
      },
    ],
  },
]

describe.each(voices)('through the provider %s', (provider) => {
  const model = (name: string) => `${provider}/${name}`

  test('a content comes whole, with usage', async () => {
    const answer = await generate({
      model: model('chat'),
      contents: 'Who are you?',
      config: { systemInstruction: 'Be a pirate.' },
    })
    expect(answer.text).toContain('Who are you?')
    expect(answer.text).toContain('Be a pirate.')
    expect(answer.candidates?.[0]?.finishReason).toBe(FinishReason.STOP)
    const { promptTokenCount = 0, candidatesTokenCount = 0 } = answer.usageMetadata ?? {}
    expect(promptTokenCount).toBeGreaterThan(10)
    expect(candidatesTokenCount).toBeGreaterThan(10)
    expect(answer.usageMetadata?.totalTokenCount).toBe(promptTokenCount + candidatesTokenCount)
    expect(answer.responseId).toMatch(/\S/)
    const headers = new Headers(answer.sdkHttpResponse?.headers)
    expect(headers.get('x-request-id')).toMatch(/^req_/)
    expect(headers.get('x-hub-provider')).toBe(provider)
  })

  test.each<[string, GenerateContentParameters['config'] & object]>([
    ['chat', {}],
    ['chat', { maxOutputTokens: 20 }],
    ['tools', { tools }],
    ['reason', { thinkingConfig: { includeThoughts: true, thinkingBudget: 2000 } }],
  ])('a stream comes to the same as the whole answer of %s, %j', async (name, config) => {
    const params = {
      model: model(name),
      contents: 'Tell me the weather in Rome and Oslo.',
      config,
    }
    const said = saidIn(await chunksOf(params))
    expect(said).toEqual(saidIn(await whole(params)))
    expect(said.text + JSON.stringify(said.calls)).toContain('Oslo')
  })

  test.each([
    ['whole', whole],
    ['streamed', chunksOf],
  ])('functions are called in parallel and their results answered: %s', async (_, send) => {
    const contents = [user('What is the weather in Paris and in Tokyo?')]
    const params = { model: model('tools'), contents, config: { tools } }
    const asked = await send(params)
    const calls = callsIn(asked)
    expect(calls).toMatchObject([
      { name: 'get_weather', args: { city: 'Paris' } },
      { name: 'get_weather', args: { city: 'Tokyo' } },
    ])
    contents.push(contentOf(asked), resultsFor(calls, ['21 degrees', '9 degrees']))
    expect(saidIn(await send(params)).text).toMatch(
      /get_weather.*21 degrees[\s\S]*get_weather.*9 degrees/,
    )
  })

  test('a function can be forced, and all forbidden', async () => {
    const callsFor = async (mode: FunctionCallingConfigMode, names?: string[]) => {
      const functionCallingConfig = { mode, ...(names && { allowedFunctionNames: names }) }
      const config = { tools, toolConfig: { functionCallingConfig } }
      const contents = 'Weather in Rome?'
      return callsIn([await generate({ model: model('tools'), contents, config })]).length
    }
    expect(await callsFor(FunctionCallingConfigMode.ANY, ['get_weather'])).toBe(1)
    expect(await callsFor(FunctionCallingConfigMode.ANY)).toBe(1)
    expect(await callsFor(FunctionCallingConfigMode.NONE)).toBe(0)
  })

  test.each([
    ['whole', whole],
    ['streamed', chunksOf],
  ])('thoughts come first, and go back with what the functions returned: %s', async (_, send) => {
    const contents = [user('What is the weather in Paris?')]
    const thinkingConfig = { includeThoughts: true, thinkingBudget: 2000 }
    const params = {
      model: model('reason'),
      contents,
      config: { tools, thinkingConfig, maxOutputTokens: 8000 },
    }
    const first = await send(params)
    expect(partsIn(first)[0]?.thought).toBe(true)
    expect(saidIn(first).thoughts).toContain('What is the weather in Paris?')
    expect(saidIn(first).text).toBe('')
    const calls = callsIn(first)
    expect(calls).toHaveLength(1)
    contents.push(contentOf(first), resultsFor(calls, ['21 degrees']))
    expect(saidIn(await send(params)).text).toContain('21 degrees')
  })

  test('thoughts stay out of the text', async () => {
    const { text } = await generate({ model: model('reason'), contents: 'Why?' })
    expect(text).toContain('Why?')
    expect(text).not.toContain('nothing I could look up')
  })

  test('a JSON schema is kept to', async () => {
    const { text } = await generate({
      model: model('chat'),
      contents: 'A person, please.',
      config: { responseMimeType: 'application/json', responseJsonSchema: personSchema },
    })
    const person = JSON.parse(text ?? '')
    expect(person).toEqual({ name: expect.any(String), age: expect.any(Number) })
  })

  test('an image is seen', async () => {
    const { text } = await generate({
      model: model('vision'),
      contents: [
        { text: 'What is this?' },
        { inlineData: { mimeType: 'image/png', data: pixels } },
      ],
    })
    expect(text).toMatch(/3\D+2/)
  })

  test('maxOutputTokens cuts the answer off', async () => {
    const answer = await generate({
      model: model('chat'),
      contents: 'Hi',
      config: { maxOutputTokens: 20 },
    })
    expect(answer.candidates?.[0]?.finishReason).toBe(FinishReason.MAX_TOKENS)
    expect(answer.usageMetadata?.candidatesTokenCount).toBe(20)
  })

  test('what was cached is part of the prompt', async () => {
    const contents = 'A question of some length, please.'
    const cached = await generate({ model: model('cached'), contents })
    const plain = await generate({ model: model('chat'), contents })
    expect(cached.usageMetadata?.cachedContentTokenCount).toBeGreaterThan(0)
    expect(cached.usageMetadata?.promptTokenCount).toBe(plain.usageMetadata?.promptTokenCount)
  })

  test('errors of the provider keep their status', async () => {
    const fail = (name: string) => generate({ model: model(name), contents: 'Hi' })
    const refused = (status: number, word: string) => ({
      constructor: ApiError,
      status,
      message: expect.stringContaining(`"status":"${word}"`),
    })
    await expect(fail('error-429')).rejects.toMatchObject(refused(429, 'RESOURCE_EXHAUSTED'))
    await expect(fail('busy')).rejects.toMatchObject(refused(503, 'UNAVAILABLE'))
    await expect(fail('error-500')).rejects.toMatchObject({ constructor: ApiError, status: 502 })
    // Not the caller's key: 401 would send them looking in the wrong place.
    await expect(fail('error-401')).rejects.toMatchObject({ constructor: ApiError, status: 502 })
    await expect(fail('gone')).rejects.toMatchObject(refused(404, 'NOT_FOUND'))
  })

  test('a stream that dies half-way ends with one error, never like an answer', async () => {
    await expect(chunksOf({ model: model('midstream'), contents: 'Hi' })).rejects.toBeInstanceOf(
      ApiError,
    )
    const response = await fetch(
      `${lab.hub.url}/v1beta/models/${model('midstream')}:streamGenerateContent?alt=sse`,
      {
        method: 'POST',
        headers: { 'x-goog-api-key': adminKey, 'content-type': 'application/json' },
        body: JSON.stringify({ contents: [user('Hi')] }),
      },
    )
    const events = (await response.text())
      .trim()
      .split('\n\n')
      .map((frame) => JSON.parse(frame.replace(/^data: /, '')))
    expect(events.length).toBeGreaterThan(1)
    expect(events.filter(({ error }) => error)).toEqual([events.at(-1)])
    expect(events.flatMap(({ candidates = [] }) => candidates)).not.toContainEqual(
      expect.objectContaining({ finishReason: expect.anything() }),
    )
  })
})
