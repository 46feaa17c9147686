import { type ChatEvent, HubError, type ReplyContext, usageOf } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { openAiResponses } from './index.ts'

const context: ReplyContext<'chat'> = {
  requestId: 'req_7',
  arrivedAt: 1_790_000_000,
  request: { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: true } },
}

interface WireEvent {
  type: string
  response?: object
  [field: string]: unknown
}

const readFrames = (text: string): WireEvent[] =>
  text
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 'data: '.length)))

function streamed(events: ChatEvent[], of = context): WireEvent[] {
  const writer = openAiResponses.streamWriter(of)
  return readFrames(events.map((event) => writer.push(event)).join('') + writer.end())
}

/** The frames without what every one of them has, and without the response objects. */
const bare = (frames: WireEvent[]) =>
  frames.map(({ sequence_number: _, response: __, ...fields }) => fields)

const start: ChatEvent = { type: 'start', id: '', model: 'm1', created: 1_790_000_000 }
const finish = (reason: 'stop' | 'toolCalls' | 'error'): ChatEvent => ({
  type: 'finish',
  choice: 0,
  reason,
  raw: '',
})

test('a text has the events of C.4 in their order', () => {
  const frames = streamed([
    start,
    { type: 'partStart', choice: 0, index: 0, part: { type: 'text', text: '' } },
    { type: 'partDelta', choice: 0, index: 0, text: 'H' },
    { type: 'partDelta', choice: 0, index: 0, text: 'i' },
    { type: 'partEnd', choice: 0, index: 0 },
    finish('stop'),
    { type: 'usage', usage: usageOf({ input: 9, output: 2 }) },
  ])
  const item = { id: 'msg_7_0', type: 'message', role: 'assistant' }
  const at = { item_id: 'msg_7_0', output_index: 0, content_index: 0 }
  const part = { type: 'output_text', text: 'Hi', annotations: [] }
  const empty = { type: 'output_text', text: '', annotations: [], logprobs: [] }
  expect(bare(frames)).toEqual([
    { type: 'response.created' },
    { type: 'response.in_progress' },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...at, part: empty },
    { type: 'response.output_text.delta', ...at, delta: 'H', logprobs: [] },
    { type: 'response.output_text.delta', ...at, delta: 'i', logprobs: [] },
    { type: 'response.output_text.done', ...at, text: 'Hi', logprobs: [] },
    { type: 'response.content_part.done', ...at, part },
    {
      type: 'response.output_item.done',
      output_index: 0,
      item: { ...item, status: 'completed', content: [part] },
    },
    { type: 'response.completed' },
  ])
  expect(frames[0]?.response).toMatchObject({ id: 'resp_7', status: 'in_progress', output: [] })
  expect(frames.at(-1)?.response).toMatchObject({
    id: 'resp_7',
    created_at: 1_790_000_000,
    output: [{ ...item, status: 'completed', content: [part] }],
    usage: { input_tokens: 9, output_tokens: 2, total_tokens: 11 },
  })
})

test('a summary and a tool call have the events of C.4 in their order', () => {
  const frames = streamed([
    start,
    { type: 'partStart', choice: 0, index: 0, part: { type: 'reasoning' } },
    { type: 'partDelta', choice: 0, index: 0, text: 'Look.', summaryIndex: 0 },
    { type: 'partDelta', choice: 0, index: 0, text: 'Ask.', summaryIndex: 1 },
    { type: 'partEnd', choice: 0, index: 0 },
    {
      type: 'partStart',
      choice: 0,
      index: 1,
      part: { type: 'toolCall', id: 'c1', name: 'f', kind: 'function', input: '' },
    },
    { type: 'partDelta', choice: 0, index: 1, input: '{}' },
    { type: 'partEnd', choice: 0, index: 1 },
    finish('toolCalls'),
  ])
  expect(frames.map(({ type }) => type).slice(2)).toEqual([
    'response.output_item.added',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.done',
    'response.reasoning_summary_part.done',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.done',
    'response.reasoning_summary_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.done',
    'response.output_item.done',
    'response.completed',
  ])
})

describe('the signature of a call', () => {
  const call = { type: 'toolCall', id: 'c1', name: 'f', kind: 'function', input: '{}' } as const
  const signature = { value: 'proof', vendor: 'vertex' }
  const asked = (events: ChatEvent[]) => {
    const response = streamed([start, ...events, finish('toolCalls')]).at(-1)?.response
    return (response as { output: { type: string }[] }).output
  }
  const readBack = (output: object[]) => {
    const bytes = new TextEncoder().encode(JSON.stringify({ model: 'm', input: output }))
    const body = { bytes, value: { model: 'm', input: output as never }, members: [] }
    return openAiResponses.readRequest(body, {}).messages[0]?.parts
  }

  test('stands before its call when it is known by then', () => {
    const output = asked([
      { type: 'partStart', choice: 0, index: 0, part: { ...call, signature } },
      { type: 'partEnd', choice: 0, index: 0 },
    ])
    expect(output.map(({ type }) => type)).toEqual(['reasoning', 'function_call'])
    expect(readBack(output)).toMatchObject([{ ...call, signature }])
  })

  test('stands behind it when it comes with the end', () => {
    const output = asked([
      { type: 'partStart', choice: 0, index: 0, part: call },
      { type: 'partStart', choice: 0, index: 1, part: { ...call, id: 'c2' } },
      { type: 'partEnd', choice: 0, index: 0, signature },
      { type: 'partEnd', choice: 0, index: 1 },
    ])
    expect(output.map(({ type }) => type)).toEqual(['function_call', 'function_call', 'reasoning'])
    expect(readBack(output)).toMatchObject([
      { ...call, signature },
      { ...call, id: 'c2' },
    ])
  })
})

describe('parts that only the end knows', () => {
  test('a text is completed by its final form', () => {
    const frames = streamed([
      start,
      { type: 'partStart', choice: 0, index: 0, part: { type: 'text', text: 'He' } },
      {
        type: 'partEnd',
        choice: 0,
        index: 0,
        part: {
          type: 'text',
          text: 'Hello',
          annotations: [{ kind: 'url', url: 'https://a.example' }],
        },
      },
    ])
    expect(bare(frames)).toContainEqual(
      expect.objectContaining({ type: 'response.output_text.delta', delta: 'llo' }),
    )
    expect(frames.map(({ type }) => type)).toContain('response.output_text.annotation.added')
  })

  test('a picture is an item once it is whole', () => {
    const frames = streamed([
      start,
      { type: 'partStart', choice: 0, index: 0, part: { type: 'media', kind: 'image' } },
      { type: 'partDelta', choice: 0, index: 0, data: 'iVBO' },
      { type: 'partEnd', choice: 0, index: 0 },
    ])
    expect(frames.at(-1)?.response).toMatchObject({
      output: [{ type: 'image_generation_call', status: 'completed', result: 'iVBO' }],
    })
  })

  test('what this wire has no words for is left out', () => {
    const frames = streamed([
      start,
      {
        type: 'partStart',
        choice: 0,
        index: 0,
        part: { type: 'native', dialect: 'gemini', value: 1 },
      },
      { type: 'partEnd', choice: 0, index: 0 },
      { type: 'partStart', choice: 1, index: 0, part: { type: 'text', text: 'second answer' } },
      { type: 'partEnd', choice: 1, index: 0 },
    ])
    expect(frames.at(-1)?.response).toMatchObject({ output: [] })
  })
})

test('an answer that its model gave up on has failed', () => {
  const last = streamed([start, finish('error')]).at(-1)
  expect(last).toMatchObject({
    type: 'response.failed',
    response: { status: 'failed', error: { code: 'server_error' } },
  })
})

test('end gives the terminal frame alone', () => {
  const writer = openAiResponses.streamWriter(context)
  writer.push(start)
  writer.push({ type: 'partStart', choice: 0, index: 0, part: { type: 'text', text: 'Hi' } })
  writer.push({ type: 'partEnd', choice: 0, index: 0 })
  writer.push(finish('stop'))
  expect(readFrames(writer.end()).map(({ type }) => type)).toEqual(['response.completed'])
})

test('a failure is one error event with the next number', () => {
  const writer = openAiResponses.streamWriter(context)
  writer.push(start)
  const frame = writer.fail(new HubError('upstream_failed', 'It failed.', { param: 'input' }))
  expect(frame).toBe(
    'event: error\ndata: {"type":"error","code":"upstream_failed","message":"It failed.","param":"input","sequence_number":2}\n\n',
  )
})

test('the response repeats what was asked', () => {
  const [created] = streamed([start], {
    ...context,
    answerId: 'resp_kept',
    request: {
      ...context.request,
      messages: [
        { role: 'system', parts: [{ type: 'text', text: 'Be kind.' }], isInstruction: true },
      ],
      tools: [{ type: 'function', name: 'f', schema: { type: 'object' }, strict: true }],
      toolChoice: { type: 'function', name: 'f' },
      sampling: { temperature: 0.5 },
      maxOutputTokens: 100,
      reasoning: { effort: 'low', summary: 'auto' },
      responseFormat: { type: 'jsonSchema', name: 'x', schema: {} },
      verbosity: 'low',
      previousResponseId: 'resp_0',
      metadata: { a: 'b' },
      parallelToolCalls: false,
      store: false,
      user: 'u',
      cacheKey: 'k',
    },
  })
  expect(created?.response).toMatchObject({
    id: 'resp_kept',
    instructions: 'Be kind.',
    tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: true }],
    tool_choice: { type: 'function', name: 'f' },
    temperature: 0.5,
    top_p: 1,
    max_output_tokens: 100,
    reasoning: { effort: 'low', summary: 'auto' },
    text: { format: { type: 'json_schema', name: 'x', schema: {} }, verbosity: 'low' },
    previous_response_id: 'resp_0',
    metadata: { a: 'b' },
    parallel_tool_calls: false,
    store: false,
    safety_identifier: 'u',
    prompt_cache_key: 'k',
    truncation: 'disabled',
    background: false,
  })
})
