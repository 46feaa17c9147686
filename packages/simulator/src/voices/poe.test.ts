import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../json.ts'
import { createSimulator } from '../simulator.ts'
import { call, chunksIn, weatherTool } from '../testing/vendor-calls.ts'

const key = 'poe-key'
const simulator = createSimulator({ seed: 2, requireKey: key })
let listening: Awaited<ReturnType<typeof simulator.listen>>

beforeAll(async () => {
  listening = await simulator.listen()
})
afterAll(() => listening.close())

const headers = { authorization: `Bearer ${key}` }
const messages = [{ role: 'user', content: 'What is the weather in Rome?' }]
const ask = (body: JsonObject) =>
  call(listening, '/poe/v1/chat/completions', { model: 'GPT-5.4', messages, ...body }, headers)

test('a stream just stops where a bot does not know tools', async () => {
  const { status, text } = await ask({ model: 'silent', tools: [weatherTool], stream: true })
  expect(status).toBe(200)
  expect(text).not.toContain('[DONE]')
  expect(text).not.toMatch(/"finish_reason":"/)
  const without = await ask({ model: 'silent', stream: true })
  expect(without.text).toContain('[DONE]')
})

test('usage comes with the chunk that finishes, when it is asked for', async () => {
  const options = { include_usage: true }
  const { text } = await ask({ stream: true, stream_options: options })
  expect(chunksIn(text).at(-1)).toMatchObject({
    choices: [{ finish_reason: 'stop' }],
    usage: { total_tokens: expect.any(Number) },
  })
  expect((await ask({ stream: true })).text).not.toContain('usage')
})

test.each(['image', 'GPT-Image-1.5'])(
  '%s answers with a link to a picture, which needs no key',
  async (model) => {
    const { text } = await ask({ model })
    const answer = JSON.parse(text)
    expect(answer.usage.total_tokens).toBe(0)
    const [, link = ''] =
      /^!\[image\]\((http:[^)]+)\)$/.exec(answer.choices[0].message.content) ?? []
    expect(link).toContain(`${listening.url}/poe/`)
    const picture = await fetch(link)
    expect(picture.headers.get('content-type')).toBe('image/png')
    const bytes = Buffer.from(await picture.arrayBuffer())
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
  },
)

test('what was thought is quoted in the text', async () => {
  const { text } = await ask({ model: 'reason' })
  expect(JSON.parse(text).choices[0].message.content).toMatch(/^\*Thinking\.\.\.\*\n\n> .+\n\n/)
})

test('an unknown bot is 400, and errors have no param', async () => {
  const { status, text } = await ask({ model: 'nobody' })
  expect(status).toBe(400)
  expect(JSON.parse(text).error).toEqual({
    message: expect.any(String),
    type: 'invalid_request_error',
    code: 'model_not_found',
  })
  expect((await ask({ model: 'error-402' })).status).toBe(402)
})

test('the limit is reset in plain seconds, on every answer', async () => {
  const well = await ask({})
  expect(well.headers.get('x-ratelimit-reset-requests')).toMatch(/^\d+$/)
  simulator.script('rate-limited')
  const limited = await ask({})
  expect(limited.headers.get('x-ratelimit-remaining-requests')).toBe('0')
})

test('the balance needs a key, the list of models none and tells times in milliseconds', async () => {
  const path = '/poe/usage/current_balance'
  expect((await call(listening, path)).status).toBe(401)
  const { text } = await call(listening, path, undefined, headers)
  expect(JSON.parse(text)).toEqual({ current_point_balance: expect.any(Number) })
  const models = await call(listening, '/poe/v1/models')
  expect(new Date(JSON.parse(models.text).data[0].created).getUTCFullYear()).toBe(2026)
})

test('a schema is not kept', async () => {
  const schema = { type: 'object', properties: { a: { type: 'number' } } }
  const format = { type: 'json_schema', json_schema: { name: 'a', schema } }
  const { text } = await ask({ response_format: format })
  expect(JSON.parse(text).choices[0].message.content).toContain('simulator')
})

test('a key for Anthropic’s clients is one, too', async () => {
  const body = { model: 'claude-sonnet-4.5', max_tokens: 100, messages }
  const keys = { 'x-api-key': key, 'anthropic-version': '2023-06-01' }
  const { status } = await call(listening, '/poe/v1/messages', body, keys)
  expect(status).toBe(200)
})
