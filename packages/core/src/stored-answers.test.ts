import { openAiResponses } from '@aigne-hub/dialects'
import { type JsonObject, jsonBody, type Provider } from '@aigne-hub/protocol'
import { customProvider } from '@aigne-hub/providers'
import { createSimulator } from '@aigne-hub/simulator'
import { expect, test } from 'vitest'
import { createCatalogue } from './catalogue.ts'
import type { RequestRecord } from './request-record.ts'
import { createRouter } from './router.ts'
import type { AnswerStore, StoredAnswer, StoredChain } from './stored-answers.ts'
import { credential } from './testing/providers.ts'
import { dataOf, textOf } from './testing/replies.ts'
import { failureOf } from './testing/set-up.ts'

/** A store as embedders may have it: everything in memory. */
function memoryStore() {
  const kept: StoredAnswer[] = []
  const find = (accountId: string, id: string) =>
    kept.find((answer) => answer.accountId === accountId && answer.id === id)
  const chainOf = (accountId: string, id: string): StoredChain | undefined => {
    const answer = find(accountId, id)
    if (!answer) return undefined
    if (answer.at) return { at: answer.at }
    const before = answer.previousId ? chainOf(accountId, answer.previousId) : { messages: [] }
    if (!before || 'at' in before) return undefined
    return { messages: [...before.messages, ...(answer.messages ?? [])] }
  }
  const store: AnswerStore = {
    find: async (accountId, id) => chainOf(accountId, id),
    read: async (accountId, id) => find(accountId, id)?.body,
    keep: async (answer) => void kept.push(answer),
  }
  return { store, kept }
}

/** `chat` is a server of Chat Completions, `responses` one of the Responses API; both are a simulator. */
function setUp({ stores = true, full = false, credentials = ['first', 'second'] } = {}) {
  const simulator = createSimulator()
  const provider = (id: string, dialect: 'openai' | 'openai-responses'): Provider => ({
    adapter: { ...customProvider({ id, baseUrl: 'http://sim.invalid/v1', dialect }) },
    credentials: credentials.map((name) => credential(name)),
  })
  const { store, kept } = memoryStore()
  const records: RequestRecord[] = []
  if (full) store.keep = () => Promise.reject(new Error('no room'))
  const router = createRouter({
    recorder: { record: async (record) => void records.push(structuredClone(record)) },
    catalogue: createCatalogue({
      providers: [provider('chat', 'openai'), provider('responses', 'openai-responses')],
    }),
    transport: simulator,
    ...(stores && { answers: store }),
  })
  const caller = (accountId: string) => ({ keyId: 'k', keyName: 'k', accountId })
  const route = (fields: JsonObject, accountId = 'ann') =>
    router.route({
      dialect: openAiResponses,
      body: jsonBody(fields),
      caller: caller(accountId),
    })
  const ask = async (fields: JsonObject, accountId?: string) =>
    JSON.parse(await textOf(await route(fields, accountId)))
  return { simulator, kept, store, records, route, ask }
}

const sent = (body: unknown) => (body as { messages: { role: string; content: string }[] }).messages

test('a chain continues where the provider knows of none: everything said is sent again', async () => {
  const { ask, simulator } = setUp()
  const first = await ask({ model: 'chat/echo', input: 'One.', instructions: 'Be brief.' })
  const second = await ask({
    model: 'chat/echo',
    input: 'Two.',
    previous_response_id: first.id,
    instructions: 'Be kind.',
  })
  await ask({ model: 'chat/echo', input: 'Three.', previous_response_id: second.id })
  const [, again, last] = simulator.requests.map(({ body }) => sent(body))
  expect(again).toEqual([
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'One.' },
    { role: 'assistant', content: 'One.' },
    { role: 'user', content: 'Two.' },
  ])
  expect(last?.map(({ content }) => content)).toEqual(['One.', 'One.', 'Two.', 'Two.', 'Three.'])
})

test('a streamed answer is kept as well, under the id its events name', async () => {
  const { route, ask, simulator } = setUp()
  const text = await textOf(await route({ model: 'chat/echo', input: 'One.', stream: true }))
  const ids = dataOf(text.replace(/^event: .*\n/gm, '')).flatMap(
    (data) => JSON.parse(data).response?.id ?? [],
  )
  expect(new Set(ids).size).toBe(1)
  await ask({ model: 'chat/echo', input: 'Two.', previous_response_id: ids[0] as string })
  expect(sent(simulator.requests.at(-1)?.body)).toHaveLength(3)
})

test('where the provider keeps the answer, the chain stays there, with the same credential', async () => {
  const { ask, simulator, kept } = setUp()
  const first = await ask({ model: 'responses/echo', input: 'One.' })
  expect(kept).toEqual([
    {
      accountId: 'ann',
      id: first.id,
      at: { provider: 'responses', credentialId: 'cred-first' },
    },
  ])
  const second = await ask({
    model: 'responses/echo',
    input: 'Two.',
    previous_response_id: first.id,
  })
  expect(second.previous_response_id).toBe(first.id)
  expect(simulator.requests.at(-1)?.body).toMatchObject({
    input: 'Two.',
    previous_response_id: first.id,
  })
})

test('a chain kept at one provider cannot go on at another, and the refusal says where it is', async () => {
  const { ask, route } = setUp()
  const { id } = await ask({ model: 'responses/echo', input: 'One.' })
  const call = route({ model: 'chat/echo', input: 'Two.', previous_response_id: id })
  expect(await failureOf(call)).toMatchObject({
    code: 'invalid_request',
    param: 'previous_response_id',
    message: expect.stringContaining('is kept at responses (chat/echo is not there)'),
  })
})

test('a chain kept here goes on anywhere', async () => {
  const { ask, simulator } = setUp()
  const { id } = await ask({ model: 'chat/echo', input: 'One.' })
  await ask({ model: 'responses/echo', input: 'Two.', previous_response_id: id })
  const body = simulator.requests.at(-1)?.body as JsonObject
  expect(body).not.toHaveProperty('previous_response_id')
  expect(body.store).toBe(false)
  expect(body.input).toHaveLength(3)
})

test.each([
  ['that nobody knows', 'resp_unknown', {}],
  ['of an answer that was not to be stored', undefined, { store: false }],
])('an id %s is a 400', async (_, unknown, fields) => {
  const { ask, route, kept } = setUp()
  const { id } = await ask({ model: 'chat/echo', input: 'One.', ...fields })
  const call = route({ model: 'chat/echo', input: 'x', previous_response_id: unknown ?? id })
  expect(await failureOf(call)).toMatchObject({
    code: 'previous_response_not_found',
    status: 400,
    param: 'previous_response_id',
  })
  expect(kept).toHaveLength(unknown ? 1 : 0)
})

test('what was said may be named by the ids of its items', async () => {
  const { ask, simulator } = setUp()
  const first = await ask({ model: 'chat/echo', input: 'One.' })
  const [{ id }] = first.output
  const input = [
    { role: 'user', content: 'One.' },
    { type: 'item_reference', id },
    { role: 'user', content: 'Two.' },
  ]
  await ask({ model: 'chat/echo', input })
  expect(sent(simulator.requests.at(-1)?.body)).toEqual([
    { role: 'user', content: 'One.' },
    { role: 'assistant', content: 'One.' },
    { role: 'user', content: 'Two.' },
  ])
})

test('another account’s id is as unknown as any', async () => {
  const { ask, route } = setUp()
  const { id } = await ask({ model: 'chat/echo', input: 'One.' }, 'ann')
  const call = route({ model: 'chat/echo', input: 'x', previous_response_id: id }, 'bob')
  expect((await failureOf(call)).code).toBe('previous_response_not_found')
})

test('a router without a store keeps nothing and lets no provider keep anything', async () => {
  const { ask, route, simulator } = setUp({ stores: false })
  const { id } = await ask({ model: 'responses/echo', input: 'One.' })
  expect(simulator.requests.at(-1)?.body).toMatchObject({ store: false })
  const call = route({ model: 'responses/echo', input: 'x', previous_response_id: id })
  expect((await failureOf(call)).message).toContain('does not store responses')
})

test('an answer that fails half-way is not kept', async () => {
  const { route, simulator, kept } = setUp()
  simulator.script('close-mid-stream')
  const text = await textOf(await route({ model: 'chat/chat', input: 'One.', stream: true }))
  expect(text).toContain('event: error')
  expect(kept).toEqual([])
})

test('a call whose answer cannot be kept fails, and what it took is recorded all the same', async () => {
  const { route, records } = setUp({ full: true })
  const whole = await failureOf(route({ model: 'chat/echo', input: 'One.' }))
  expect(whole).toMatchObject({ code: 'storage_unavailable', status: 503 })
  const text = await textOf(await route({ model: 'chat/echo', input: 'One.', stream: true }))
  expect(text).toContain('storage_unavailable')
  expect(text).not.toContain('response.completed')
  expect(records).toMatchObject([
    { errorCode: 'storage_unavailable', usage: { output: expect.any(Number) } },
    { errorCode: 'storage_unavailable', usage: { output: expect.any(Number) } },
  ])
  for (const { usage } of records) expect(usage.output).toBeGreaterThan(0)
})

test('what a provider that keeps the chain cannot take as it is, is refused', async () => {
  const { ask, route } = setUp()
  const { id } = await ask({ model: 'responses/echo', input: 'One.' })
  const input = [
    { type: 'reasoning', summary: [], encrypted_content: 'hub1.anthropic.c2ln' },
    { role: 'user', content: 'Two.' },
  ]
  const call = route({ model: 'responses/echo', input, previous_response_id: id })
  expect(await failureOf(call)).toMatchObject({
    code: 'invalid_request',
    param: 'previous_response_id',
  })
})

test.each([
  ['background', { background: true }],
  ['conversation', { conversation: 'conv_1' }],
])('%s would keep something that belongs to nobody', async (param, fields) => {
  const { route, simulator } = setUp()
  const call = route({ model: 'responses/echo', input: 'x', ...fields })
  expect(await failureOf(call)).toMatchObject({ code: 'unsupported_parameter', param })
  expect(simulator.requests).toEqual([])
})

test('a chain kept with a credential that is gone cannot go on', async () => {
  const { ask, store } = setUp()
  const { id } = await ask({ model: 'responses/echo', input: 'One.' })
  const later = setUp({ credentials: ['third'] })
  later.store.find = store.find
  const call = later.route({ model: 'responses/echo', input: 'x', previous_response_id: id })
  expect(await failureOf(call)).toMatchObject({
    status: 400,
    param: 'previous_response_id',
    message: expect.stringContaining('is not used with that credential any more'),
  })
})
