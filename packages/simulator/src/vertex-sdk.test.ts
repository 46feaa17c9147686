import { createSign, generateKeyPairSync } from 'node:crypto'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FaultName } from './faults.ts'
import { createSimulator } from './simulator.ts'

const nowMs = Date.UTC(2026, 10, 20)
let shiftMs = 0
const clock = { now: () => nowMs + shiftMs, after: () => () => {} }
const simulator = createSimulator({ seed: 7, requireKey: 'key', clock })
let listening: Awaited<ReturnType<typeof simulator.listen>>
let base: string
let google: GoogleGenAI

beforeAll(async () => {
  listening = await simulator.listen()
  base = `${listening.url}/vertex`
  google = new GoogleGenAI({
    vertexai: true,
    apiKey: 'key',
    httpOptions: { baseUrl: base, retryOptions: { attempts: 1 } },
  })
})
afterAll(() => listening.close())

const place = 'v1/projects/project-1/locations/europe-west1/publishers'
const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${base}/${path}`, {
    method: 'POST',
    headers: { 'x-goog-api-key': 'key', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
const contents = [{ role: 'user', parts: [{ text: 'What is a gateway?' }] }]

describe('Gemini', () => {
  test('answers in express mode, whole and streamed', async () => {
    const whole = await google.models.generateContent({ model: 'chat', contents })
    let text = ''
    for await (const chunk of await google.models.generateContentStream({
      model: 'chat',
      contents,
    })) {
      text += chunk.text ?? ''
    }
    expect(text).toBe(whole.text)
    expect(whole.usageMetadata?.trafficType).toBe('ON_DEMAND')
    const { totalTokens } = await google.models.countTokens({ model: 'chat', contents })
    expect(totalTokens).toBe(whole.usageMetadata?.promptTokenCount)
  })

  const tools = [
    { functionDeclarations: [{ name: 'get_weather', description: 'The weather of a city' }] },
  ]
  const ask = [{ role: 'user', parts: [{ text: 'get_weather please' }] }]

  test('calls tools without ids, and takes results without them', async () => {
    const config = { tools }
    const answer = await google.models.generateContent({ model: 'tools', contents: ask, config })
    expect(answer.functionCalls).toEqual([{ name: 'get_weather', args: {} }])
    const called = answer.candidates?.[0]?.content ?? {}
    const response = { name: 'get_weather', response: { output: 'sunny' } }
    const result = { role: 'user', parts: [{ functionResponse: response }] }
    const told = await google.models.generateContent({
      model: 'tools',
      contents: [...ask, called, result],
      config,
    })
    expect(told.text).toContain('sunny')
  })

  test.each(['functionCall', 'functionResponse', 'function_response'])(
    'refuses the id of a %s',
    async (field) => {
      const part = { [field]: { id: 'x', name: 'get_weather', args: {}, response: {} } }
      const answer = await post(`${place}/google/models/tools:generateContent`, {
        contents: [...ask, { role: 'model', parts: [part] }],
      })
      expect(answer.status).toBe(400)
      expect(await answer.text()).toContain('Unknown name \\"id\\"')
    },
  )

  test('takes labels', async () => {
    const path = `${place}/google/models/chat:generateContent`
    expect((await post(path, { contents, labels: { team: 'a' } })).status).toBe(200)
    expect((await post(path, { contents, labels: 'a' })).status).toBe(400)
  })

  test('embeds by :predict', async () => {
    const { embeddings } = await google.models.embedContent({
      model: 'embed-256',
      contents: ['one two three', 'four'],
      config: { outputDimensionality: 64, taskType: 'CLUSTERING' },
    })
    expect(embeddings).toMatchObject([
      { statistics: { tokenCount: 3, truncated: false } },
      { statistics: { tokenCount: 1 } },
    ])
    expect(embeddings?.[0]?.values).toHaveLength(64)
  })

  test('embeds one text at a time with one model, and the newest by :embedContent', async () => {
    const instances = [{ content: 'a' }, { content: 'b' }]
    const answer = await post(`${place}/google/models/gemini-embedding-001:predict`, { instances })
    expect(answer.status).toBe(400)
    const newest = await google.models.embedContent({ model: 'gemini-embedding-2', contents: 'a' })
    expect(newest.embeddings?.[0]?.values).toHaveLength(3072)
  })

  test('makes a video that is in the answer', async () => {
    const begun = await google.models.generateVideos({
      model: 'video',
      source: { prompt: 'a cat' },
    })
    expect(begun.name).toMatch(/^publishers\/google\/models\/video\/operations\//)
    const running = await google.operations.getVideosOperation({ operation: begun })
    expect(running.done).toBeFalsy()
    const done = await google.operations.getVideosOperation({ operation: running })
    const video = done.response?.generatedVideos?.[0]?.video
    expect(video?.mimeType).toBe('video/mp4')
    expect(Buffer.from(video?.videoBytes ?? '', 'base64').toString('latin1', 4, 8)).toBe('ftyp')
  })

  test('lists the models of the publisher', async () => {
    const list = await fetch(`${base}/v1beta1/publishers/google/models?pageSize=2&key=key`)
    const { publisherModels, nextPageToken } = (await list.json()) as {
      publisherModels: { name: string }[]
      nextPageToken: string
    }
    expect(publisherModels.map((model) => model.name)).toEqual([
      'publishers/google/models/chat',
      'publishers/google/models/echo',
    ])
    expect(nextPageToken).toBe('2')
  })
})

describe('Claude', () => {
  const version = 'vertex-2023-10-16'
  const path = (verb: string, model = 'chat@20250929') =>
    `${place}/anthropic/models/${model}:${verb}`
  const body = {
    anthropic_version: version,
    max_tokens: 100,
    messages: [{ role: 'user', content: 'What is a gateway?' }],
  }

  /** As the SDK for Vertex does: the model goes from the body into the path. */
  const claude = () =>
    new Anthropic({
      apiKey: 'key',
      baseURL: base,
      maxRetries: 0,
      fetch: (_url, init) => {
        const { model, ...rest } = JSON.parse(String(init?.body))
        const verb = rest.stream ? 'streamRawPredict' : 'rawPredict'
        return post(path(verb, model), { anthropic_version: version, ...rest })
      },
    })

  test('answers whole and streamed, under the name asked for', async () => {
    const request = { model: 'chat@20250929', max_tokens: 100, messages: body.messages }
    const messages = claude().messages
    const whole = await messages.create({ ...request, messages: [{ role: 'user', content: 'hi' }] })
    const streamed = await messages
      .stream({ ...request, messages: [{ role: 'user', content: 'hi' }] })
      .finalMessage()
    expect(whole.model).toBe('chat@20250929')
    expect(streamed.model).toBe('chat@20250929')
    expect(streamed.content).toEqual(whole.content)
    expect(streamed.usage).toMatchObject({ output_tokens: whole.usage.output_tokens })
  })

  test.each([
    ['no version', { ...body, anthropic_version: undefined }],
    ['another version', { ...body, anthropic_version: '2023-06-01' }],
    ['a model in the body', { ...body, model: 'chat' }],
    ['no messages', { ...body, messages: [] }],
  ])('refuses %s, in the words of Google', async (_what, asked) => {
    const answer = await post(path('rawPredict'), asked)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT' } })
  })

  test('streams only what says that it is a stream', async () => {
    expect((await post(path('streamRawPredict'), body)).status).toBe(400)
  })

  test('counts tokens', async () => {
    const { messages } = body
    const asked = { model: 'chat@20250929', messages }
    const answer = await post(path('rawPredict', 'count-tokens'), asked)
    expect(await answer.json()).toEqual({ input_tokens: expect.any(Number) })
  })

  test.each<[FaultName, RegExp]>([
    ['error-event', /event: error\ndata: \{"type":"error"/],
    ['ends-early', /content_block_delta(?!.*message_stop)/s],
  ])('a stream meets the fault %s', async (fault, end) => {
    simulator.script(fault)
    const answer = await post(path('streamRawPredict'), { ...body, stream: true })
    expect(await answer.text()).toMatch(end)
  })

  test('a refusal is in the words of Google', async () => {
    const refused = await post(path('rawPredict', 'error-429'), body)
    expect(refused.status).toBe(429)
    const { error } = (await refused.json()) as { error: object }
    expect(error).toMatchObject({ status: 'RESOURCE_EXHAUSTED' })
    expect(error).not.toHaveProperty('details')
  })
})

describe('an access token', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const json = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const seconds = nowMs / 1000
  const claims = {
    iss: 'service@project-1.iam.gserviceaccount.com',
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    aud: 'https://oauth2.googleapis.com/token',
    iat: seconds,
    exp: seconds + 3600,
  }
  const assertion = (more: object = {}, header: object = { alg: 'RS256', typ: 'JWT' }) => {
    const text = `${json(header)}.${json({ ...claims, ...more })}`
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`
  }
  const grant = (form: Record<string, string>) =>
    fetch(`${base}/token`, { method: 'POST', body: new URLSearchParams(form) })
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
  const ask = (token: string) =>
    fetch(`${base}/${place}/google/models/chat:generateContent`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ contents }),
    })

  test('is given for a signed assertion, and is good for an hour', async () => {
    const answer = await grant({ grant_type, assertion: assertion() })
    const token = (await answer.json()) as { access_token: string }
    expect(token).toMatchObject({ expires_in: 3599, token_type: 'Bearer' })
    expect((await ask(token.access_token)).status).toBe(200)
    shiftMs = 3600 * 1000
    const late = await ask(token.access_token)
    shiftMs = 0
    expect(late.status).toBe(401)
    expect(await late.json()).toMatchObject({ error: { status: 'UNAUTHENTICATED' } })
  })

  test.each(['key', 'ya29.made-up'])('is not just anything: %s', async (token) => {
    expect((await ask(token)).status).toBe(401)
  })

  test.each<[string, object]>([
    ['it lives too long', { exp: seconds + 3601 }],
    ['it is over', { iat: seconds - 3600, exp: seconds - 1 }],
    ['it is of tomorrow', { iat: seconds + 86_400, exp: seconds + 86_401 }],
    ['nobody issued it', { iss: '' }],
    ['it has no scope', { scope: undefined }],
    ['it is for another', { aud: 'https://example.com' }],
  ])('is not given for an assertion where %s', async (_what, more) => {
    const answer = await grant({ grant_type, assertion: assertion(more) })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' })
  })

  test.each([
    ['another algorithm', assertion({}, { alg: 'HS256', typ: 'JWT' })],
    ['no signature', assertion().replace(/[^.]+$/, 'x')],
    ['two pieces', 'x.y'],
    ['nothing', ''],
  ])('is not given for an assertion with %s', async (_what, bad) => {
    expect((await grant({ grant_type, assertion: bad })).status).toBe(400)
  })

  test('is given for no other grant', async () => {
    const other = await grant({ grant_type: 'password', assertion: assertion() })
    expect(other.status).toBe(400)
    expect(await other.json()).toMatchObject({ error: 'unsupported_grant_type' })
  })
})
