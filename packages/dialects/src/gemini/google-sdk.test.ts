import {
  type ChatEvent,
  foldChat,
  HubError,
  readJsonBody,
  unfoldChat,
  usageOf,
} from '@aigne-hub/protocol'
import {
  ApiError,
  FunctionCallingConfigMode,
  type GenerateContentParameters,
  type GenerateContentResponse,
  GoogleGenAI,
  ThinkingLevel,
} from '@google/genai'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { geminiContent, geminiCountTokens } from './index.ts'

// The judge is Google's own client: what it sends we read, what we write it understands.

const server = setupServer()
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const baseUrl = 'https://google.test'
const client = new GoogleGenAI({
  apiKey: 'k',
  httpOptions: { baseUrl, retryOptions: { attempts: 1 } },
})

/** Answers the client's next call. @returns the bodies it sent. */
function answer(method: string, body: string, status = 200): Uint8Array[] {
  const sent: Uint8Array[] = []
  const isStream = status === 200 && method.startsWith('stream')
  const type = isStream ? 'text/event-stream' : 'application/json'
  // The client has moved from `v1beta` to `v1`.
  const path = `${baseUrl}/v1/models/m1\\:${method}`
  server.use(
    http.post(path, async ({ request }) => {
      sent.push(new Uint8Array(await request.arrayBuffer()))
      return new HttpResponse(body, { status, headers: { 'content-type': type } })
    }),
  )
  return sent
}

const events: ChatEvent[] = unfoldChat({
  id: 'g1',
  model: 'other-model',
  created: 7,
  choices: [
    {
      index: 0,
      parts: [
        { type: 'reasoning', text: 'Look.', signature: { value: 's', vendor: 'anthropic' } },
        { type: 'text', text: 'One moment. ⏳' },
        { type: 'toolCall', id: 'c1', name: 'get_time', kind: 'function', input: '{"tz":"UTC"}' },
        { type: 'toolCall', id: 'c2', name: 'get_time', kind: 'function', input: '' },
      ],
      finish: { reason: 'toolCalls', raw: 'tool_use' },
    },
  ],
  usage: usageOf({ input: 9, output: 5, reasoning: 2, cacheRead: 4 }),
})

const context = {
  request: { model: 'm1', messages: [], sampling: {} },
  requestId: 'req_1',
  arrivedAt: 7,
}

const calls = [
  { id: 'c1', name: 'get_time', args: { tz: 'UTC' } },
  { id: 'c2', name: 'get_time', args: {} },
]

const streamOf = (list: ChatEvent[]) => {
  const writer = geminiContent.streamWriter(context)
  return list.map((event) => writer.push(event)).join('') + writer.end()
}

test('the client reads our whole answer', async () => {
  answer('generateContent', geminiContent.writeResponse(context, events))
  const response = await client.models.generateContent({ model: 'm1', contents: 'time?' })
  expect(response.candidates?.[0]?.content?.parts?.[1]).toEqual({ text: 'One moment. ⏳' })
  expect(response.functionCalls).toEqual(calls)
  expect(response.responseId).toBe('g1')
  expect(response.modelVersion).toBe('other-model')
  expect(response.candidates?.[0]?.finishReason).toBe('STOP')
  expect(response.candidates?.[0]?.content?.parts?.[0]).toEqual({
    text: 'Look.',
    thought: true,
    thoughtSignature: 'hub1.anthropic.cw',
  })
  expect(response.usageMetadata).toEqual({
    promptTokenCount: 9,
    cachedContentTokenCount: 4,
    candidatesTokenCount: 3,
    thoughtsTokenCount: 2,
    totalTokenCount: 14,
  })
})

test('the client reads our stream', async () => {
  answer('streamGenerateContent', streamOf(events))
  const stream = await client.models.generateContentStream({ model: 'm1', contents: 'time?' })
  const chunks: GenerateContentResponse[] = []
  for await (const chunk of stream) chunks.push(chunk)
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? [])
  const textOf = (thought: boolean) =>
    parts
      .filter((part) => (part.thought ?? false) === thought)
      .map((part) => part.text ?? '')
      .join('')
  expect(textOf(true)).toBe('Look.')
  expect(textOf(false)).toBe('One moment. ⏳')
  expect(chunks.flatMap((chunk) => chunk.functionCalls ?? [])).toEqual(calls)
  expect(chunks.filter((chunk) => chunk.candidates?.[0]?.finishReason)).toEqual([chunks.at(-1)])
  expect(chunks.at(-1)?.usageMetadata?.totalTokenCount).toBe(14)
})

test('what the client keeps of our stream comes back with its signatures', async () => {
  const chat = client.chats.create({ model: 'm1' })
  answer('streamGenerateContent', streamOf(events))
  for await (const _ of await chat.sendMessageStream({ message: 'time?' }));
  const sent = answer('generateContent', geminiContent.writeResponse(context, events))
  await chat.sendMessage({
    message: calls.map(({ id, name }) => ({
      functionResponse: { id, name, response: { output: '12:00' } },
    })),
  })
  const body = readJsonBody(sent[0] as Uint8Array)
  const { messages } = geminiContent.readRequest(body, {}, { model: 'm1' })
  const signatures = messages.flatMap(({ parts }) =>
    parts.flatMap(({ signature }) => signature ?? []),
  )
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool'])
  expect(signatures).toEqual([{ value: 's', vendor: 'anthropic' }])
  expect(messages[1]?.parts).toEqual([
    { type: 'reasoning', text: 'Look.', signature: { value: 's', vendor: 'anthropic' } },
    { type: 'text', text: 'One moment. ⏳' },
    { type: 'toolCall', id: 'c1', name: 'get_time', kind: 'function', input: '{"tz":"UTC"}' },
    { type: 'toolCall', id: 'c2', name: 'get_time', kind: 'function', input: '{}' },
  ])
  expect(messages[2]?.parts).toEqual(
    calls.map(({ id, name }) => ({
      type: 'toolResult',
      callId: id,
      name,
      content: [{ type: 'text', text: '12:00' }],
    })),
  )
})

test.each(['generateContent', 'streamGenerateContent'])(
  'the client throws our error of %s',
  async (method) => {
    const error = new HubError('rate_limit_exceeded', 'Slow down.', { retryAfterMs: 1500 })
    answer(method, geminiContent.writeError(error, 'req_1'), error.status)
    const calling =
      method === 'generateContent'
        ? client.models.generateContent({ model: 'm1', contents: 'x' })
        : client.models.generateContentStream({ model: 'm1', contents: 'x' })
    const thrown: unknown = await calling.catch((reason: unknown) => reason)
    expect(thrown).toBeInstanceOf(ApiError)
    const { status, message } = thrown as ApiError
    expect(status).toBe(429)
    expect(JSON.parse(message).error).toMatchObject({
      code: 429,
      message: 'Slow down.',
      status: 'RESOURCE_EXHAUSTED',
      details: expect.arrayContaining([
        { '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: 'req_1' },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.5s' },
      ]),
    })
  },
)

test('the client throws an error that comes in the middle of our stream', async () => {
  const writer = geminiContent.streamWriter(context)
  const begun = events.slice(0, 5).map((event) => writer.push(event))
  const failed = writer.fail(new HubError('upstream_failed', 'It broke.'))
  answer('streamGenerateContent', begun.join('') + failed)
  const reading = async () => {
    const stream = await client.models.generateContentStream({ model: 'm1', contents: 'x' })
    for await (const _ of stream);
  }
  await expect(reading()).rejects.toThrow('It broke.')
})

test('what the client asks, we read', async () => {
  const asked: GenerateContentParameters = {
    model: 'm1',
    contents: [
      {
        role: 'user',
        parts: [
          { text: 'What is it?' },
          { inlineData: { mimeType: 'image/png', data: 'iVBORw==' } },
        ],
      },
    ],
    config: {
      systemInstruction: 'Be brief.',
      temperature: 0.5,
      maxOutputTokens: 50,
      stopSequences: ['END'],
      candidateCount: 2,
      thinkingConfig: { thinkingLevel: ThinkingLevel.LOW, includeThoughts: true },
      tools: [
        {
          functionDeclarations: [
            { name: 'find', parametersJsonSchema: { type: 'object', properties: {} } },
          ],
        },
        { googleSearch: {} },
      ],
      toolConfig: {
        functionCallingConfig: {
          mode: FunctionCallingConfigMode.ANY,
          allowedFunctionNames: ['find'],
        },
      },
      responseMimeType: 'application/json',
      responseJsonSchema: { type: 'object' },
    },
  }
  const sent = answer('generateContent', geminiContent.writeResponse(context, events))
  await client.models.generateContent(asked)
  const request = geminiContent.readRequest(
    readJsonBody(sent[0] as Uint8Array),
    {},
    { model: 'm1' },
  )
  expect(request).toStrictEqual({
    model: 'm1',
    messages: [
      { role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        parts: [
          { type: 'text', text: 'What is it?' },
          { type: 'media', kind: 'image', data: 'iVBORw==', mimeType: 'image/png' },
        ],
      },
    ],
    sampling: { temperature: 0.5 },
    maxOutputTokens: 50,
    stop: ['END'],
    n: 2,
    reasoning: { effort: 'low', summary: 'auto' },
    tools: [
      { type: 'function', name: 'find', schema: { type: 'object', properties: {} } },
      { type: 'server', dialect: 'gemini', value: { googleSearch: {} } },
    ],
    toolChoice: { type: 'function', name: 'find' },
    responseFormat: { type: 'jsonSchema', name: 'response', schema: { type: 'object' } },
  })
})

test('the client asks how many tokens there are, and reads our count', async () => {
  const sent = answer(
    'countTokens',
    geminiCountTokens.writeResponse({ ...context }, { inputTokens: 12 }),
  )
  const { totalTokens } = await client.models.countTokens({ model: 'm1', contents: 'x' })
  expect(totalTokens).toBe(12)
  const request = geminiCountTokens.readRequest(
    readJsonBody(sent[0] as Uint8Array),
    {},
    { model: 'm1' },
  )
  expect(request.messages).toEqual([{ role: 'user', parts: [{ type: 'text', text: 'x' }] }])
})

test('our reader reads what the client made of our answer', async () => {
  answer('generateContent', geminiContent.writeResponse(context, events))
  const { sdkHttpResponse: _, ...response } = await client.models.generateContent({
    model: 'm1',
    contents: 'x',
  })
  const read = foldChat(geminiContent.readResponse(bytesOf(JSON.stringify(response)), targetOf()))
  expect(read.choices[0]?.parts.map(({ type }) => type)).toEqual([
    'reasoning',
    'text',
    'toolCall',
    'toolCall',
  ])
})
