// Responses that are continued, fetched and deleted by their id: kept by the hub, or by their provider.
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import type {
  Response,
  ResponseCreateParamsNonStreaming,
} from 'openai/resources/responses/responses'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey, hubFolder, type RunningHub, startHub } from './hub.ts'
import { type Lab, labFile, startLab, voices, weatherSchema } from './voices.ts'

let lab: Lab

beforeAll(async () => {
  lab = await startLab()
})

afterAll(() => lab.close())

const clientOf = ({ baseURL }: RunningHub) =>
  new OpenAI({ baseURL, apiKey: adminKey, maxRetries: 0 })
const create = (params: ResponseCreateParamsNonStreaming) =>
  clientOf(lab.hub).responses.create(params)

const notFound = {
  constructor: OpenAI.BadRequestError,
  status: 400,
  code: 'previous_response_not_found',
  param: 'previous_response_id',
}

/** What the provider was sent last. */
const lastBody = () => JSON.stringify(lab.upstream.requests.at(-1)?.body)

describe.each(voices)('over %s', (provider) => {
  const model = (name: string) => `${provider}/${name}`

  test('a response is continued by its id, again and again', async () => {
    const first = await create({ model: model('chat'), input: 'My name is Ada.' })
    const second = await create({
      model: model('chat'),
      previous_response_id: first.id,
      input: 'I live in Rome.',
    })
    const third = await create({
      model: model('chat'),
      previous_response_id: second.id,
      input: 'Who am I?',
    })
    expect(third.previous_response_id).toBe(second.id)
    const spelledOut = await create({
      model: model('chat'),
      input: [
        { role: 'user', content: 'My name is Ada.' },
        { role: 'assistant', content: first.output_text },
        { role: 'user', content: 'I live in Rome.' },
        { role: 'assistant', content: second.output_text },
        { role: 'user', content: 'Who am I?' },
      ],
    })
    expect(third.usage?.input_tokens).toBe(spelledOut.usage?.input_tokens)
    expect(new Set([first.id, second.id, third.id]).size).toBe(3)
  })

  test('an item that was said may be sent back by its id', async () => {
    const first = await create({ model: model('chat'), input: 'One.' })
    const referring = await create({
      model: model('chat'),
      input: [
        { role: 'user', content: 'One.' },
        { type: 'item_reference', id: first.output[0]?.id ?? '' },
        { role: 'user', content: 'Two.' },
      ],
    })
    const previous_response_id = first.id
    const chained = await create({ model: model('chat'), previous_response_id, input: 'Two.' })
    expect(referring.usage?.input_tokens).toBe(chained.usage?.input_tokens)
  })

  test('a chain has branches', async () => {
    const root = await create({ model: model('chat'), input: 'One.' })
    const branch = (input: string) =>
      create({ model: model('chat'), previous_response_id: root.id, input })
    const [left, right] = [await branch('Two.'), await branch('Two.')]
    expect(left.id).not.toBe(right.id)
    expect(left.usage?.input_tokens).toBe(right.usage?.input_tokens)
  })

  test('streamed calls are continued with what the functions returned', async () => {
    const tools = [
      {
        type: 'function' as const,
        name: 'get_weather',
        description: 'The weather in a city',
        strict: true,
        parameters: weatherSchema,
      },
    ]
    const asked = await clientOf(lab.hub)
      .responses.stream({
        model: model('reason'),
        input: 'What is the weather in Paris?',
        tools,
        stream: true,
      })
      .finalResponse()
    const call = asked.output.find((item) => item.type === 'function_call')
    const answered = await create({
      model: model('reason'),
      previous_response_id: asked.id,
      input: [{ type: 'function_call_output', call_id: call?.call_id ?? '', output: '21 degrees' }],
      tools,
    })
    expect(answered.output_text).toContain('21 degrees')
  })

  test('instructions hold for one response alone', async () => {
    const instructions = 'Be a pirate.'
    const first = await create({ model: model('chat'), instructions, input: 'One.' })
    expect(first.output_text).toContain('pirate')
    const previous_response_id = first.id
    const second = await create({ model: model('chat'), previous_response_id, input: 'Two.' })
    expect(second.output_text).not.toContain('pirate')
    expect(second.instructions).toBeNull()
  })

  test('store: false keeps nothing', async () => {
    const created = await create({ model: model('chat'), input: 'One.', store: false })
    expect(created).toHaveProperty('store', false)
    const { id } = created
    await expect(
      create({ model: model('chat'), previous_response_id: id, input: 'Two.' }),
    ).rejects.toMatchObject(notFound)
    await expect(clientOf(lab.hub).responses.retrieve(id)).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    )
  })

  test('an unknown id is refused before the provider is asked', async () => {
    const before = lab.upstream.counters.received
    await expect(
      create({ model: model('chat'), previous_response_id: 'resp_nothing', input: 'Two.' }),
    ).rejects.toMatchObject(notFound)
    expect(lab.upstream.counters.received).toBe(before)
  })
})

test('what a provider keeps is fetched there, and deleted there and here', async () => {
  const { responses } = clientOf(lab.hub)
  const { id, output } = await create({ model: 'responses/chat', input: 'Hi' })
  expect(await responses.retrieve(id)).toMatchObject({ id, output })
  await responses.delete(id)
  expect(lab.upstream.requests.at(-1)).toMatchObject({
    method: 'DELETE',
    path: `/v1/responses/${id}`,
  })
  await expect(responses.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  await expect(
    create({ model: 'responses/chat', previous_response_id: id, input: 'Two.' }),
  ).rejects.toMatchObject(notFound)
})

describe.each(['chat', 'claude', 'google-like'])('over %s the hub keeps', (provider) => {
  const model = `${provider}/chat`

  test('what can be fetched and deleted, and is gone then', async () => {
    const { responses } = clientOf(lab.hub)
    const created = await create({ model, input: 'Hi' })
    const { _request_id: _, ...fetched } = await responses.retrieve(created.id)
    expect(fetched).toEqual({ ...created, _request_id: undefined })
    await responses.delete(created.id)
    await expect(responses.retrieve(created.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError)
    await expect(responses.delete(created.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError)
    await expect(
      create({ model, previous_response_id: created.id, input: 'Two.' }),
    ).rejects.toMatchObject(notFound)
  })

  test('streamed responses as well, as they ended', async () => {
    const { responses } = clientOf(lab.hub)
    const ended: Response[] = []
    for await (const event of await responses.create({ model, input: 'Hi', stream: true })) {
      if (event.type === 'response.completed') ended.push(event.response)
    }
    const [streamed] = ended
    expect(await responses.retrieve(streamed?.id ?? '')).toMatchObject({ ...streamed })
  })

  test('a conversation that another model may go on with', async () => {
    const first = await create({ model, input: 'My name is Ada.' })
    const previous_response_id = first.id
    await create({ model: 'responses/chat', previous_response_id, input: 'Who am I?' })
    expect(lastBody()).toContain('My name is Ada.')
    expect(lastBody()).toContain('"store":false')
    expect(lastBody()).not.toContain('previous_response_id')
  })
})

test('what the provider keeps goes on there, by its id, whatever model of another provider is named', async () => {
  const first = await create({ model: 'responses/echo', input: 'One.' })
  const previous_response_id = first.id
  await create({ model: 'responses/echo', previous_response_id, input: 'Two.' })
  expect(lastBody()).toContain(`"previous_response_id":"${first.id}"`)
  expect(lastBody()).not.toContain('One.')
  await expect(
    create({ model: 'claude/echo', previous_response_id, input: 'Two.' }),
  ).rejects.toMatchObject({ status: 400 })
})

function filesHolding(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && readFileSync(path).includes(text))
}

test('a hub that was started anew still knows what it kept, and keeps no word in the clear', async () => {
  const folder = hubFolder()
  const file = labFile(lab.server)
  let hub = await startHub({ folder, file })
  try {
    const ids: string[] = []
    for (const provider of voices) {
      const params = { model: `${provider}/echo`, input: 'The word is heliotrope.' }
      ids.push((await clientOf(hub).responses.create(params)).id)
    }
    expect(await hub.stop()).toBe(0)
    expect(filesHolding(hub.dataDir, 'heliotrope')).toEqual([])
    expect(filesHolding(hub.dataDir, ids[0] ?? '')).not.toEqual([])
    hub = await startHub({ folder, file })
    const tokens: (number | undefined)[] = []
    for (const [at, provider] of voices.entries()) {
      const { usage } = await clientOf(hub).responses.create({
        model: `${provider}/echo`,
        previous_response_id: ids[at] as string,
        input: 'Go on.',
      })
      tokens.push(usage?.input_tokens)
    }
    const alone = await clientOf(hub).responses.create({ model: 'chat/echo', input: 'Go on.' })
    expect(tokens.map((count = 0) => count > (alone.usage?.input_tokens ?? 0))).toEqual(
      voices.map(() => true),
    )
  } finally {
    await hub.stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
})

test('with storing switched off nothing can be continued, and the answer says why', async () => {
  const hub = await startHub({ file: labFile(lab.server, 'storedResponses: { enabled: false }') })
  try {
    const { responses } = clientOf(hub)
    const { id } = await responses.create({ model: 'claude/echo', input: 'One.' })
    await expect(
      responses.create({ model: 'claude/echo', previous_response_id: id, input: 'Two.' }),
    ).rejects.toMatchObject({
      ...notFound,
      message: expect.stringContaining('does not store responses'),
    })
    await expect(responses.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  } finally {
    await hub.stop('SIGKILL')
    rmSync(hub.folder, { recursive: true, force: true })
  }
})
