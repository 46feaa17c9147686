import {
  type ChatEvent,
  foldChat,
  HubError,
  type Json,
  type JsonObject,
  type Part,
  usageOf,
} from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { geminiContent } from './index.ts'

const request = { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: false } }
const writerOf = () => geminiContent.streamWriter({ request, requestId: 'req_1', arrivedAt: 7 })
const begin = (index: number, part: Part): ChatEvent => ({
  type: 'partStart',
  choice: 0,
  index,
  part,
})
const end = (index: number, part?: Part): ChatEvent => ({
  type: 'partEnd',
  choice: 0,
  index,
  ...(part && { part }),
})
const finish: ChatEvent = { type: 'finish', choice: 0, reason: 'stop', raw: 'end_turn' }

const framesOf = (text: string): JsonObject[] =>
  text
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => JSON.parse(frame.slice('data: '.length)))

const candidatesOf = (frame: JsonObject | undefined) => (frame?.candidates ?? []) as JsonObject[]
const partsOf = (text: string) =>
  framesOf(text).flatMap((frame) =>
    candidatesOf(frame).flatMap(({ content }) => (content as JsonObject).parts as Json[]),
  )

function write(events: ChatEvent[]): string {
  const writer = writerOf()
  return events.map((event) => writer.push(event)).join('')
}

function read(...chunks: Json[]): ChatEvent[] {
  const reader = geminiContent.streamReader(targetOf({}, 'google'))
  const text = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')
  return [...reader.push(bytesOf(text)), ...reader.end()]
}

test('the first frame waits for nothing, the last one for the end', () => {
  const writer = writerOf()
  expect(writer.push({ type: 'start', id: '', model: '', created: 0 })).toBe('')
  const [first] = framesOf(writer.push(begin(0, { type: 'text', text: 'Hi' })))
  expect(first).toEqual({
    candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, index: 0 }],
    modelVersion: 'm1',
    responseId: 'req_1',
    createTime: '1970-01-01T00:00:07.000Z',
  })
  expect(writer.push(end(0)) + writer.push(finish)).toBe('')
  expect(writer.push({ type: 'usage', usage: usageOf({ input: 2, output: 1 }) })).toBe('')
  const [last, ...more] = framesOf(writer.end())
  expect(more).toEqual([])
  expect(last).toMatchObject({
    candidates: [{ content: { parts: [{ text: '' }] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 1, totalTokenCount: 3 },
  })
})

test('a call is written whole, also when other parts grow beside it', () => {
  const call: Part = { type: 'toolCall', id: 'c', name: 'f', kind: 'function', input: '' }
  const out = write([
    begin(0, call),
    begin(1, { type: 'text', text: '' }),
    { type: 'partDelta', choice: 0, index: 0, input: '{"a"' },
    { type: 'partDelta', choice: 0, index: 1, text: 'Hi' },
    { type: 'partDelta', choice: 0, index: 0, input: ':1}' },
    end(0),
    end(1),
  ])
  expect(partsOf(out)).toEqual([
    { text: 'Hi' },
    { functionCall: { id: 'c', name: 'f', args: { a: 1 } } },
  ])
})

test('what only the final item says is written at its end', () => {
  const signature = { value: 's', vendor: 'v' }
  const out = write([
    begin(0, { type: 'reasoning', text: 'H' }),
    end(0, { type: 'reasoning', text: 'Hm', signature }),
    begin(1, { type: 'text', text: 'H' }),
    end(1, { type: 'text', text: 'Hi' }),
  ])
  expect(partsOf(out)).toEqual([
    { text: 'H', thought: true },
    { text: 'm', thought: true },
    { text: '', thought: true, thoughtSignature: 'hub1.v.cw' },
    { text: 'H' },
    { text: 'i' },
  ])
})

test('paragraphs of a summary are thoughts with a line between them', () => {
  const paragraph = (text: string, summaryIndex: number): ChatEvent => ({
    type: 'partDelta',
    choice: 0,
    index: 0,
    text,
    summaryIndex,
  })
  const out = write([begin(0, { type: 'reasoning' }), paragraph('a', 0), paragraph('b', 1), end(0)])
  expect(partsOf(out)).toEqual([
    { text: 'a', thought: true },
    { text: '\n\nb', thought: true },
  ])
})

test('a refusal is text; parts of other dialects are left out', () => {
  const out = write([
    begin(0, { type: 'refusal', text: 'No.' }),
    end(0),
    begin(1, { type: 'native', dialect: 'openai-responses', value: { a: 1 } }),
    end(1),
    begin(2, {
      type: 'serverTool',
      dialect: 'anthropic-messages',
      id: 's',
      name: 'x',
      phase: 'call',
      data: {},
    }),
    end(2),
    begin(3, { type: 'media', kind: 'audio', id: 'a' }),
    end(3),
  ])
  expect(partsOf(out)).toEqual([{ text: 'No.' }])
})

test.each([
  ['stop', 'end_turn', 'STOP'],
  ['toolCalls', 'tool_use', 'STOP'],
  ['length', 'max_tokens', 'MAX_TOKENS'],
  ['contentFilter', 'refusal', 'SAFETY'],
  ['contentFilter', 'SPII', 'SPII'],
  ['pause', 'pause_turn', 'STOP'],
  ['pause', 'CONTINUATION', 'CONTINUATION'],
  ['error', 'x', 'OTHER'],
] as const)('%s (%s) ends an answer as %s', (reason, raw, expected) => {
  const writer = writerOf()
  writer.push({ type: 'finish', choice: 0, reason, raw })
  expect(candidatesOf(framesOf(writer.end())[0])[0]?.finishReason).toBe(expected)
})

test('an answer that says nothing still ends', () => {
  expect(candidatesOf(framesOf(writerOf().end())[0])[0]?.finishReason).toBe('STOP')
})

test('a failure is one frame', () => {
  const [frame, ...more] = framesOf(writerOf().fail(new HubError('upstream_overloaded', 'Busy.')))
  expect(more).toEqual([])
  expect(frame?.error).toMatchObject({ code: 503, message: 'Busy.', status: 'UNAVAILABLE' })
})

const say = (text: string, rest: JsonObject = {}) => ({ content: { parts: [{ text }] }, ...rest })

test('the last usage counts, and what comes after a finish reason is read', () => {
  const { choices, usage } = foldChat(
    read(
      { candidates: [say('Hi', { finishReason: 'STOP' })], usageMetadata: { promptTokenCount: 1 } },
      { candidates: [say('.', { finishReason: 'STOP' })] },
      { usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2 } },
    ),
  )
  expect(choices[0]?.parts).toEqual([{ type: 'text', text: 'Hi.' }])
  expect(usage).toMatchObject({ input: 1, output: 2 })
})

test('candidates are told apart by their index, and all must end', () => {
  const chunk = (text: string, index: number, rest = {}) => ({
    candidates: [say(text, { index, ...rest })],
  })
  const stop = { finishReason: 'STOP' }
  const open = read(chunk('a', 0), chunk('b', 1), chunk('', 1, stop))
  expect(open.at(-1)).toMatchObject({ type: 'error', error: { code: 'upstream_incomplete' } })
  const { choices } = foldChat(read(chunk('a', 0), chunk('b', 1, stop), chunk('c', 0, stop)))
  expect(choices.map(({ parts }) => parts)).toEqual([
    [{ type: 'text', text: 'ac' }],
    [{ type: 'text', text: 'b' }],
  ])
})

test('a signature behind its text belongs to it; one alone is an empty text', () => {
  const signed = { text: '', thoughtSignature: 'QUJD' }
  const signature = { value: 'QUJD', vendor: 'google' }
  const parts = (...list: JsonObject[]) => ({ candidates: [{ content: { parts: list } }] })
  const last = { candidates: [{ finishReason: 'STOP' }] }
  const answer = (...chunks: Json[]) => foldChat(read(...chunks, last)).choices[0]?.parts
  expect(answer(parts({ text: 'Hi' }), parts(signed))).toEqual([
    { type: 'text', text: 'Hi', signature },
  ])
  expect(answer(parts({ functionCall: { id: 'c', name: 'f' } }), parts(signed))?.at(-1)).toEqual({
    type: 'text',
    text: '',
    signature,
  })
})

test('a comment is a sign of life', () => {
  const reader = geminiContent.streamReader(targetOf())
  expect(reader.push(bytesOf(': ping\n\n'))).toEqual([{ type: 'keepAlive' }])
})

test('nothing is read after an error', () => {
  const events = read(
    { error: { code: 500 } },
    { candidates: [say('Hi', { finishReason: 'STOP' })] },
  )
  expect(events.map(({ type }) => type)).toEqual(['error'])
})

test('a part that makes no sense costs that part alone', () => {
  const parts = [{ functionCall: { args: 5 } }, { inlineData: { data: 'x' } }, 7, { text: 'Hi' }]
  const { choices } = foldChat(read({ candidates: [{ content: { parts }, finishReason: 'STOP' }] }))
  expect(choices[0]?.parts).toEqual([{ type: 'text', text: 'Hi' }])
})
