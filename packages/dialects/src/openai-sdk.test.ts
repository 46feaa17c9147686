import { type ChatEvent, HubError, readJsonBody, unfoldChat, usageOf } from '@aigne-hub/protocol'
import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { openAiChat, openAiEmbeddings, openAiImages } from './index.ts'

// The judge is OpenAI's own client: what it sends we read, what we write it understands.

/** A client whose server is `answer`: the request's body in, the reply's body out. */
function clientOf(answer: (body: Uint8Array) => string, status = 200, stream = false): OpenAI {
  return new OpenAI({
    apiKey: 'k',
    maxRetries: 0,
    async fetch(_, init) {
      const body = new TextEncoder().encode(String(init?.body))
      const type = stream ? 'text/event-stream; charset=utf-8' : 'application/json'
      return new Response(answer(body), { status, headers: { 'content-type': type } })
    },
  })
}

const messages = [{ role: 'user' as const, content: 'time?' }]
const events: ChatEvent[] = unfoldChat({
  id: 'chatcmpl-1',
  model: 'm',
  created: 7,
  choices: [
    {
      index: 0,
      parts: [
        { type: 'reasoning', text: 'Look.', signature: { value: 's', vendor: 'v' } },
        { type: 'text', text: 'One moment. ⏳' },
        { type: 'toolCall', id: 'c1', name: 'get_time', kind: 'function', input: '{"tz":"UTC"}' },
        { type: 'toolCall', id: 'c2', name: 'get_time', kind: 'function', input: '{}' },
      ],
      finish: { reason: 'toolCalls', raw: 'tool_use' },
    },
  ],
  usage: usageOf({ input: 9, output: 5 }),
})

const expectedMessage = {
  role: 'assistant',
  content: 'One moment. ⏳',
  refusal: null,
  tool_calls: [
    { id: 'c1', type: 'function', function: { name: 'get_time', arguments: '{"tz":"UTC"}' } },
    { id: 'c2', type: 'function', function: { name: 'get_time', arguments: '{}' } },
  ],
}

test('the client reads our whole answer', async () => {
  const request = { model: 'm1', messages: [], sampling: {} }
  const client = clientOf(() =>
    openAiChat.writeResponse({ request, requestId: 'r', arrivedAt: 1_790_000_000 }, events),
  )
  const completion = await client.chat.completions.create({ model: 'm1', messages })
  expect(completion.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: expectedMessage,
  })
  expect(completion.usage?.total_tokens).toBe(14)
})

test('the client puts our stream together', async () => {
  const sent: Uint8Array[] = []
  const client = clientOf(
    (body) => {
      sent.push(body)
      const request = { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: true } }
      const writer = openAiChat.streamWriter({ request, requestId: 'r', arrivedAt: 1_790_000_000 })
      return events.map((event) => writer.push(event)).join('') + writer.end()
    },
    200,
    true,
  )
  const stream = client.chat.completions.stream({
    model: 'm1',
    messages,
    stream_options: { include_usage: true },
  })
  const completion = await stream.finalChatCompletion()
  expect(completion.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: expectedMessage,
  })
  expect(completion.usage?.total_tokens).toBe(14)
  expect(openAiChat.readRequest(readJsonBody(sent[0] as Uint8Array), {}).stream).toEqual({
    includeUsage: true,
  })
})

test('the client throws what a stream fails with', async () => {
  const client = clientOf(
    () => {
      const request = { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: false } }
      const writer = openAiChat.streamWriter({ request, requestId: 'r', arrivedAt: 1_790_000_000 })
      const begun = events.slice(0, 3).map((event) => writer.push(event))
      return begun.join('') + writer.fail(new HubError('upstream_incomplete', 'It stopped.'))
    },
    200,
    true,
  )
  const stream = await client.chat.completions.create({ model: 'm1', messages, stream: true })
  const reading = async () => {
    for await (const _ of stream);
  }
  await expect(reading()).rejects.toMatchObject({ code: 'upstream_incomplete' })
})

test('the client throws our errors as its own', async () => {
  const error = new HubError('model_not_found', 'There is no model m1.', { param: 'model' })
  const client = clientOf(() => openAiChat.writeError(error, 'req_1'), error.status)
  const calling = client.chat.completions.create({ model: 'm1', messages })
  await expect(calling).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  await expect(calling).rejects.toMatchObject({ code: 'model_not_found', param: 'model' })
})

test('the client, which asks for base64, gets the vectors back', async () => {
  const client = clientOf((body) => {
    const request = openAiEmbeddings.readRequest(readJsonBody(body), {})
    expect(request.encoding).toBe('base64')
    const vectors = [Float32Array.of(0.5, -1), Float32Array.of(0.25, 2)]
    return openAiEmbeddings.writeResponse(
      { request, requestId: 'r', arrivedAt: 1_790_000_000 },
      { model: 'e', vectors, usage: usageOf({ input: 2 }) },
    )
  })
  const { data } = await client.embeddings.create({ model: 'e', input: ['a', 'b'] })
  expect(data.map(({ embedding }) => embedding)).toEqual([
    [0.5, -1],
    [0.25, 2],
  ])
})

test('the client gets its image', async () => {
  const client = clientOf((body) => {
    const request = openAiImages.readRequest(readJsonBody(body), {})
    const response = { created: 7, images: [{ data: 'iVBO' }], usage: usageOf({ images: 1 }) }
    return openAiImages.writeResponse(
      { request, requestId: 'r', arrivedAt: 1_790_000_000 },
      response,
    )
  })
  const { data } = await client.images.generate({ model: 'i', prompt: 'A cat', size: '1024x1024' })
  expect(data?.[0]?.b64_json).toBe('iVBO')
})
