import { type ChatEvent, type ChatRequest, HubError, usageOf } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { openAiChat } from './index.ts'

const asking: ChatRequest = {
  model: 'm1',
  messages: [],
  sampling: {},
  stream: { includeUsage: true },
}
const notAsking: ChatRequest = { ...asking, stream: { includeUsage: false } }

const writerFor = (request: ChatRequest) => {
  const writer = openAiChat.streamWriter({ request, requestId: 'req_1', arrivedAt: 1_790_000_000 })
  return writer
}

const start: ChatEvent = { type: 'start', id: 'a', model: 'm', created: 7, serviceTier: 'default' }
const text: ChatEvent = { type: 'partStart', choice: 0, index: 0, part: { type: 'text', text: '' } }
const more = (said: string): ChatEvent => ({ type: 'partDelta', choice: 0, index: 0, text: said })
const stop: ChatEvent = { type: 'finish', choice: 0, reason: 'stop', raw: 'end_turn' }

/** Everything that is written, as the JSON of its frames. */
function written(request: ChatRequest, events: ChatEvent[]) {
  const writer = writerFor(request)
  const wire = events.map((event) => writer.push(event)).join('') + writer.end()
  const frames = wire.split('\n\n').filter((frame) => frame !== '')
  return frames.map((frame) => {
    const data = frame.replace(/^data: /, '')
    return data === '[DONE]' ? data : JSON.parse(data)
  })
}
const deltas = (request: ChatRequest, events: ChatEvent[]) =>
  written(request, events).flatMap(
    (chunk) => chunk.choices?.map((choice: { delta: object }) => choice.delta) ?? [],
  )

test('a stream is the role, what is said, the finish, the usage and [DONE]', () => {
  const usage = usageOf({ input: 9, cacheRead: 4, cacheWrite5m: 1, output: 2, reasoning: 1 })
  const head = {
    id: 'a',
    object: 'chat.completion.chunk',
    created: 7,
    model: 'm',
    service_tier: 'default',
  }
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason }],
    usage: null,
  })
  expect(written(asking, [start, text, more('Hi'), stop, { type: 'usage', usage }])).toEqual([
    chunk({ role: 'assistant', content: '', refusal: null }),
    chunk({ content: 'Hi' }),
    chunk({}, 'stop'),
    {
      ...head,
      choices: [],
      usage: {
        prompt_tokens: 9,
        completion_tokens: 2,
        total_tokens: 11,
        prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0, cache_write_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 1, audio_tokens: 0 },
      },
    },
    '[DONE]',
  ])
})

test('usage is not even mentioned to a caller who did not ask for it', () => {
  const wire = written(notAsking, [
    start,
    text,
    more('Hi'),
    stop,
    { type: 'usage', usage: usageOf() },
  ])
  expect(wire).toHaveLength(4)
  expect(JSON.stringify(wire)).not.toContain('usage')
})

test('nothing is written before the first real event', () => {
  const writer = writerFor(asking)
  expect(writer.push(start) + writer.push({ type: 'keepAlive' })).toBe('')
})

test('a finish reason is written once for each answer', () => {
  const wire = written(notAsking, [
    start,
    text,
    stop,
    stop,
    { ...stop, choice: 1, reason: 'length' },
  ])
  const reasons = wire.flatMap((chunk) =>
    (chunk.choices ?? []).flatMap(
      (choice: { finish_reason: string | null }) => choice.finish_reason ?? [],
    ),
  )
  expect(reasons).toEqual(['stop', 'length'])
})

describe('tool calls', () => {
  const call = (
    index: number,
    id: string,
    kind: 'function' | 'custom' = 'function',
  ): ChatEvent => ({
    type: 'partStart',
    choice: 0,
    index,
    part: { type: 'toolCall', id, name: 'f', kind, input: '' },
  })
  const input = (index: number, piece: string): ChatEvent => ({
    type: 'partDelta',
    choice: 0,
    index,
    input: piece,
  })
  const finish: ChatEvent = { ...stop, reason: 'toolCalls' }

  test('name and id once, in the first delta of their own index', () => {
    const events = [
      start,
      text,
      call(1, 'a'),
      call(2, 'b', 'custom'),
      input(1, '{}'),
      input(2, 'x'),
      finish,
    ]
    expect(deltas(notAsking, events)).toEqual([
      { role: 'assistant', content: '', refusal: null },
      {
        tool_calls: [
          { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } },
        ],
      },
      { tool_calls: [{ index: 1, id: 'b', type: 'custom', custom: { name: 'f', input: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
      { tool_calls: [{ index: 1, custom: { input: 'x' } }] },
      {},
    ])
  })

  test('a signature follows at the end, wrapped, in a piece that is a call’s like any other', () => {
    const signature = { value: 'sig', vendor: 'google' }
    const events = [
      start,
      call(0, 'a'),
      { type: 'partEnd', choice: 0, index: 0, signature } as const,
    ]
    expect(deltas(notAsking, events).at(-1)).toEqual({
      tool_calls: [
        {
          index: 0,
          function: { arguments: '' },
          extra_content: { google: { thought_signature: 'hub1.google.c2ln' } },
        },
      ],
    })
  })

  test('a caller of legacy functions gets function_call, once', () => {
    const functions = openAiChat.readRequest(
      {
        bytes: new Uint8Array(0),
        members: [],
        value: {
          model: 'm1',
          messages: [{ role: 'user', content: 'x' }],
          functions: [{ name: 'f' }],
          stream: true,
        },
      },
      {},
    )
    const events = [start, call(0, 'a'), input(0, '{}'), call(1, 'b'), input(1, '[]'), finish]
    expect(deltas(functions, events)).toEqual([
      { role: 'assistant', content: '', refusal: null },
      { function_call: { name: 'f', arguments: '' } },
      { function_call: { arguments: '{}' } },
      {},
    ])
    expect(JSON.stringify(written(functions, events))).toContain('"finish_reason":"function_call"')
  })
})

test('what only the final item of a part says is added at its end', () => {
  const events: ChatEvent[] = [
    start,
    text,
    more('He'),
    { type: 'partEnd', choice: 0, index: 0, part: { type: 'text', text: 'Hello' } },
  ]
  expect(deltas(notAsking, events).slice(1)).toEqual([{ content: 'He' }, { content: 'llo' }])
})

test('reasoning never mixes with content, and its signature comes in one whole piece', () => {
  const signature = { value: 'sig', vendor: 'anthropic' }
  const events: ChatEvent[] = [
    start,
    { type: 'partStart', choice: 0, index: 0, part: { type: 'reasoning' } },
    more('O'),
    more('k'),
    { type: 'partEnd', choice: 0, index: 0, signature },
  ]
  expect(deltas(notAsking, events).slice(1)).toEqual([
    { reasoning_content: 'O' },
    { reasoning_content: 'k' },
    {
      reasoning_details: [
        { type: 'reasoning.text', index: 0, text: 'Ok', signature: 'hub1.anthropic.c2ln' },
      ],
    },
  ])
})

test('paragraphs of a summary are shown apart', () => {
  const piece = (said: string, summaryIndex: number): ChatEvent => ({
    type: 'partDelta',
    choice: 0,
    index: 0,
    text: said,
    summaryIndex,
  })
  const begin: ChatEvent = { type: 'partStart', choice: 0, index: 0, part: { type: 'reasoning' } }
  const shown = deltas(notAsking, [start, begin, piece('a', 0), piece('b', 1), piece('c', 1)])
  expect(shown.map((delta) => delta.reasoning_content).join('')).toBe('a\n\nbc')
})

test('a failure is one typed frame without [DONE]', () => {
  const frame = writerFor(asking).fail(
    new HubError('upstream_incomplete', 'It stopped.', { upstream: { status: 200 } }),
  )
  expect(frame).toBe(
    'data: {"error":{"message":"It stopped.","type":"server_error","param":null,"code":"upstream_incomplete","request_id":"req_1"}}\n\n',
  )
})

test('an answer without a start has an id, a model and a shape all the same', () => {
  expect(written(notAsking, [stop])[0]).toMatchObject({
    id: 'chatcmpl-req_1',
    model: 'm1',
    created: 1_790_000_000,
  })
})
