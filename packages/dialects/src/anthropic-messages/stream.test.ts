import { type ChatEvent, type ChatRequest, foldChat, type Part } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bodyOf, bytesOf, targetOf } from '../testing/bytes.ts'
import { anthropicCountTokens, anthropicMessages } from './index.ts'

const request: ChatRequest = {
  model: 'm1',
  messages: [],
  sampling: {},
  stream: { includeUsage: true },
}
const context = { request, requestId: 'r1', arrivedAt: 1 }
const start: ChatEvent = { type: 'start', id: 'a', model: 'm', created: 1 }
const finish: ChatEvent = { type: 'finish', choice: 0, reason: 'stop', raw: 'stop' }
const begins = (index: number, part: Part): ChatEvent => ({
  type: 'partStart',
  choice: 0,
  index,
  part,
})
const grows = (index: number, delta: object): ChatEvent => ({
  type: 'partDelta',
  choice: 0,
  index,
  ...delta,
})
const ends = (index: number, fields: object = {}): ChatEvent => ({
  type: 'partEnd',
  choice: 0,
  index,
  ...fields,
})
const call = (id: string, input = ''): Part => ({
  type: 'toolCall',
  id,
  name: 'f',
  kind: 'function',
  input,
})

function write(...events: ChatEvent[]): string {
  const writer = anthropicMessages.streamWriter(context)
  return events.map((event) => writer.push(event)).join('') + writer.end()
}

const wireOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)))
const namesOf = (text: string) => wireOf(text).map(({ type }) => type)

test('frames come in the order of the wire, each with the name of its type', () => {
  const text = write(start, begins(0, { type: 'text', text: 'Hi' }), ends(0), finish)
  expect(namesOf(text)).toEqual([
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ])
  expect(text.match(/^event: .*$/gm)).toEqual(namesOf(text).map((name) => `event: ${name}`))
})

test('what is known of usage opens the message, and all of it closes it', () => {
  const usage = foldChat([]).usage
  const text = write(
    start,
    { type: 'usage', usage: { ...usage, input: 9, cacheRead: 4 } },
    begins(0, { type: 'text', text: 'Hi' }),
    ends(0),
    finish,
    { type: 'usage', usage: { ...usage, input: 9, cacheRead: 4, output: 3 } },
  )
  const frames = wireOf(text)
  expect(frames[0].message.usage).toMatchObject({ input_tokens: 5, cache_read_input_tokens: 4 })
  expect(frames.at(-2).usage).toMatchObject({
    input_tokens: 5,
    cache_read_input_tokens: 4,
    output_tokens: 3,
  })
})

test('the end of the answer is held back until it is acknowledged', () => {
  const writer = anthropicMessages.streamWriter(context)
  const before = [start, begins(0, { type: 'text', text: 'Hi' }), ends(0), finish]
  expect(before.map((event) => writer.push(event)).join('')).not.toContain('message_delta')
  expect(namesOf(writer.end())).toEqual(['message_delta', 'message_stop'])
})

test('an answer without parts is whole', () => {
  expect(namesOf(write(start, finish))).toEqual(['message_start', 'message_delta', 'message_stop'])
})

test('calls that grow at once stand one after the other', () => {
  const text = write(
    start,
    begins(0, call('a')),
    begins(1, call('b')),
    grows(1, { input: '{"b":' }),
    grows(0, { input: '{"a":1}' }),
    grows(1, { input: '2}' }),
    ends(0),
    ends(1),
    { ...finish, reason: 'toolCalls' } as ChatEvent,
  )
  const indexes = wireOf(text).flatMap(({ index }) => index ?? [])
  expect(indexes).toEqual([0, 0, 0, 1, 1, 1, 1])
  const reader = anthropicMessages.streamReader(targetOf())
  expect(foldChat(reader.push(bytesOf(text))).choices[0]?.parts).toMatchObject([
    { id: 'a', input: '{"a":1}' },
    { id: 'b', input: '{"b":2}' },
  ])
})

test('a call that is signed only at its end keeps its signature', () => {
  const signature = { value: 'g', vendor: 'google' }
  const text = write(
    start,
    begins(0, call('a', '{}')),
    ends(0, { signature }),
    begins(1, call('b', '{}')),
    ends(1),
    finish,
  )
  const content = wireOf(text)
    .filter(({ type }) => type === 'content_block_start')
    .map(({ content_block }) => content_block)
  content[1].signature = wireOf(text).find(({ delta }) => delta?.signature)?.delta.signature
  const body = bodyOf({ model: 'm', max_tokens: 1, messages: [{ role: 'assistant', content }] })
  expect(anthropicMessages.readRequest(body, {}).messages[0]?.parts).toEqual([
    { ...call('a', '{}'), signature },
    call('b', '{}'),
  ])
})

test('what only the end of a part tells is said at its end', () => {
  const text = write(
    start,
    begins(0, { type: 'text', text: '' }),
    ends(0, { part: { type: 'text', text: 'All of it.' } }),
    begins(1, { type: 'reasoning' }),
    ends(1, { part: { type: 'reasoning', summary: ['One.', 'Two.'] } }),
    finish,
  )
  const deltas = wireOf(text).flatMap(({ type, delta }) =>
    type === 'content_block_delta' ? [delta] : [],
  )
  expect(deltas).toMatchObject([{ text: 'All of it.' }, { thinking: 'One.\n\nTwo.' }, {}])
})

test('parts without words here, and other answers than the first, are left out', () => {
  const text = write(
    start,
    begins(0, { type: 'media', kind: 'image', data: 'AAAA', mimeType: 'image/png' }),
    ends(0),
    begins(1, { type: 'text', text: '' }),
    ends(1),
    { type: 'partStart', choice: 1, index: 0, part: { type: 'text', text: 'Second' } },
    { type: 'partEnd', choice: 1, index: 0 },
    finish,
  )
  expect(namesOf(text)).toEqual(['message_start', 'message_delta', 'message_stop'])
})

test('a sign of life is a ping, both ways', () => {
  const writer = anthropicMessages.streamWriter(context)
  const ping = writer.push({ type: 'keepAlive' })
  expect(wireOf(ping)).toEqual([{ type: 'ping' }])
  expect(anthropicMessages.streamReader(targetOf()).push(bytesOf(ping))).toEqual([
    { type: 'keepAlive' },
  ])
})

test('a failing stream ends with one frame of its error', () => {
  const writer = anthropicMessages.streamWriter(context)
  const { error } = anthropicMessages
    .streamReader(targetOf())
    .end()
    .find((event) => event.type === 'error') as Extract<ChatEvent, { type: 'error' }>
  expect(wireOf(writer.fail(error))).toMatchObject([
    { type: 'error', error: { type: 'api_error' }, request_id: 'r1' },
  ])
})

test('half of an input shows that it is none', () => {
  const events = [start, begins(0, call('a', '{"a":')), ends(0), finish]
  const { content } = JSON.parse(anthropicMessages.writeResponse(context, events))
  expect(content[0].input).toEqual({ invalid_json: '{"a":' })
})

test('an answer made of several passes counts all of them', () => {
  const usage = {
    input_tokens: 10,
    output_tokens: 5,
    iterations: [
      { input_tokens: 100, output_tokens: 20 },
      { input_tokens: 10, output_tokens: 5 },
    ],
  }
  const body = bytesOf(JSON.stringify({ content: [], usage }))
  const { usage: read } = foldChat(anthropicMessages.readResponse(body, targetOf()))
  expect(read).toMatchObject({ input: 110, output: 25 })
})

test('a count of tokens is asked for without what does not count', () => {
  const body = bodyOf({
    model: 'm',
    max_tokens: 5,
    temperature: 0.5,
    stream: true,
    metadata: { user_id: 'u', x: 1 },
    system: 'Be brief.',
    messages: [{ role: 'user', content: 'Hi' }],
  })
  const asked = anthropicCountTokens.readRequest(body, {})
  const { path, body: sent, dropped } = anthropicCountTokens.writeRequest(asked, targetOf())
  expect(path).toBe('/messages/count_tokens')
  expect(dropped).toEqual([])
  expect(JSON.parse(sent as string)).toEqual({
    model: 'm1',
    system: 'Be brief.',
    messages: [{ role: 'user', content: 'Hi' }],
  })
  const counted = anthropicCountTokens.readResponse(bytesOf('{"input_tokens":7}'), targetOf())
  expect(counted).toEqual({ inputTokens: 7 })
  expect(anthropicCountTokens.relay.edits(body, asked, targetOf())).toMatchObject({
    path: '/messages/count_tokens',
    edits: [{ field: 'model', set: '"m1"' }],
  })
})

test('a count that nobody can make is a guess, and says so', () => {
  const asked = anthropicCountTokens.readRequest(
    bodyOf({
      model: 'm',
      system: '1234',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Zoë5' },
            { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
          ],
        },
      ],
    }),
    {},
  )
  const count = anthropicCountTokens.estimateReply(asked)
  expect(count).toEqual({ inputTokens: 1603 })
  expect(
    JSON.parse(anthropicCountTokens.writeResponse({ ...context, request: asked }, count)),
  ).toEqual({
    input_tokens: 1603,
  })
})
