import type OpenAI from 'openai'
import { APIError } from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSimulator } from '../../simulator.ts'
import {
  call,
  chunksIn,
  clientAt,
  deltasIn,
  joined,
  weatherTool,
} from '../../testing/vendor-calls.ts'

const key = 'sk-right'
const simulator = createSimulator({ seed: 5, requireKey: key })
let listening: Awaited<ReturnType<typeof simulator.listen>>
let openai: OpenAI

beforeAll(async () => {
  listening = await simulator.listen()
})
afterAll(() => listening.close())

const ask = (content: string) => [{ role: 'user' as const, content }]
const authorization = { authorization: `Bearer ${key}` }

interface Row {
  base: string
  /** What a wrong key is answered with. */
  badKey: number
  /** The status of a rate limit, and of a bill that is not paid. */
  unpaid: number
  /** The status of an unknown model. */
  unknown: number
}

const vendors: Record<string, Row> = {
  xai: { base: '/xai/v1', badKey: 400, unpaid: 429, unknown: 404 },
  openrouter: { base: '/openrouter/api/v1', badKey: 401, unpaid: 402, unknown: 404 },
  deepseek: { base: '/deepseek', badKey: 401, unpaid: 402, unknown: 400 },
  groq: { base: '/groq/openai/v1', badKey: 401, unpaid: 429, unknown: 404 },
  'azure-openai': { base: '/azure-openai/openai/v1', badKey: 401, unpaid: 429, unknown: 404 },
  mistral: { base: '/mistral/v1', badKey: 401, unpaid: 402, unknown: 400 },
  // The model that is loaded answers for any other.
  lmstudio: { base: '/lmstudio/v1', badKey: 401, unpaid: 429, unknown: 200 },
  poe: { base: '/poe/v1', badKey: 401, unpaid: 402, unknown: 400 },
  doubao: { base: '/doubao/api/v3', badKey: 401, unpaid: 429, unknown: 404 },
}

const statusOf = (request: Promise<unknown>) =>
  request.then(
    () => 200,
    (error) => (error instanceof APIError ? error.status : error),
  )

describe.each(Object.entries(vendors))('%s', (_name, { base, badKey, unpaid, unknown }) => {
  beforeEach(() => {
    openai = clientAt(listening, base, key)
  })

  const stream = (body = {}) =>
    call(
      listening,
      `${base}/chat/completions`,
      { model: 'chat', messages: ask('What is a gateway?'), stream: true, ...body },
      authorization,
    )

  test('says the same whole and streamed, and ends with [DONE]', async () => {
    const request = { model: 'chat', messages: ask('What is a gateway?') }
    const whole = await openai.chat.completions.create(request)
    const said = whole.choices[0]?.message.content
    expect(said).toContain('What is a gateway?')
    expect(whole.choices[0]?.finish_reason).toBe('stop')
    const streamed = await stream()
    expect(joined(deltasIn(streamed.text), 'content')).toBe(said)
    let read = ''
    for await (const { choices } of await openai.chat.completions.create({
      ...request,
      stream: true,
    })) {
      read += choices[0]?.delta.content ?? ''
    }
    expect(read).toBe(said)
    expect(streamed.text).toMatch(/data: \[DONE\]\n\n$/)
    const finishes = chunksIn(streamed.text)
      .flatMap(({ choices }) => choices ?? [])
      .filter((choice) => JSON.stringify(choice).includes('"finish_reason":"stop"'))
    expect(finishes).toHaveLength(1)
  })

  test('counts the same whole and streamed', async () => {
    const request = { model: 'reason', messages: ask('Why?') }
    const { usage } = await openai.chat.completions.create(request)
    expect(usage?.prompt_tokens).toBeGreaterThan(0)
    const asked = base.startsWith('/mistral') ? {} : { stream_options: { include_usage: true } }
    const { text } = await stream({ ...request, ...asked })
    const told = chunksIn(text).findLast((chunk) => chunk.usage != null)
    expect(told?.usage).toEqual(usage)
  })

  test('calls tools, whole and streamed', async () => {
    const request = {
      model: 'tools',
      messages: ask('What is the weather in Paris and Rome?'),
      tools: [weatherTool],
    }
    const whole = await openai.chat.completions.create(request)
    const calls = whole.choices[0]?.message.tool_calls ?? []
    expect(calls.map((one) => (one.type === 'function' ? one.function.arguments : ''))).toEqual([
      '{"city":"Paris"}',
      '{"city":"Rome"}',
    ])
    expect(whole.choices[0]?.finish_reason).toBe('tool_calls')
    const { text } = await stream(request)
    expect(text).toContain('"finish_reason":"tool_calls"')
    const pieces = deltasIn(text).flatMap(({ tool_calls: some }) => some ?? [])
    const written = pieces.map((piece) => JSON.stringify(piece)).join()
    expect(written).toContain('get_weather')
    expect(written).toContain('Rome')
  })

  test('refuses a wrong key, and an unknown model', async () => {
    const wrong = clientAt(listening, base, 'sk-wrong')
    const request = { model: 'chat', messages: ask('hi') }
    expect(await statusOf(wrong.chat.completions.create(request))).toBe(badKey)
    const other = openai.chat.completions.create({ ...request, model: 'nobody' })
    expect(await statusOf(other)).toBe(unknown)
  })

  test('refuses as the vendor does when a fault wants it', async () => {
    const request = { model: 'chat', messages: ask('hi') }
    simulator.script(['rate-limited', 'quota-exhausted'])
    const limited = await openai.chat.completions.create(request).catch((error) => error)
    expect(limited).toMatchObject({ status: 429 })
    expect(limited.headers.get('retry-after')).toBe('2')
    expect(await statusOf(openai.chat.completions.create(request))).toBe(unpaid)
  })

  test('breaks off in the middle of a stream when a fault wants it', async () => {
    const well = await stream()
    simulator.script('ends-early')
    const cut = await stream()
    expect(chunksIn(cut.text).length).toBeLessThan(chunksIn(well.text).length)
    expect(cut.text).not.toContain('[DONE]')
    simulator.script('close-mid-stream')
    await expect(stream()).rejects.toThrow()
  })

  test('says in the stream what went wrong when a fault wants it', async () => {
    simulator.script('error-event')
    const { text } = await stream()
    const last = text.trim().split('\n').at(-1) ?? ''
    expect(JSON.parse(last.replace('data: ', ''))).toMatchObject(
      base.startsWith('/mistral') ? { object: 'error' } : { error: expect.anything() },
    )
  })

  test('lists the models of the simulator', async () => {
    const { text } = await call(listening, `${base}/models`, undefined, authorization)
    expect(text).toMatch(/"id":"(simulator\/)?reason"/)
  })

  test('says that there is nothing at an unknown path', async () => {
    const { status, text } = await call(listening, `${base}/nowhere`, {}, authorization)
    expect(status).toBe(base.startsWith('/lmstudio') ? 200 : 404)
    expect(text).toMatch(/error|message/)
  })
})

test.each([
  ['/xai/v1/responses'],
  ['/openrouter/api/v1/responses'],
  ['/deepseek/responses'],
  ['/groq/openai/v1/responses'],
  ['/azure-openai/openai/v1/responses'],
  ['/lmstudio/v1/responses'],
  ['/poe/v1/responses'],
  ['/doubao/api/v3/responses'],
])('%s speaks the Responses API', async (path) => {
  const client = clientAt(listening, path.replace('/responses', ''), key)
  const answer = await client.responses.create({ model: 'chat', input: 'What is a gateway?' })
  expect(answer.output_text).toContain('What is a gateway?')
  simulator.script('error-event')
  const { text } = await call(
    listening,
    path,
    { model: 'chat', input: 'What is a gateway?', stream: true },
    authorization,
  )
  expect(text).toContain('event: error\n')
})

test.each([
  ['/openrouter/api/v1/messages'],
  ['/deepseek/anthropic/v1/messages'],
  ['/lmstudio/v1/messages'],
  ['/poe/v1/messages'],
])('%s speaks Anthropic’s Messages API, errors included', async (path) => {
  const headers = { ...authorization, 'anthropic-version': '2023-06-01' }
  const body = { model: 'chat', max_tokens: 500, messages: ask('What is a gateway?') }
  const { text } = await call(listening, path, body, headers)
  expect(JSON.parse(text)).toMatchObject({ type: 'message', role: 'assistant' })
  const refused = await call(listening, path, { ...body, messages: [] }, headers)
  expect(JSON.parse(refused.text)).toMatchObject({ type: 'error' })
})
