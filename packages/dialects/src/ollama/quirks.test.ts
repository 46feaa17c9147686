import { type ChatRequest, type Message, usageOf } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { ollamaChat } from './index.ts'

const target = targetOf({}, 'ollama')
const hi: Message = { role: 'user', parts: [{ type: 'text', text: 'Hi' }] }

function bodyOf(request: Partial<ChatRequest>, dropsUnsupported = false): string {
  const whole = { model: 'm', messages: [hi], sampling: {}, ...request }
  return ollamaChat.writeRequest(whole, { ...target, dropsUnsupported }).body as string
}
const written = (request: Partial<ChatRequest>) => JSON.parse(bodyOf(request))
const saying = (fields: object): Partial<ChatRequest> => ({
  extensions: { dialect: 'openai-chat', fields: { ...fields } },
})
const calling = (input: string): Partial<ChatRequest> => ({
  messages: [
    {
      role: 'assistant',
      parts: [{ type: 'toolCall', id: 'c1', name: 'f', kind: 'function', input }],
    },
  ],
})

function streamed(...lines: object[]) {
  const reader = ollamaChat.streamReader(target)
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  return [...reader.push(bytesOf(text)), ...reader.end()]
}
const whole = (answer: object) => ollamaChat.readResponse(bytesOf(JSON.stringify(answer)), target)
const done = { message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop' }

test('ollama#1: whether to stream is always said', () => {
  expect(written({}).stream).toBe(false)
  expect(written({ stream: { includeUsage: false } }).stream).toBe(true)
})

describe('ollama#2', () => {
  test('ollama#2: a stream is lines of JSON, and one that says done is the last', () => {
    const after = { message: { content: 'more' }, done: false }
    const types = streamed({ message: { content: 'Hi' }, done: false }, done, after)
    expect(types.map(({ type }) => type)).toEqual([
      'start',
      'partStart',
      'partEnd',
      'finish',
      'usage',
    ])
  })

  test('ollama#2: a line may be long and come in many pieces', () => {
    const content = 'é'.repeat(100_000)
    const bytes = bytesOf(`${JSON.stringify({ ...done, message: { content } })}\n`)
    const reader = ollamaChat.streamReader(target)
    const events = []
    for (let at = 0; at < bytes.length; at += 999) {
      events.push(...reader.push(bytes.subarray(at, at + 999)))
    }
    expect(events[1]).toMatchObject({ type: 'partStart', part: { text: content } })
    expect(reader.end()).toEqual([])
  })

  test('ollama#2: a line without end is no reason to keep it all', () => {
    const reader = ollamaChat.streamReader(target)
    const megabyte = new Uint8Array(1024 * 1024).fill(0x20)
    const events = Array.from({ length: 17 }, () => reader.push(megabyte)).flat()
    expect(events).toEqual([
      { type: 'error', error: expect.objectContaining({ code: 'upstream_failed' }) },
    ])
    expect(reader.end()).toEqual([])
  })

  test('ollama#2: a line that is no JSON is a failure', () => {
    const reader = ollamaChat.streamReader(target)
    expect(reader.push(bytesOf('<html>\n'))).toEqual([
      { type: 'error', error: expect.objectContaining({ code: 'upstream_failed' }) },
    ])
  })
})

describe('ollama#3', () => {
  test("ollama#3: arguments go out as an object, in the caller's own text", () => {
    const input = '{ "id": 12345678901234567890, "x": 1.0 }'
    expect(bodyOf(calling(input))).toContain(`"arguments":${input}}`)
  })

  test.each([
    ['', {}],
    [' ', {}],
    ['[1]', { input: '[1]' }],
    ['{"a":', { input: '{"a":' }],
    ['5', { input: '5' }],
  ])('ollama#3: %j, which is no object, becomes one', (input, expected) => {
    const [message] = written(calling(input)).messages
    expect(message.tool_calls[0].function.arguments).toEqual(expected)
  })

  test('ollama#3: arguments come in as an object and are text here', () => {
    const message = {
      content: '',
      tool_calls: [
        { function: { name: 'f', arguments: { a: [1, 'é'] } } },
        { function: { name: 'g' } },
      ],
    }
    const parts = whole({ ...done, message }).flatMap((event) =>
      event.type === 'partStart' ? [event.part] : [],
    )
    expect(parts).toMatchObject([
      { type: 'toolCall', name: 'f', input: '{"a":[1,"é"]}' },
      { type: 'toolCall', name: 'g', input: '{}' },
    ])
  })

  test('ollama#3: calls of older servers have no ids, and get one that no other answer has', () => {
    const message = { tool_calls: [{ function: { name: 'f' } }, { function: { name: 'f' } }] }
    const idsOf = (created_at: string) =>
      whole({ ...done, created_at, message }).flatMap((event) =>
        event.type === 'partStart' && event.part.type === 'toolCall' ? [event.part.id] : [],
      )
    const ids = [...idsOf('2026-11-20T10:00:00.123456Z'), ...idsOf('2026-11-20T10:00:00.123457Z')]
    expect(new Set(ids).size).toBe(4)
    expect(ids.every((id) => /^call_\w+$/.test(id))).toBe(true)
  })

  test('ollama#3: an answer with calls ends by them, whatever it says', () => {
    const message = { tool_calls: [{ function: { name: 'f', arguments: {} } }] }
    expect(streamed({ message, done: false }, done)).toContainEqual({
      type: 'finish',
      choice: 0,
      reason: 'toolCalls',
      raw: 'stop',
    })
  })
})

test('ollama#4: a count that is missing is a report of zero', () => {
  expect(streamed({ ...done, eval_count: 5 }).at(-1)).toEqual({
    type: 'usage',
    usage: usageOf({ output: 5 }),
  })
  expect(whole({ ...done, prompt_eval_count: 3 }).at(-1)).toEqual({
    type: 'usage',
    usage: usageOf({ input: 3 }),
  })
})

test('ollama#5: while the model loads there is nothing to read, and nothing fails', () => {
  const reader = ollamaChat.streamReader(target)
  expect(reader.push(new Uint8Array(0))).toEqual([])
  expect(reader.push(bytesOf(`${JSON.stringify(done)}\n`)).map(({ type }) => type)).toEqual([
    'start',
    'finish',
    'usage',
  ])
})

describe('ollama#6', () => {
  test('ollama#6: how long a model stays loaded is said only if the caller does', () => {
    expect(written({})).not.toHaveProperty('keep_alive')
    expect(written(saying({ keep_alive: 0 })).keep_alive).toBe(0)
    expect(written(saying({ keep_alive: '5m' })).keep_alive).toBe('5m')
  })

  test('ollama#6: a model that was only loaded has given an empty answer', () => {
    const [, finish, usage] = whole({ ...done, done_reason: 'load' })
    expect(finish).toMatchObject({ type: 'finish', reason: 'stop', raw: 'load' })
    expect(usage).toEqual({ type: 'usage', usage: usageOf() })
  })
})

test('ollama#7: a prompt that is too long is refused rather than cut, unless the caller wants that', () => {
  expect(written({}).truncate).toBe(false)
  expect(written(saying({ truncate: true })).truncate).toBe(true)
})

test.each([
  [400, 'the input length exceeds the context length'],
  [500, 'the input length exceeds the context length'],
  [400, 'the request exceeds the available context size, try increasing it'],
])('ollama#7: a refusal of that prompt has a code of its own: %i %s', (status, error) => {
  const body = bytesOf(JSON.stringify({ error }))
  expect(ollamaChat.readError(status, {}, body, target)).toMatchObject({
    code: 'upstream_rejected',
    status: 400,
    retryable: false,
    upstream: { code: 'context_length_exceeded' },
  })
})

test('ollama#7: the size of the context is what callers of any dialect say it is', () => {
  expect(written(saying({ num_ctx: 32_768 })).options).toEqual({ num_ctx: 32_768 })
  expect(written(saying({ options: { num_ctx: 8192, num_keep: 4 } })).options).toEqual({
    num_ctx: 8192,
    num_keep: 4,
  })
})

describe('ollama#8', () => {
  const tools = [{ type: 'function' as const, name: 'f' }]

  test.each<ChatRequest['toolChoice'] & {}>([
    'required',
    { type: 'function', name: 'f' },
    { type: 'allowed', mode: 'required', tools: [{ type: 'function', name: 'f' }] },
  ])('ollama#8: a tool cannot be forced: %j', (toolChoice) => {
    expect(() => bodyOf({ tools, toolChoice })).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param: 'tool_choice' }),
    )
    expect(JSON.parse(bodyOf({ tools, toolChoice }, true)).tools).toHaveLength(1)
  })
})

describe('ollama#9', () => {
  const partsOf = (content: string) =>
    whole({ ...done, message: { content } }).flatMap((event) =>
      event.type === 'partStart' ? [event.part] : [],
    )

  test('ollama#9: a thought at the very beginning of the content is told apart', () => {
    expect(partsOf('\n<think>\nOk\n</think>\n\nHi')).toEqual([
      { type: 'reasoning', text: 'Ok' },
      { type: 'text', text: 'Hi' },
    ])
    expect(partsOf('<think>\n\n</think>\n\nHi')).toEqual([{ type: 'text', text: 'Hi' }])
    expect(partsOf('<think>Never ends')).toEqual([{ type: 'reasoning', text: 'Never ends' }])
  })

  test.each(['So <think>x</think>', 'x</think>Hi', '<thin', '<thinker>', ' <', '  \n'])(
    'ollama#9: anywhere else it is text: %j',
    (content) => {
      expect(partsOf(content)).toEqual([{ type: 'text', text: content }])
    },
  )

  test('ollama#9: behind a thought in its own field it is text', () => {
    const message = { thinking: 'Ok', content: '<think>x</think>' }
    const events = whole({ ...done, message })
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'partStart', part: { type: 'text', text: message.content } }),
    )
  })
})

test('ollama#10: a result names its tool, by its own word or by that of its call', () => {
  const result = (callId: string, name?: string): Message => ({
    role: 'tool',
    parts: [{ type: 'toolResult', callId, content: [], ...(name && { name }) }],
  })
  const messages = [...(calling('{}').messages ?? []), result('c1'), result('c2', 'g')]
  expect(written({ messages }).messages.slice(1)).toEqual([
    { role: 'tool', content: '', tool_name: 'f', tool_call_id: 'c1' },
    { role: 'tool', content: '', tool_name: 'g', tool_call_id: 'c2' },
  ])
})

test('ollama#11: an answer whose connection ends early is incomplete', () => {
  const events = streamed({ message: { content: 'Hi' }, done: false })
  expect(events.map(({ type }) => type)).toEqual(['start', 'partStart', 'error'])
  expect(events.at(-1)).toMatchObject({ error: { code: 'upstream_incomplete' } })
})
