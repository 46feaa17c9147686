import { type ChatEvent, type Part, usageOf } from '@aigne-hub/protocol'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { openAiResponses } from './index.ts'

const context = {
  requestId: 'req_7',
  arrivedAt: 7,
  request: { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: true } },
}

const call = (input: string, kind: 'function' | 'custom' = 'function'): Part => ({
  type: 'toolCall',
  id: 'call_1',
  name: 'f',
  kind,
  input,
})

/** Answers whose parts all stay open to the end, as those of parallel calls do. */
function answer(parts: Part[], reason: 'length' | 'toolCalls' | 'contentFilter'): ChatEvent[] {
  return [
    { type: 'start', id: '', model: 'm1', created: 7 },
    ...parts.map((part, index): ChatEvent => ({ type: 'partStart', choice: 0, index, part })),
    ...parts.map((_, index): ChatEvent => ({ type: 'partEnd', choice: 0, index })),
    { type: 'finish', choice: 0, reason, raw: reason },
    { type: 'usage', usage: usageOf({ input: 1, output: 1 }) },
  ]
}

function textOf(events: ChatEvent[]): string {
  const writer = openAiResponses.streamWriter(context)
  return events.map((event) => writer.push(event)).join('') + writer.end()
}

function framesOf(events: ChatEvent[]) {
  const frames = textOf(events).split('\n\n').slice(0, -1)
  return frames.map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 'data: '.length)))
}

const whole = async (events: ChatEvent[]): Promise<OpenAI.Responses.Response> =>
  JSON.parse(openAiResponses.writeResponse(context, events))

/** As OpenAI's own client puts the stream together. */
const streamed = (events: ChatEvent[]): Promise<OpenAI.Responses.Response> =>
  new OpenAI({
    apiKey: 'k',
    maxRetries: 0,
    fetch: async () =>
      new Response(textOf(events), { headers: { 'content-type': 'text/event-stream' } }),
  }).responses
    .stream({ model: 'm1', input: 'x' })
    .finalResponse()

describe.each([
  ['whole', whole],
  ['streamed', streamed],
])('%s', (_, ask) => {
  test('a call cut short is incomplete, the one before it is not', async () => {
    const events = answer([call('{}'), { ...call('{"a":'), id: 'call_2' } as Part], 'length')
    expect((await ask(events)).output).toMatchObject([
      { call_id: 'call_1', status: 'completed' },
      { call_id: 'call_2', status: 'incomplete', arguments: '{"a":' },
    ])
  })

  test('a call that can be run is complete, however the answer ended', async () => {
    const events = answer([call('{"a":1}')], 'contentFilter')
    expect(await ask(events)).toMatchObject({
      status: 'incomplete',
      output: [{ status: 'completed' }],
    })
  })

  test('a bad input of an answer that ended well is the model’s own', async () => {
    expect((await ask(answer([call('{"a":')], 'toolCalls'))).output).toMatchObject([
      { status: 'completed', arguments: '{"a":' },
    ])
  })

  test('a custom call has no status', async () => {
    const [item] = (await ask(answer([call('x', 'custom')], 'length'))).output
    expect(item).not.toHaveProperty('status')
  })
})

test('the signature of a call that comes late stands behind its item', () => {
  const events = answer([call('{}'), { ...call('{}'), id: 'call_2' } as Part], 'toolCalls')
  const signed = events.map(
    (event): ChatEvent =>
      event.type === 'partEnd' && event.index === 0
        ? { ...event, signature: { value: 's', vendor: 'google' } }
        : event,
  )
  const items = framesOf(signed).filter(({ type }) => type === 'response.output_item.done')
  expect(items.map(({ output_index: at, item }) => [at, item.type])).toEqual([
    [0, 'function_call'],
    [2, 'reasoning'],
    [1, 'function_call'],
  ])
})

test('a picture is announced as in progress, and its data come once before the end', () => {
  const picture: Part = { type: 'media', kind: 'image', data: 'iVBO', mimeType: 'image/png' }
  const frames = framesOf(answer([picture], 'length'))
  expect(frames.slice(2, 4)).toMatchObject([
    { type: 'response.output_item.added', item: { status: 'in_progress', result: null } },
    { type: 'response.output_item.done', item: { status: 'completed', result: 'iVBO' } },
  ])
})

test('what a provider’s tool has done is announced as in progress', () => {
  const data = { type: 'web_search_call', id: 'ws_1', status: 'completed' }
  const search: Part = {
    type: 'serverTool',
    dialect: 'openai-responses',
    id: 'ws_1',
    name: 'web_search',
    phase: 'call',
    data,
  }
  const frames = framesOf(answer([search], 'length'))
  expect(frames.slice(2, 4)).toMatchObject([
    { item: { ...data, status: 'in_progress' } },
    { item: data },
  ])
})

test('the odds of many tokens take time in proportion', () => {
  const count = 60_000
  const tokens = [{ token: 'a', logprob: -1, bytes: [97], top: [] }]
  const events: ChatEvent[] = [
    { type: 'partStart', choice: 0, index: 0, part: { type: 'text', text: '' } },
  ]
  for (let at = 0; at < count; at++) {
    events.push({ type: 'partDelta', choice: 0, index: 0, text: 'a', logprobs: tokens })
  }
  const begun = performance.now()
  const frames = framesOf([...events, { type: 'partEnd', choice: 0, index: 0 }])
  // Gathered anew with every token they take more than ten seconds.
  expect(performance.now() - begun).toBeLessThan(5000)
  expect(frames.at(-1).response.output[0].content[0].logprobs).toHaveLength(count)
})
