import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../json.ts'
import { createSimulator } from '../simulator.ts'
import { call, chunksIn, deltasIn, joined, weatherTool } from '../testing/vendor-calls.ts'

const simulator = createSimulator({ seed: 2 })
let listening: Awaited<ReturnType<typeof simulator.listen>>

beforeAll(async () => {
  listening = await simulator.listen()
})
afterAll(() => listening.close())

const path = '/openrouter/api/v1/chat/completions'
const messages = [{ role: 'user', content: 'What is the weather in Rome?' }]
const ask = (body: JsonObject) => call(listening, path, { messages, ...body })

test('a stream begins with a comment and ends with usage and cost, unasked', async () => {
  const { text, headers } = await ask({ model: 'chat', stream: true })
  expect(text).toMatch(/^: OPENROUTER PROCESSING\n\ndata: /)
  const chunks = chunksIn(text)
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { cost: expect.any(Number) } })
  expect(chunks[0]).toMatchObject({ provider: 'Simulator', id: headers.get('x-generation-id') })
})

test.each(['reason', 'encrypted'])(
  '%s wants its reasoning back, unmodified, after it called a tool',
  async (model) => {
    const { text } = await ask({ model, tools: [weatherTool] })
    const [{ message }] = JSON.parse(text).choices
    expect(message.reasoning_details.length).toBeGreaterThan(0)
    const result = { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'Sunny.' }
    const replay = (said: JsonObject) =>
      ask({ model, tools: [weatherTool], messages: [...messages, said, result] })
    expect((await replay(message)).status).toBe(200)
    const { reasoning_details: _, ...bare } = message
    const refused = await replay(bare)
    expect(refused.status).toBe(400)
    expect(JSON.parse(refused.text).error).toMatchObject({
      code: 400,
      metadata: { provider_name: 'Simulator' },
    })
    const altered = structuredClone(message)
    Object.assign(altered.reasoning_details.at(-1), { signature: 'AAAA', data: 'AAAA' })
    expect((await replay(altered)).status).toBe(400)
  },
)

test('fragments of streamed reasoning can be sent back as they came', async () => {
  const { text } = await ask({ model: 'reason', tools: [weatherTool], stream: true })
  const deltas = deltasIn(text)
  const details = deltas.flatMap(({ reasoning_details: some }) => (Array.isArray(some) ? some : []))
  expect(joined(deltas, 'reasoning')).toContain('weather')
  const id = 'call_1'
  const name = 'get_weather'
  const said = {
    role: 'assistant',
    content: null,
    reasoning_details: details,
    tool_calls: [{ id, type: 'function', function: { name, arguments: '{}' } }],
  }
  const result = { role: 'tool', tool_call_id: id, content: 'Sunny.' }
  const { status } = await ask({ model: 'reason', messages: [...messages, said, result] })
  expect(status).toBe(200)
})

test('errors have numbers for codes, in the body and in the stream', async () => {
  const refused = await ask({ model: 'nobody' })
  expect(JSON.parse(refused.text)).toMatchObject({ error: { code: 404 } })
  simulator.script('error-event')
  const broken = await ask({ model: 'chat', stream: true })
  expect(chunksIn(broken.text).at(-1)).toMatchObject({
    object: 'chat.completion.chunk',
    error: { code: 500 },
    choices: [{ delta: { content: '' }, finish_reason: 'error' }],
  })
})

test('an error can come under status 200, and as the reason of a finish', async () => {
  const body = await ask({ model: 'error-200' })
  expect(body.status).toBe(200)
  expect(JSON.parse(body.text)).toMatchObject({ error: { code: 502 } })
  const finish = await ask({ model: 'error-finish' })
  expect(JSON.parse(finish.text).choices[0]).toMatchObject({
    finish_reason: 'error',
    error: { code: 502 },
  })
})

test('names of an author and a slug are known, and prices are text', async () => {
  const { text } = await call(listening, '/openrouter/api/v1/models')
  const model = JSON.parse(text).data.find(({ id }: JsonObject) => id === 'simulator/echo')
  expect(model.pricing).toMatchObject({ prompt: '0.000002', completion: '0.000006' })
  const answer = await ask({ model: 'simulator/echo:free' })
  expect(JSON.parse(answer.text).choices[0].message.content).toBe('What is the weather in Rome?')
})

test('what an answer cost can be asked for by its id', async () => {
  const { headers, text } = await ask({ model: 'chat' })
  const id = headers.get('x-generation-id')
  const kept = await call(listening, `/openrouter/api/v1/generation?id=${id}`)
  expect(JSON.parse(kept.text).data.total_cost).toBe(JSON.parse(text).usage.cost)
})

test('only the list of models needs no key', async () => {
  const guarded = createSimulator({ requireKey: 'sk-or-1' })
  const place = await guarded.listen()
  expect((await call(place, '/openrouter/api/v1/models')).status).toBe(200)
  const key = await call(place, '/openrouter/api/v1/key')
  expect(key.status).toBe(401)
  const headers = { authorization: 'Bearer sk-or-1' }
  const right = await call(place, '/openrouter/api/v1/key', undefined, headers)
  expect(JSON.parse(right.text).data.limit_remaining).toBeGreaterThan(0)
  await place.close()
})

test('credits that are only reserved are 402 with a time to come back, spent ones without', async () => {
  const reserved = await ask({ model: 'in-flight' })
  expect(reserved.status).toBe(402)
  expect(reserved.headers.get('retry-after')).toBe('1')
  expect(JSON.parse(reserved.text).error.metadata.limit_source).toBe('openrouter_in_flight_budget')
  simulator.script('quota-exhausted')
  const spent = await ask({ model: 'chat' })
  expect(spent.status).toBe(402)
  expect(spent.headers.has('retry-after')).toBe(false)
})
