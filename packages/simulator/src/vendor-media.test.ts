// Media of vendors that have little of it: Mistral, Groq, LM Studio and Azure.

import OpenAI, { AzureOpenAI, toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drawPng } from './behaviour/png.ts'
import { createRandom } from './random.ts'
import { createSimulator } from './simulator.ts'
import { jsonClient } from './testing/json-client.ts'

const simulator = createSimulator({ seed: 7, requireKey: 'key' })
let listening: Awaited<ReturnType<typeof simulator.listen>>

beforeAll(async () => {
  listening = await simulator.listen()
})
afterAll(() => listening.close())

const client = (path: string) =>
  new OpenAI({ baseURL: listening.url + path, apiKey: 'key', maxRetries: 0 })
const wav = () => toFile(Buffer.alloc(100), 'a.wav', { type: 'audio/wav' })

describe('Mistral', () => {
  const mistral = jsonClient(() => `${listening.url}/mistral/v1`)
  const model = 'mistral-embed-2312'

  test('embeds in as many dimensions as asked for, under its own name for them', async () => {
    const answer = await mistral.post('/embeddings', { model, input: ['a'], output_dimension: 64 })
    const { data, usage } = answer.json as { data: { embedding: number[] }[]; usage: object }
    expect(data[0]?.embedding).toHaveLength(64)
    expect(usage).toEqual({ prompt_tokens: 1, completion_tokens: 0, total_tokens: 1 })
  })

  test.each(['dimensions', 'user'])('refuses %s', async (field) => {
    const answer = await mistral.post('/embeddings', { model, input: 'a', [field]: 64 })
    expect(answer).toMatchObject({
      status: 422,
      json: { detail: [{ type: 'extra_forbidden', loc: ['body', field] }] },
    })
  })

  test('judges texts in its own categories', async () => {
    const request = { model: 'mistral-moderation-latest', input: ['attack at dawn', 'breakfast'] }
    const { json } = await mistral.post('/moderations', request)
    expect(json).toMatchObject({
      model: 'mistral-moderation-latest',
      results: [
        { categories: { violence_and_threats: true, pii: false } },
        { categories: { violence_and_threats: false } },
      ],
    })
  })

  test('meets a fault', async () => {
    simulator.script('server-error')
    const answer = await mistral.post('/embeddings', { model, input: 'a' })
    expect(answer).toMatchObject({ status: 500, json: { object: 'error', type: 'server_error' } })
  })
})

describe('Groq', () => {
  test('embeds, talks as WAV and listens', async () => {
    const groq = client('/groq/openai/v1')
    const embedded = await groq.embeddings.create({ model: 'nomic-embed-text-v1.5', input: 'a' })
    expect(embedded.data[0]?.embedding).toHaveLength(256)
    const model = 'canopylabs/orpheus-v1-english'
    const spoken = await groq.audio.speech.create({ model, voice: 'tara', input: 'Hi' })
    expect(spoken.headers.get('content-type')).toBe('audio/wav')
    const text = await groq.audio.transcriptions.create({
      model: 'whisper-large-v3',
      file: await wav(),
      response_format: 'text',
    })
    expect(text).toContain('a.wav (audio/wav)')
  })

  test('cannot tell of an error inside of audio', async () => {
    const say = () =>
      client('/groq/openai/v1').audio.speech.create({
        model: 'speech',
        voice: 'tara',
        input: 'Hello, world. '.repeat(50),
      })
    const whole = Buffer.from(await (await say()).arrayBuffer())
    simulator.script('error-event')
    const cut = Buffer.from(await (await say()).arrayBuffer())
    expect(cut.length).toBeLessThan(whole.length)
    expect(whole.subarray(0, cut.length).equals(cut)).toBe(true)
  })
})

test('LM Studio counts nothing', async () => {
  const { data, usage } = await client('/lmstudio/v1').embeddings.create({
    model: 'text-embedding-nomic-embed-text-v1.5',
    input: 'one two three',
    encoding_format: 'float',
  })
  expect(data[0]?.embedding).toHaveLength(256)
  expect(usage).toEqual({ prompt_tokens: 0, total_tokens: 0 })
})

describe('Azure', () => {
  const deployment = (name: string) =>
    new AzureOpenAI({
      endpoint: `${listening.url}/azure-openai`,
      apiKey: 'key',
      apiVersion: '2024-10-21',
      deployment: name,
      maxRetries: 0,
    })

  test('embeds by deployment, whatever model the body names', async () => {
    const azure = deployment('embed-256')
    const { data } = await azure.embeddings.create({ model: 'gpt-9', input: 'a' })
    expect(data[0]?.embedding).toHaveLength(256)
  })

  test('draws, edits, talks and listens by deployment', async () => {
    const prompt = 'a cat'
    const model = 'ignored'
    const size = '256x256'
    const drawn = await deployment('image').images.generate({ model, prompt, size })
    expect(drawn.data).toHaveLength(1)
    const png = drawPng({ width: 32, height: 32 }, createRandom(1))
    const image = await toFile(png, 'a.png', { type: 'image/png' })
    const edited = await deployment('image').images.edit({ model, prompt, image, size })
    expect(edited.data?.[0]?.revised_prompt).toContain('from 1 image')
    const spoken = await deployment('speech').audio.speech.create({
      model,
      voice: 'alloy',
      input: 'Hi',
    })
    expect(spoken.headers.get('content-type')).toBe('audio/mpeg')
    const heard = await deployment('transcribe').audio.transcriptions.create({
      model,
      file: await wav(),
    })
    expect(heard.text).toContain('a.wav')
  })

  test('names the deployment in the body at its newer address', async () => {
    const azure = client('/azure-openai/openai/v1')
    const { data } = await azure.embeddings.create({ model: 'text-embedding-3-small', input: 'a' })
    expect(data[0]?.embedding).toHaveLength(256)
  })

  const grant = (form: Record<string, string>) =>
    fetch(`${listening.url}/azure-openai/tenant-1/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
  const form = {
    grant_type: 'client_credentials',
    client_id: 'app-1',
    client_secret: 'secret',
    scope: 'https://cognitiveservices.azure.com/.default',
  }

  test('gives a token to an application, and takes it', async () => {
    const token = (await (await grant(form)).json()) as { access_token: string }
    expect(token).toMatchObject({ token_type: 'Bearer', expires_in: 3599 })
    const withToken = new AzureOpenAI({
      endpoint: `${listening.url}/azure-openai`,
      azureADTokenProvider: async () => token.access_token,
      apiVersion: '2024-10-21',
      deployment: 'embed-256',
      maxRetries: 0,
    })
    const { data } = await withToken.embeddings.create({ model: 'x', input: 'a' })
    expect(data).toHaveLength(1)
    const foreign = jsonClient(() => `${listening.url}/vertex/v1`, token.access_token)
    expect((await foreign.get('/publishers/google/models')).status).toBe(401)
  })

  test.each([
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{ client_id: '' }, 400, 'invalid_request'],
    [{ client_secret: '' }, 401, 'invalid_client'],
    [{ scope: 'openid' }, 400, 'invalid_scope'],
  ])('gives no token for %j', async (more, status, error) => {
    const answer = await grant({ ...form, ...more })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ error })
  })
})
