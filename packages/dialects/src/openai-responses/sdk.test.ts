import { type ChatEvent, HubError, type Part, unfoldChat, usageOf } from '@aigne-hub/protocol'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { bodyOf } from '../testing/bytes.ts'
import { openAiResponses } from './index.ts'

// The judge is OpenAI's own client: what it sends we read, what we write it understands.

const create = {
  model: 'm1',
  input: 'time?',
  tools: [
    {
      type: 'function' as const,
      name: 'get_time',
      parameters: { type: 'object', properties: { tz: { type: 'string' } } },
      strict: false,
    },
  ],
}

const eventsOf = (parts: Part[], reason: 'stop' | 'length' | 'toolCalls' = 'stop'): ChatEvent[] =>
  unfoldChat({
    id: 'msg_x',
    model: 'm',
    created: 7,
    choices: [{ index: 0, parts, finish: { reason, raw: reason } }],
    usage: usageOf({ input: 9, output: 5, reasoning: 2 }),
  })

/** A client whose server answers every request with `events`, whole or as a stream. */
function clientOf(events: ChatEvent[]): OpenAI {
  return new OpenAI({
    apiKey: 'k',
    maxRetries: 0,
    async fetch(_, init) {
      const body = bodyOf(JSON.parse(String(init?.body)))
      const request = openAiResponses.readRequest(body, {})
      const context = { request, requestId: 'req_1', arrivedAt: 7 }
      if (!request.stream) {
        const headers = { 'content-type': 'application/json' }
        return new Response(openAiResponses.writeResponse(context, events), { headers })
      }
      const writer = openAiResponses.streamWriter(context)
      const text = events.map((event) => writer.push(event)).join('') + writer.end()
      return new Response(text, { headers: { 'content-type': 'text/event-stream' } })
    },
  })
}

const whole = (events: ChatEvent[]) => clientOf(events).responses.create(create)
const streamed = (events: ChatEvent[]) => clientOf(events).responses.stream(create).finalResponse()

describe.each([
  ['whole', whole],
  ['streamed', streamed],
])('%s', (_, ask) => {
  test('the client reads a text', async () => {
    const response = await ask(eventsOf([{ type: 'text', text: 'One moment. ⏳' }]))
    expect(response).toMatchObject({
      id: 'resp_1',
      status: 'completed',
      output_text: 'One moment. ⏳',
      created_at: 7,
      usage: { input_tokens: 9, output_tokens: 5, total_tokens: 14 },
    })
  })

  test('the client reads sources and odds', async () => {
    const response = await ask(
      eventsOf([
        {
          type: 'text',
          text: 'Yes.',
          annotations: [{ kind: 'url', url: 'https://a.example', title: 'A', start: 0, end: 3 }],
          logprobs: [{ token: 'Yes', logprob: -1, bytes: [1], top: [] }],
        },
      ]),
    )
    expect(response.output[0]).toMatchObject({
      content: [
        {
          annotations: [
            {
              type: 'url_citation',
              url: 'https://a.example',
              title: 'A',
              start_index: 0,
              end_index: 3,
            },
          ],
          logprobs: [{ token: 'Yes', logprob: -1, bytes: [1], top_logprobs: [] }],
        },
      ],
    })
  })

  test('the client reads thoughts, tool calls and the words between them', async () => {
    const response = await ask(
      eventsOf(
        [
          { type: 'reasoning', summary: ['Look.', 'Then ask.'] },
          { type: 'reasoning', text: 'Hm.', signature: { value: 's', vendor: 'v' } },
          { type: 'text', text: 'One moment.' },
          { type: 'toolCall', id: 'c1', name: 'get_time', kind: 'function', input: '{"tz":"UTC"}' },
          { type: 'toolCall', id: 'c2', name: 'sh', kind: 'custom', input: 'date' },
        ],
        'toolCalls',
      ),
    )
    expect(response.status).toBe('completed')
    expect(response.output).toMatchObject([
      {
        type: 'reasoning',
        summary: [
          { type: 'summary_text', text: 'Look.' },
          { type: 'summary_text', text: 'Then ask.' },
        ],
      },
      {
        type: 'reasoning',
        summary: [],
        content: [{ type: 'reasoning_text', text: 'Hm.' }],
        encrypted_content: expect.stringMatching(/^hub1\.v\./),
      },
      { type: 'message', content: [{ type: 'output_text', text: 'One moment.' }] },
      { type: 'function_call', call_id: 'c1', name: 'get_time', arguments: '{"tz":"UTC"}' },
      { type: 'custom_tool_call', call_id: 'c2', name: 'sh', input: 'date' },
    ])
  })

  test('the client reads a refusal', async () => {
    const response = await ask(eventsOf([{ type: 'refusal', text: 'I cannot.' }]))
    expect(response.output).toMatchObject([
      { content: [{ type: 'refusal', refusal: 'I cannot.' }] },
    ])
  })

  test('the client is told that an answer is incomplete', async () => {
    const response = await ask(eventsOf([{ type: 'text', text: 'Once' }], 'length'))
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
    })
  })
})

test('the client puts interleaved parts in their places', async () => {
  const part = (id: string): Part => ({
    type: 'toolCall',
    id,
    name: 'get_time',
    kind: 'function',
    input: '',
  })
  const response = await streamed([
    { type: 'start', id: 'a', model: 'm', created: 7 },
    { type: 'partStart', choice: 0, index: 0, part: { type: 'text', text: 'One ' } },
    { type: 'partStart', choice: 0, index: 1, part: part('c1') },
    { type: 'partStart', choice: 0, index: 2, part: part('c2') },
    { type: 'partDelta', choice: 0, index: 2, input: '{"b":' },
    { type: 'partDelta', choice: 0, index: 0, text: 'moment.' },
    { type: 'partDelta', choice: 0, index: 1, input: '{}' },
    { type: 'partDelta', choice: 0, index: 2, input: '1}' },
    { type: 'partEnd', choice: 0, index: 1, signature: { value: 'p', vendor: 'google' } },
    { type: 'partEnd', choice: 0, index: 0 },
    { type: 'partEnd', choice: 0, index: 2 },
    { type: 'finish', choice: 0, reason: 'toolCalls', raw: 'x' },
  ])
  expect(response.output_text).toBe('One moment.')
  expect(response.output).toMatchObject([
    { type: 'message' },
    { type: 'function_call', call_id: 'c1', arguments: '{}' },
    { type: 'function_call', call_id: 'c2', arguments: '{"b":1}' },
    { type: 'reasoning', summary: [] },
  ])
})

test('the client throws what a stream fails with', async () => {
  const request = { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: true } }
  const writer = openAiResponses.streamWriter({ request, requestId: 'req_1', arrivedAt: 7 })
  const begun = eventsOf([{ type: 'text', text: 'Hi' }]).slice(0, 2)
  const text =
    begun.map((event) => writer.push(event)).join('') +
    writer.fail(new HubError('upstream_incomplete', 'It stopped.'))
  const client = new OpenAI({
    apiKey: 'k',
    maxRetries: 0,
    fetch: async () => new Response(text, { headers: { 'content-type': 'text/event-stream' } }),
  })
  const stream = await client.responses.create({ ...create, stream: true })
  const reading = async () => {
    for await (const _ of stream);
  }
  await expect(reading()).rejects.toMatchObject({ code: 'upstream_incomplete' })
})
