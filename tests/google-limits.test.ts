// The official `@google/genai` against a hub: blocked prompts, counting, the list of models, mistakes, and
// what a provider of another dialect cannot do.
import { ApiError, FinishReason, GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey } from './hub.ts'
import { type Lab, startLab } from './voices.ts'

let lab: Lab

beforeAll(async () => {
  lab = await startLab({ file: 'models: [{ id: quick, targets: [google-like/chat] }]' })
})

afterAll(() => lab.close())

const client = (apiKey = adminKey) =>
  new GoogleGenAI({ apiKey, httpOptions: { baseUrl: lab.hub.url, apiVersion: 'v1beta' } })

describe('a request that is refused', () => {
  test('is a blocked prompt where Google says so: no candidates', async () => {
    const params = { model: 'google-like/refuse', contents: 'Hi' }
    const { candidates, promptFeedback } = await client().models.generateContent(params)
    expect(candidates).toBeUndefined()
    expect(promptFeedback?.blockReason).toBe('SAFETY')
    for await (const chunk of await client().models.generateContentStream(params)) {
      expect(chunk.candidates).toBeUndefined()
      expect(chunk.promptFeedback?.blockReason).toBe('SAFETY')
    }
  })

  test('is a blocked answer where Anthropic says so', async () => {
    const params = { model: 'claude/refuse', contents: 'Hi' }
    const { candidates } = await client().models.generateContent(params)
    expect(candidates?.[0]?.finishReason).toBe(FinishReason.SAFETY)
  })

  test.each(['chat', 'responses'])('is told in the words of %s', async (provider) => {
    const params = { model: `${provider}/refuse`, contents: 'Hi' }
    const { text } = await client().models.generateContent(params)
    expect(text).toContain('refuses everything')
  })
})

describe('counting tokens', () => {
  const contents = 'How many tokens are these?'

  test.each(['claude', 'google-like'])('%s counts them itself', async (provider) => {
    const model = `${provider}/chat`
    const { totalTokens } = await client().models.countTokens({ model, contents })
    const { usageMetadata } = await client().models.generateContent({ model, contents })
    expect(totalTokens).toBe(usageMetadata?.promptTokenCount)
  })

  test.each(['chat', 'responses'])('for %s they are estimated', async (provider) => {
    const model = `${provider}/chat`
    const count = async (text: string) =>
      (await client().models.countTokens({ model, contents: text })).totalTokens ?? 0
    const { usageMetadata } = await client().models.generateContent({ model, contents })
    const exact = usageMetadata?.promptTokenCount ?? 0
    expect(await count(contents)).toBeGreaterThan(exact / 3)
    expect(await count(contents)).toBeLessThan(exact * 3)
    expect(await count(contents.repeat(10))).toBeGreaterThan(await count(contents))
  })
})

describe('the list of models', () => {
  test('has the models of every provider, and aliases', async () => {
    const names: (string | undefined)[] = []
    for await (const { name } of await client().models.list()) names.push(name)
    expect(names).toEqual(
      expect.arrayContaining([
        'models/chat/echo',
        'models/responses/echo',
        'models/claude/echo',
        'models/google-like/echo',
        'models/quick',
      ]),
    )
  })

  test('tells of one model, and what can be asked of it', async () => {
    expect(await client().models.get({ model: 'claude/chat' })).toMatchObject({
      name: 'models/claude/chat',
      displayName: expect.any(String),
    })
    await expect(client().models.get({ model: 'claude/nothing' })).rejects.toMatchObject({
      constructor: ApiError,
      status: 404,
    })
  })
})

describe('a caller’s mistakes, in Google’s words', () => {
  const failing = async (asked: Promise<unknown>) => {
    const error = await asked.then(
      () => undefined,
      (thrown) => thrown,
    )
    expect(error).toBeInstanceOf(ApiError)
    return JSON.parse((error as ApiError).message).error
  }
  const generate = (model: string, apiKey?: string) =>
    client(apiKey).models.generateContent({ model, contents: 'Hi' })

  test('an unknown key', async () => {
    expect(await failing(generate('claude/chat', 'hub_live_nonsense'))).toMatchObject({
      code: 401,
      status: 'UNAUTHENTICATED',
      details: expect.arrayContaining([expect.objectContaining({ reason: 'INVALID_API_KEY' })]),
    })
  })

  test('an unknown model', async () => {
    expect(await failing(generate('claude/chatt'))).toMatchObject({
      code: 404,
      status: 'NOT_FOUND',
      message: expect.stringContaining('Did you mean "claude/chat"?'),
    })
  })

  test('no contents', async () => {
    const params = { model: 'claude/chat', contents: [{ role: 'user', parts: [] }] }
    const error = await failing(client().models.generateContent(params))
    expect(error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
  })

  test('a method that models do not have', async () => {
    const response = await fetch(`${lab.hub.url}/v1beta/models/claude/chat:sing`, {
      method: 'POST',
      headers: { 'x-goog-api-key': adminKey, 'content-type': 'application/json' },
      body: '{}',
    })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } })
  })
})

describe('what a target cannot express', () => {
  const send = (model: string, config: object, unsupported?: 'error' | 'drop') =>
    client().models.generateContent({
      model,
      contents: 'one two three four',
      config: {
        ...config,
        httpOptions: { headers: unsupported ? { 'x-hub-unsupported': unsupported } : {} },
      },
    })
  const droppedIn = ({ sdkHttpResponse }: Awaited<ReturnType<typeof send>>) =>
    new Headers(sdkHttpResponse?.headers).get('x-hub-dropped-params')

  test.each(['chat', 'claude', 'google-like'])(
    'stop sequences end an answer of %s',
    async (provider) => {
      const { text } = await send(`${provider}/echo`, { stopSequences: [' three'] })
      expect(text).toBe('one two')
    },
  )

  test('meaning is refused, or dropped and listed, as the caller wishes', async () => {
    const stopping = { stopSequences: [' three'] }
    await expect(send('responses/echo', stopping)).rejects.toMatchObject({ status: 400 })
    const answer = await send('responses/echo', stopping, 'drop')
    expect(answer.text).toBe('one two three four')
    expect(droppedIn(answer)).toMatch(/stop/)
  })

  test('a hint is dropped and listed, or refused, as the caller wishes', async () => {
    expect(droppedIn(await send('claude/echo', { seed: 7 }))).toBe('seed')
    await expect(send('claude/echo', { seed: 7 }, 'error')).rejects.toMatchObject({ status: 400 })
    expect(droppedIn(await send('google-like/echo', { seed: 7 }, 'error'))).toBeNull()
  })
})
