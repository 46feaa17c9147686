import {
  ApiError,
  type Content,
  FunctionCallingConfigMode,
  type FunctionDeclaration,
  type GenerateContentParameters,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
  ThinkingLevel,
  Type,
} from '@google/genai'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FaultName } from './faults.ts'
import { createSimulator } from './simulator.ts'
import { hurriedClock } from './testing/hurried-clock.ts'

const simulator = createSimulator({ seed: 7, clock: hurriedClock().clock })
let listening: Awaited<ReturnType<typeof simulator.listen>>
let google: GoogleGenAI

function client(url: string, apiKey = 'key'): GoogleGenAI {
  return new GoogleGenAI({
    apiKey,
    apiVersion: 'v1beta',
    httpOptions: { baseUrl: url, retryOptions: { attempts: 1 } },
  })
}

beforeAll(async () => {
  listening = await simulator.listen()
  google = client(listening.url)
})
afterAll(() => listening.close())

async function chunksOf(request: GenerateContentParameters) {
  const chunks: GenerateContentResponse[] = []
  for await (const chunk of await google.models.generateContentStream(request)) chunks.push(chunk)
  return chunks
}

const partsOf = (chunks: readonly GenerateContentResponse[]): Part[] =>
  chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? [])

const spoken = (parts: readonly Part[]) =>
  parts.flatMap(({ text, thought }) => (thought ? [] : [text ?? ''])).join('')

const thought = (parts: readonly Part[]) =>
  parts.flatMap(({ text, thought: isThought }) => (isThought ? [text] : [])).join('')

interface WireError {
  code: number
  status: string
  message: string
  details?: { '@type': string }[]
}

/** What is refused, as it goes over the wire. */
async function refusalOf(body: object, model = 'chat', method = 'generateContent') {
  const response = await fetch(`${listening.url}/v1beta/models/${model}:${method}`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  const { error } = (await response.json()) as { error: WireError }
  return { httpStatus: response.status, ...error }
}

const said = (text: string): Content => ({ role: 'user', parts: [{ text }] })

const weather: FunctionDeclaration = {
  name: 'get_weather',
  description: 'The weather somewhere.',
  parameters: {
    type: Type.OBJECT,
    properties: { location: { type: Type.STRING } },
    required: ['location'],
  },
}

test('a question is answered, and its tokens are counted', async () => {
  const answer = await google.models.generateContent({
    model: 'chat',
    contents: 'How do I add a provider?',
    config: { systemInstruction: 'Be a pirate.' },
  })
  expect(answer.text).toContain('How do I add a provider?')
  expect(answer.text).toContain('Be a pirate.')
  expect(answer.candidates?.[0]).toMatchObject({ finishReason: 'STOP', index: 0 })
  expect(answer.modelVersion).toBe('chat')
  expect(answer.responseId).toMatch(/^\w+$/)
  const usage = answer.usageMetadata
  expect(usage?.totalTokenCount).toBe(
    (usage?.promptTokenCount ?? 0) + (usage?.candidatesTokenCount ?? 0),
  )
  expect(usage?.thoughtsTokenCount).toBeUndefined()
  expect(usage?.promptTokensDetails).toEqual([
    { modality: 'TEXT', tokenCount: usage?.promptTokenCount },
  ])
})

test('a stream says the same, with running totals on every chunk', async () => {
  const request = { model: 'reason', contents: 'What is a gateway?' }
  const whole = await google.models.generateContent(request)
  const chunks = await chunksOf(request)
  expect(spoken(partsOf(chunks))).toBe(whole.text)
  const totals = chunks.map(({ usageMetadata }) => usageMetadata?.totalTokenCount ?? -1)
  expect(totals).toEqual([...totals].sort((one, other) => one - other))
  expect(new Set(totals).size).toBeGreaterThan(2)
  expect(chunks.at(-1)?.usageMetadata).toEqual(whole.usageMetadata)
  const reasons = chunks.map(({ candidates }) => candidates?.[0]?.finishReason)
  expect(reasons.pop()).toBe('STOP')
  expect(reasons.filter((reason) => reason !== undefined)).toEqual([])
})

test('without alt=sse a stream is one growing array', async () => {
  const body = JSON.stringify({ contents: [said('hi')] })
  const url = `${listening.url}/v1beta/models/echo:streamGenerateContent`
  const response = await fetch(url, { method: 'POST', body })
  expect(response.headers.get('content-type')).toContain('application/json')
  const chunks = (await response.json()) as GenerateContentResponse[]
  expect(spoken(partsOf(chunks))).toBe('hi')
  expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe('STOP')
})

test('maxOutputTokens cuts the answer off, thoughts included', async () => {
  const ask = (model: string) =>
    google.models.generateContent({ model, contents: 'hi', config: { maxOutputTokens: 5 } })
  const cut = await ask('chat')
  expect(cut.candidates?.[0]?.finishReason).toBe('MAX_TOKENS')
  expect(cut.usageMetadata?.candidatesTokenCount).toBe(5)
  const thinking = await ask('reason')
  expect(thinking.candidates?.[0]).toMatchObject({ finishReason: 'MAX_TOKENS' })
  expect(thinking.candidates?.[0]?.content?.parts).toBeUndefined()
  expect(thinking.usageMetadata).toMatchObject({ thoughtsTokenCount: 5 })
  expect(thinking.usageMetadata?.candidatesTokenCount).toBeUndefined()
  const streamed = await chunksOf({
    model: 'reason',
    contents: 'hi',
    config: { maxOutputTokens: 5 },
  })
  expect(streamed.map(({ candidates }) => candidates)).toEqual([thinking.candidates])
})

test('a stop sequence ends the answer before it', async () => {
  const answer = await google.models.generateContent({
    model: 'echo',
    contents: 'one two three four',
    config: { stopSequences: ['four', ' three'] },
  })
  expect(answer.text).toBe('one two')
  expect(answer.candidates?.[0]?.finishReason).toBe('STOP')
})

test('several candidates differ, and a stream tells them apart', async () => {
  const request = { model: 'chat', contents: 'hi', config: { candidateCount: 6 } }
  const whole = await google.models.generateContent(request)
  const texts = whole.candidates?.map(({ content }) => spoken(content?.parts ?? []))
  expect(new Set(texts).size).toBeGreaterThan(1)
  const chunks = await chunksOf(request)
  const streamed = texts?.map((_, index) =>
    chunks
      .flatMap(({ candidates }) => candidates ?? [])
      .filter((candidate) => candidate.index === index)
      .map(({ content }) => spoken(content?.parts ?? []))
      .join(''),
  )
  expect(streamed).toEqual(texts)
})

test('log-probabilities come with every token', async () => {
  const answer = await google.models.generateContent({
    model: 'echo',
    contents: 'one two',
    config: { responseLogprobs: true, logprobs: 3 },
  })
  const result = answer.candidates?.[0]?.logprobsResult
  expect(result?.chosenCandidates?.map(({ token }) => token)).toEqual(['one', ' two'])
  expect(result?.topCandidates?.map(({ candidates }) => candidates?.length)).toEqual([3, 3])
  expect(answer.candidates?.[0]?.avgLogprobs).toBeLessThan(0)
})

// ── Thoughts ────────────────────────────────────────────────────────────────────────────────────

test('thoughts are counted apart from the answer, and told only when asked for', async () => {
  const request = { model: 'reason', contents: 'Why?' }
  const silent = await google.models.generateContent(request)
  expect(thought(partsOf([silent]))).toBe('')
  const usage = silent.usageMetadata
  expect(usage?.thoughtsTokenCount).toBeGreaterThan(0)
  expect(usage?.totalTokenCount).toBe(
    (usage?.promptTokenCount ?? 0) +
      (usage?.candidatesTokenCount ?? 0) +
      (usage?.thoughtsTokenCount ?? 0),
  )
  const config = { thinkingConfig: { includeThoughts: true } }
  const told = await google.models.generateContent({ ...request, config })
  expect(thought(partsOf([told]))).toContain('Why?')
  expect(told.text).toBe(silent.text)
  const streamed = partsOf(await chunksOf({ ...request, config }))
  expect(thought(streamed)).toBe(thought(partsOf([told])))
})

test('a higher level thinks more, and a budget of 0 not at all', async () => {
  const tokensWith = async (
    thinkingConfig: { thinkingLevel: ThinkingLevel } | { thinkingBudget: number },
  ) => {
    const config = { thinkingConfig }
    const answer = await google.models.generateContent({
      model: 'reason',
      contents: 'Why?',
      config,
    })
    return answer.usageMetadata?.thoughtsTokenCount ?? 0
  }
  const low = await tokensWith({ thinkingLevel: ThinkingLevel.LOW })
  expect(await tokensWith({ thinkingLevel: ThinkingLevel.HIGH })).toBeGreaterThan(low)
  expect(await tokensWith({ thinkingBudget: 0 })).toBe(0)
})

test('an answer that was thought about is signed on its last part', async () => {
  const request = { model: 'reason', contents: 'Why?' }
  const signature = partsOf([await google.models.generateContent(request)]).at(-1)?.thoughtSignature
  expect(signature).toMatch(/^[A-Za-z0-9+/]+=*$/)
  const last = partsOf(await chunksOf(request)).at(-1)
  expect(last).toEqual({ text: '', thoughtSignature: signature })
})

// ── Functions ───────────────────────────────────────────────────────────────────────────────────

describe('a conversation with functions', () => {
  const question = said('What is the weather in Rome and Oslo?')
  const config = { tools: [{ functionDeclarations: [weather] }] }

  async function firstTurn(model = 'tools') {
    const answer = await google.models.generateContent({ model, contents: [question], config })
    return { answer, parts: partsOf([answer]) }
  }

  function results(parts: readonly Part[]): Content {
    return {
      role: 'user',
      parts: parts.flatMap(({ functionCall }) =>
        functionCall
          ? [
              {
                functionResponse: { ...functionCall, args: undefined, response: { output: 'sun' } },
              },
            ]
          : [],
      ),
    }
  }

  test('goes round: two calls, of which the first is signed, then an answer in words', async () => {
    const { answer, parts } = await firstTurn()
    expect(answer.functionCalls?.map(({ args }) => args?.location)).toEqual(['Rome', 'Oslo'])
    expect(answer.candidates?.[0]?.finishReason).toBe('STOP')
    expect(parts.map(({ thoughtSignature }) => thoughtSignature !== undefined)).toEqual([
      true,
      false,
    ])
    expect(new Set(answer.functionCalls?.map(({ id }) => id)).size).toBe(2)
    const contents = [question, { role: 'model', parts }, results(parts)]
    const second = await google.models.generateContent({ model: 'tools', contents, config })
    expect(second.text).toContain('`get_weather`: {"output":"sun"}')
  })

  test('goes round in a chat of the SDK, streamed', async () => {
    const chat = google.chats.create({ model: 'reason', config })
    const calls: Part[] = []
    for await (const chunk of await chat.sendMessageStream({
      message: 'Weather in Rome and Oslo?',
    })) {
      calls.push(...partsOf([chunk]).filter(({ functionCall }) => functionCall))
    }
    expect(calls).toHaveLength(2)
    const answered = await chat.sendMessage({ message: results(calls).parts ?? [] })
    expect(answered.text).toContain('sun')
  })

  test('is refused when the signature of the first call is missing or another', async () => {
    const { parts } = await firstTurn('reason')
    const replayed = (signed: { thoughtSignature?: string }) => {
      const [{ thoughtSignature: _, ...first } = {}, ...others] = parts
      const calls = [{ ...first, ...signed }, ...others]
      return { contents: [question, { role: 'model', parts: calls }, results(parts)] }
    }
    expect(await refusalOf(replayed({}), 'reason')).toMatchObject({
      httpStatus: 400,
      message: expect.stringContaining(
        'Function call is missing a thought_signature in functionCall parts',
      ),
    })
    expect(await refusalOf(replayed({ thoughtSignature: 'QUJD' }), 'reason')).toMatchObject({
      code: 400,
      status: 'INVALID_ARGUMENT',
    })
    const skipped = await google.models.generateContent({
      model: 'reason',
      ...replayed({ thoughtSignature: 'skip_thought_signature_validator' }),
      config,
    })
    expect(skipped.text).toContain('sun')
  })

  test('is refused when results are missing, nameless, no object or of another call', async () => {
    const { parts } = await firstTurn()
    const [first, second] = results(parts).parts ?? []
    const messageFor = async (...given: (object | undefined)[]) => {
      const contents = [question, { role: 'model', parts }, { role: 'user', parts: given }]
      return (await refusalOf({ contents }, 'tools')).message
    }
    expect(await messageFor(first)).toContain('number of function response parts is equal')
    const with2nd = (more: object) => [
      first,
      { functionResponse: { ...second?.functionResponse, ...more } },
    ]
    expect(await messageFor(...with2nd({ name: '' }))).toContain('Name cannot be empty')
    expect(await messageFor(...with2nd({ response: 'sun' }))).toContain('must be an object')
    expect(await messageFor(...with2nd({ id: 'other' }))).toContain('after a function call turn')
  })
})

test('the mode decides whether and what is called', async () => {
  const namesFor = async (mode: FunctionCallingConfigMode, allowedFunctionNames?: string[]) => {
    const answer = await google.models.generateContent({
      model: 'tools',
      contents: 'The weather and the time in Rome?',
      config: {
        tools: [
          {
            functionDeclarations: [
              weather,
              { name: 'get_time', parametersJsonSchema: { type: 'object', properties: {} } },
            ],
          },
        ],
        toolConfig: {
          functionCallingConfig: {
            mode,
            ...(allowedFunctionNames ? { allowedFunctionNames } : {}),
          },
        },
      },
    })
    return (answer.functionCalls ?? []).map(({ name }) => name)
  }
  expect(await namesFor(FunctionCallingConfigMode.AUTO)).toEqual(['get_weather', 'get_time'])
  expect(await namesFor(FunctionCallingConfigMode.NONE)).toEqual([])
  expect(await namesFor(FunctionCallingConfigMode.ANY, ['get_time'])).toEqual(['get_time'])
  expect(await namesFor(FunctionCallingConfigMode.VALIDATED, ['get_weather'])).toEqual([
    'get_weather',
  ])
})

// ── Schemas ─────────────────────────────────────────────────────────────────────────────────────

test('a schema of either kind is answered with an instance of it', async () => {
  const instanceFor = async (config: GenerateContentParameters['config']) => {
    const answer = await google.models.generateContent({
      model: 'chat',
      contents: 'Plan a trip.',
      config: { responseMimeType: 'application/json', ...config },
    })
    return JSON.parse(answer.text ?? '')
  }
  const schema = {
    type: 'object',
    properties: {
      mode: { enum: ['train', 'plane'] },
      stops: { type: 'array', items: { $ref: '#/$defs/stop' }, minItems: 2 },
    },
    required: ['mode', 'stops'],
    additionalProperties: false,
    $defs: { stop: { type: ['string', 'null'] } },
  }
  const isTrip = new Ajv2020().compile(schema)
  expect(isTrip(await instanceFor({ responseJsonSchema: schema }))).toBe(true)
  const openApi = {
    type: Type.OBJECT,
    properties: {
      mode: { type: Type.STRING, format: 'enum', enum: ['train', 'plane'] },
      stops: { type: Type.ARRAY, minItems: '2', items: { type: Type.STRING, nullable: true } },
    },
    propertyOrdering: ['mode', 'stops'],
    required: ['mode', 'stops'],
  }
  expect(isTrip(await instanceFor({ responseSchema: openApi }))).toBe(true)
  expect(await instanceFor({})).toMatchObject({ simulated: true })
})

// ── Images, counting, models ────────────────────────────────────────────────────────────────────

test('tokens are counted without an answer, and images apart from text', async () => {
  const png =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  const contents = [{ text: 'What is this?' }, { inlineData: { mimeType: 'image/png', data: png } }]
  const { totalTokens } = await google.models.countTokens({ model: 'vision', contents })
  const answer = await google.models.generateContent({ model: 'vision', contents })
  expect(totalTokens).toBe(answer.usageMetadata?.promptTokenCount)
  expect(answer.text).toContain('1 × 1')
  const details = answer.usageMetadata?.promptTokensDetails ?? []
  expect(details.map(({ modality }) => modality)).toEqual(['TEXT', 'IMAGE'])
  expect(details.reduce((sum, { tokenCount = 0 }) => sum + tokenCount, 0)).toBe(totalTokens)
})

test('the models come in pages, and one by one', async () => {
  const pager = await google.models.list({ config: { pageSize: 4 } })
  expect(pager.page).toHaveLength(4)
  const names: (string | undefined)[] = []
  for await (const model of pager) names.push(model.name)
  expect(names).toEqual(simulator.models.map(({ id }) => `models/${id}`))
  const reason = await google.models.get({ model: 'reason' })
  expect(reason).toMatchObject({ name: 'models/reason', thinking: true })
  await expect(google.models.get({ model: 'gone' })).rejects.toMatchObject({ status: 404 })
})

// ── What goes wrong ─────────────────────────────────────────────────────────────────────────────

test('a blocked request has feedback and no candidates, whole and streamed', async () => {
  const request = { model: 'refuse', contents: 'Do it.' }
  const whole = await google.models.generateContent(request)
  expect(whole.candidates).toBeUndefined()
  expect(whole.promptFeedback?.blockReason).toBe('SAFETY')
  expect(whole.usageMetadata?.promptTokenCount).toBeGreaterThan(0)
  const chunks = await chunksOf(request)
  expect(chunks.map(({ promptFeedback }) => promptFeedback)).toEqual([whole.promptFeedback])
})

test('a bad key is 400, in the header and in the query', async () => {
  const locked = createSimulator({ requireKey: 'right' })
  const { url, close } = await locked.listen()
  const ask = { model: 'chat', contents: 'hi' }
  const refused = await client(url, 'wrong')
    .models.generateContent(ask)
    .catch((error) => error)
  expect(refused).toBeInstanceOf(ApiError)
  expect(refused.status).toBe(400)
  expect(JSON.parse(refused.message).error.details).toMatchObject([
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' },
  ])
  expect((await client(url, 'right').models.generateContent(ask)).text).toContain('hi')
  expect((await fetch(`${url}/v1beta/models?key=right`)).status).toBe(200)
  expect((await fetch(`${url}/v1beta/models?key=wrong`)).status).toBe(400)
  await close()
})

test.each<[FaultName, object[]]>([
  ['rate-limited', [{ retryDelay: '2s' }]],
  ['rate-limited-date', [{ retryDelay: '30s' }]],
  ['rate-limited-silent', []],
])('%s tells the wait in RetryInfo and not in a header', async (fault, infos) => {
  simulator.script(fault)
  const response = await fetch(`${listening.url}/v1beta/models/chat:generateContent`, {
    method: 'POST',
    body: JSON.stringify({ contents: [said('hi')] }),
  })
  const { error } = (await response.json()) as { error: WireError }
  expect(response.status).toBe(429)
  expect(response.headers.has('retry-after')).toBe(false)
  expect(error.status).toBe('RESOURCE_EXHAUSTED')
  const retries = error.details?.filter((one) => one['@type'].endsWith('RetryInfo'))
  expect(retries).toMatchObject(infos)
  expect(retries).toHaveLength(infos.length)
})

test('an error in the middle of a stream is an error of the SDK', async () => {
  simulator.script('error-event')
  await expect(chunksOf({ model: 'chat', contents: 'hi' })).rejects.toMatchObject({ status: 500 })
})

test('no-done leaves out the chunk with the finish reason', async () => {
  simulator.script('no-done')
  const chunks = await chunksOf({ model: 'chat', contents: 'hi' })
  expect(spoken(partsOf(chunks))).not.toBe('')
  expect(chunks.every(({ candidates }) => candidates?.[0]?.finishReason === undefined)).toBe(true)
})

test('usage can be missing', async () => {
  simulator.script('no-usage')
  const answer = await google.models.generateContent({ model: 'chat', contents: 'hi' })
  expect(answer.usageMetadata).toBeUndefined()
})

const object = (more: object) => ({
  type: 'OBJECT',
  properties: { a: { type: 'STRING', ...more } },
})
const functions = (declaration: object) => ({ tools: [{ functionDeclarations: [declaration] }] })
const json = (more: object) => ({
  generationConfig: { responseMimeType: 'application/json', ...more },
})

test.each<[string, string, object]>([
  ['an unknown field', 'Unknown name "stream": Cannot find', { stream: true }],
  [
    'an unknown field further down',
    `Unknown name "maxTokens" at 'generation_config'`,
    { generationConfig: { maxTokens: 5 } },
  ],
  ['no contents', 'contents is not specified', { contents: [] }],
  ['no parts', 'contents.parts must not be empty', { contents: [{ role: 'user', parts: [] }] }],
  ['an empty text', "required oneof field 'data'", { contents: [said('')] }],
  ['an empty part', "required oneof field 'data'", { contents: [{ parts: [{}] }] }],
  ['another role', 'valid role', { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] }],
  ['a system text', 'system_instruction', { systemInstruction: 'Be brief.' }],
  [
    'too many stop sequences',
    'at most 5',
    { generationConfig: { stopSequences: ['a', 'b', 'c', 'd', 'e', 'f'] } },
  ],
  [
    'a thinking level with a budget',
    'exclude each other',
    { generationConfig: { thinkingConfig: { thinkingLevel: 'LOW', thinkingBudget: 100 } } },
  ],
  [
    'an unknown thinking level',
    'thinking_level',
    { generationConfig: { thinkingConfig: { thinkingLevel: 'EXTREME' } } },
  ],
  [
    'alternatives without log-probabilities',
    'response_logprobs',
    { generationConfig: { logprobs: 2 } },
  ],
  ['a $ref', 'Unknown name "$ref"', json({ responseSchema: { $ref: '#/x' } })],
  [
    'additionalProperties',
    'Unknown name "additionalProperties"',
    functions({ name: 'f', parameters: { ...object({}), additionalProperties: false } }),
  ],
  ['a const', 'Unknown name "const"', json({ responseSchema: object({ const: 'x' }) })],
  [
    'a const in JSON Schema',
    "'const' is not supported",
    json({ responseJsonSchema: { type: 'object', properties: { a: { const: 'x' } } } }),
  ],
  [
    'a const in the parameters',
    "'const' is not supported",
    functions({ name: 'f', parametersJsonSchema: { anyOf: [{ const: 1 }] } }),
  ],
  [
    'an object without properties',
    'should be non-empty for OBJECT type',
    functions({ name: 'f', parameters: { type: 'OBJECT' } }),
  ],
  ['a bad name of a function', 'name', functions({ name: '1st' })],
  [
    'a schema without JSON',
    'application/json',
    { generationConfig: { responseSchema: object({}) } },
  ],
  [
    'JSON with functions that must be called',
    'is unsupported',
    {
      ...json({}),
      ...functions({ name: 'f' }),
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
    },
  ],
  [
    'allowed names without ANY',
    'allowed_function_names',
    {
      ...functions({ name: 'f' }),
      toolConfig: { functionCallingConfig: { allowedFunctionNames: ['f'] } },
    },
  ],
])('%s is 400', async (_name, message, more) => {
  expect(await refusalOf({ contents: [said('hi')], ...more })).toMatchObject({
    httpStatus: 400,
    code: 400,
    status: 'INVALID_ARGUMENT',
    message: expect.stringContaining(message),
  })
})

test('fields may be written in snake case', async () => {
  const response = await fetch(`${listening.url}/v1beta/models/chat:generateContent`, {
    method: 'POST',
    body: JSON.stringify({
      contents: [said('hi')],
      system_instruction: { parts: [{ text: 'Be a pirate.' }] },
      generation_config: { max_output_tokens: 5 },
    }),
  })
  const answer = (await response.json()) as GenerateContentResponse
  expect(answer.usageMetadata?.candidatesTokenCount).toBe(5)
})

test('an unknown model is 404', async () => {
  expect(await refusalOf({ contents: [said('hi')] }, 'gone')).toMatchObject({
    httpStatus: 404,
    status: 'NOT_FOUND',
  })
})
