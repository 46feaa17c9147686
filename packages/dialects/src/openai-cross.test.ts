import { type ChatEvent, type Json, unfoldChat, usageOf } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { openAiChat } from './openai-chat/index.ts'
import { openAiResponses } from './openai-responses/index.ts'
import { bodyOf, targetOf } from './testing/bytes.ts'

// From one of OpenAI's dialects into the other.

type Dialect = typeof openAiChat | typeof openAiResponses

function translated(from: Dialect, body: object, to: Dialect): Record<string, Json> {
  const request = from.readRequest(bodyOf(body), {})
  return JSON.parse(to.writeRequest(request, targetOf({}, 'openai')).body as string)
}

describe('the grammar of a custom tool', () => {
  const grammar = { syntax: 'lark', definition: 'start: "x"' }
  const nested = {
    model: 'm1',
    messages: [{ role: 'user', content: 'x' }],
    tools: [{ type: 'custom', custom: { name: 'p', format: { type: 'grammar', grammar } } }],
  }
  const flat = {
    model: 'm1',
    input: 'x',
    tools: [{ type: 'custom', name: 'p', format: { type: 'grammar', ...grammar } }],
  }

  test('is nested in chat and flat in Responses', () => {
    expect(translated(openAiResponses, flat, openAiChat).tools).toEqual(nested.tools)
    expect(translated(openAiChat, nested, openAiResponses).tools).toEqual(flat.tools)
  })

  test('comes through its own dialect as it was', () => {
    expect(translated(openAiChat, nested, openAiChat).tools).toEqual(nested.tools)
    expect(translated(openAiResponses, flat, openAiResponses).tools).toEqual(flat.tools)
  })

  test('is echoed flat to a caller of Responses', () => {
    const request = openAiResponses.readRequest(bodyOf(flat), {})
    const reply = unfoldChat({ id: '', model: 'm', created: 1, choices: [], usage: usageOf() })
    const context = { request, requestId: 'req_1', arrivedAt: 1 }
    expect(JSON.parse(openAiResponses.writeResponse(context, reply)).tools).toEqual(flat.tools)
  })
})

test('what chat and Responses call the same goes from chat to Responses', () => {
  const same = {
    safety_identifier: 's',
    prompt_cache_options: { mode: 'explicit' },
    prompt_cache_retention: '24h',
    moderation: { model: 'm' },
  }
  const messages = [{ role: 'user', content: 'x' }]
  const body = { model: 'm1', messages, user: 'u', prediction: { type: 'content' }, ...same }
  const request = openAiChat.readRequest(bodyOf(body), {})
  const written = openAiResponses.writeRequest(request, targetOf({}, 'openai'))
  expect(JSON.parse(written.body as string)).toMatchObject({ ...same, user: 'u' })
  expect(written.dropped).toEqual(['prediction'])
})

describe('results in chat stand directly behind the turn that called', () => {
  const call = (id: string) => ({ type: 'function_call', call_id: id, name: 'f', arguments: '{}' })
  const result = (id: string) => ({ type: 'function_call_output', call_id: id, output: id })
  const user = (content: string) => ({ role: 'user', content })
  const order = (input: object[]) =>
    (translated(openAiResponses, { model: 'm1', input }, openAiChat).messages as object[]).map(
      (message) => {
        const { role, content, tool_call_id: id } = message as Record<string, string>
        return role === 'assistant' ? 'calls' : (id ?? content)
      },
    )

  test('when the user has spoken before they came', () => {
    const input = [user('1'), call('a'), call('b'), user('2'), result('b'), result('a'), user('3')]
    expect(order(input)).toEqual(['1', 'calls', 'b', 'a', '2', '3'])
  })

  test('when the same id is used again, behind the latest', () => {
    const input = [call('a'), result('a'), call('a'), user('2'), result('a')]
    expect(order(input)).toEqual(['calls', 'a', 'calls', 'a', '2'])
  })

  test('and one that nobody asked for stays where it is', () => {
    expect(order([user('1'), result('z'), user('2')])).toEqual(['1', 'z', '2'])
  })
})

describe.each([
  [
    'parts of an assistant',
    openAiResponses,
    (many: object[]) => ({ input: [{ role: 'assistant', content: many }] }),
    { type: 'output_text', text: 'a' },
  ],
  [
    'parts of an assistant',
    openAiChat,
    (many: object[]) => ({ messages: [{ role: 'assistant', content: many }] }),
    { type: 'text', text: 'a' },
  ],
  [
    'calls',
    openAiChat,
    (many: object[]) => ({ messages: [{ role: 'assistant', tool_calls: many }] }),
    { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } },
  ],
  [
    'pictures in a result',
    openAiResponses,
    (many: object[]) => ({
      input: [{ type: 'function_call_output', call_id: 'a', output: many }],
    }),
    { type: 'input_image', image_url: 'https://a.example/b.png' },
  ],
] as const)('more %s than a function can have arguments', (_, from, bodyWith, one) => {
  test.each([openAiChat, openAiResponses])(`come from ${from.id} through $id`, (to) => {
    const body = { model: 'm1', ...bodyWith(Array(200_000).fill(one)) }
    expect(JSON.stringify(translated(from, body, to)).length).toBeGreaterThan(200_000)
  })
})

test('more calls than a function can have arguments are read from an answer', () => {
  const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '' } }
  const message = { role: 'assistant', content: null, tool_calls: Array(200_000).fill(call) }
  const answer = { id: 'a', choices: [{ index: 0, message, finish_reason: 'tool_calls' }] }
  const bytes = new TextEncoder().encode(JSON.stringify(answer))
  expect(openAiChat.readResponse(bytes, targetOf()).length).toBeGreaterThan(200_000)
  const reader = openAiChat.streamReader(targetOf())
  expect([...reader.push(bytes), ...reader.end()].length).toBeGreaterThan(200_000)
})

test('sources that only the finished item of Responses names reach a chat stream', () => {
  const item = { type: 'message', id: 'msg_1', role: 'assistant' }
  const annotations = [
    { type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 2 },
  ]
  const done = { ...item, content: [{ type: 'output_text', text: 'Hi', annotations }] }
  const wire = [
    { type: 'response.created', response: { id: 'resp_1' } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hi' },
    { type: 'response.output_item.done', output_index: 0, item: done },
    { type: 'response.completed', response: { id: 'resp_1', output: [done] } },
  ]
  const text = wire.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
  const reader = openAiResponses.streamReader(targetOf())
  const events: ChatEvent[] = [...reader.push(new TextEncoder().encode(text)), ...reader.end()]
  const request = openAiChat.readRequest(
    bodyOf({ model: 'm1', messages: [{ role: 'user', content: 'x' }], stream: true }),
    {},
  )
  const writer = openAiChat.streamWriter({ request, requestId: 'req_1', arrivedAt: 1 })
  const told = events.map((event) => writer.push(event)).join('')
  expect(told.match(/"annotations":\[/g)).toHaveLength(1)
  expect(told).toContain('https://a.example')
})
