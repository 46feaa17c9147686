import { readdirSync, readFileSync } from 'node:fs'
import { type ChatRequest, HubError, type RelayScanner } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import {
  bytesOf,
  everySplit,
  targetOf,
  textOf,
  withBom,
  withCr,
  withCrLf,
} from '../testing/bytes.ts'
import { anthropicMessages } from './index.ts'

const folder = new URL('../../vectors/anthropic-messages/', import.meta.url)
const files = readdirSync(folder).filter((file) => file.endsWith('.sse'))
const recorded = (file: string) => new Uint8Array(readFileSync(new URL(file, folder)))

const request: ChatRequest = {
  model: 'm1',
  messages: [],
  sampling: {},
  stream: { includeUsage: true },
}

function newScanner(): RelayScanner {
  const scanner = anthropicMessages.relay.scanner?.(request, targetOf(), 'req_1')
  if (!scanner) throw new TypeError('Messages are relayed.')
  return scanner
}

function scan(...pieces: Uint8Array[]) {
  const scanner = newScanner()
  const passed = pieces.map((piece) => textOf(scanner.push(piece))).join('')
  const last = textOf(scanner.end())
  const { usage, error, committed } = scanner
  return { text: passed + last, last, usage, error, committed }
}

const event = (type: string, fields: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
const begin = event('message_start', { message: { id: 'a', usage: { input_tokens: 3 } } })
const block = event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
const said = (text: string) =>
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
const finish = event('message_delta', {
  delta: { stop_reason: 'end_turn' },
  usage: { output_tokens: 2 },
})
const stop = event('message_stop')
const whole = begin + block + said('Hi') + finish + stop

describe.each(files)('%s', (file) => {
  const bytes = recorded(file)

  test('passes the same bytes on wherever they are cut', () => {
    for (const variant of [bytes, withCrLf(bytes), withCr(bytes), withBom(bytes)]) {
      const { last: _, ...expected } = scan(variant)
      for (const pieces of everySplit(variant)) expect(scan(...pieces)).toMatchObject(expected)
    }
  })

  test('reads the same usage and the same end as the translating reader', () => {
    const reader = anthropicMessages.streamReader(targetOf())
    const events = [...reader.push(bytes), ...reader.end()]
    const usage = events.findLast((one) => one.type === 'usage')
    const failure = events.find((one) => one.type === 'error')
    const scanned = scan(bytes)
    expect(scanned.usage).toEqual(usage?.usage)
    expect(scanned.error).toEqual(failure?.error)
  })
})

test.each(files.filter((file) => !/error|cut/.test(file)))('%s is passed on as it is', (file) => {
  const bytes = recorded(file)
  expect(scan(bytes).text).toBe(textOf(bytes))
  expect(scan(withCrLf(bytes)).text).toBe(textOf(withCrLf(bytes)))
})

test('the terminal frame is kept for the end, and hides what follows', () => {
  const scanned = scan(bytesOf(whole + said('x')))
  expect(scanned.last).toBe(stop)
  expect(scanned.text).toBe(whole)
  expect(scanned.usage).toMatchObject({ input: 3, output: 2 })
})

test('the terminal frame may lack its blank line', () => {
  expect(scan(bytesOf(whole.trimEnd()))).toMatchObject({ text: whole, error: undefined })
})

test('without the terminal frame the answer is incomplete', () => {
  const cut = scan(bytesOf(begin + block + said('Hi') + finish))
  expect(cut.error?.code).toBe('upstream_incomplete')
  expect(cut.usage).toMatchObject({ output: 2 })
})

test('words in a text are not taken for the real thing', () => {
  const words = said('{"type":"message_stop"}\n\n"type":"error" event: message_stop')
  const scanned = scan(bytesOf(begin + block + words), bytesOf(words + finish + stop))
  expect(scanned.text).toBe(begin + block + words + words + finish + stop)
  expect(scanned.error).toBeUndefined()
})

test('unusual bytes survive: big integers, escapes, spaces, unknown events', () => {
  const odd = `event: new_event\ndata:  {"type" : "new_event", "n":12345678901234567890,"x":"\\u00e9"}\n\n`
  expect(scan(bytesOf(begin + odd + block + odd + finish + stop)).text).toBe(
    begin + odd + block + odd + finish + stop,
  )
})

describe('committed', () => {
  const isCommittedBy = (text: string) => {
    const scanner = newScanner()
    scanner.push(bytesOf(text))
    return scanner.committed
  }

  test.each([
    ['a comment', ': waiting\n\n'],
    ['the start', begin],
    ['a ping', event('ping')],
    ['an error', event('error', { error: { type: 'overloaded_error', message: 'x' } })],
    ['no JSON', 'data: broken\n\n'],
  ])('%s is no real event', (_, text) => expect(isCommittedBy(text)).toBe(false))

  test.each([
    ['a block', block],
    ['an end', finish],
    ['the terminal frame', stop],
  ])('%s is a real event', (_, text) => expect(isCommittedBy(text)).toBe(true))
})

test.each([
  ['an error', 'upstream_overloaded', event('error', { error: { type: 'overloaded_error' } })],
  ['a frame by its name', 'upstream_failed', 'event: error\ndata: {"message":"x"}\n\n'],
  ['bare JSON', 'rate_limit_exceeded', '{"type":"error","error":{"type":"rate_limit_error"}}\n\n'],
  ['a whole answer', 'upstream_failed', '{"type":"message","content":[]}\n\n'],
  ['HTML', 'upstream_incomplete', '<html></html>'],
  ['half an event', 'upstream_incomplete', 'data: {"type":"content_bl'],
])('%s is %s, first and in the middle', (_, code, frame) => {
  expect(scan(bytesOf(frame)).error?.code).toBe(code)
  const middle = scan(bytesOf(begin + block), bytesOf(said('Hi')), bytesOf(frame + said('x')))
  expect(middle.error?.code).toBeDefined()
  expect(middle.text.startsWith(begin + block + said('Hi'))).toBe(true)
  expect(middle.text).not.toContain('"error"')
})

test('a frame without end fails before it fills the memory', () => {
  const scanner = newScanner()
  const megabyte = bytesOf('x'.repeat(1024 * 1024))
  for (let count = 0; count < 17; count++) scanner.push(megabyte)
  expect(scanner.error?.code).toBe('upstream_failed')
  expect(scanner.push(bytesOf(`\n\n${block}`))).toHaveLength(0)
})

test('the error frame has the name and the shape of this dialect, and the request id', () => {
  const frame = newScanner().fail(new HubError('upstream_failed', 'It failed.'))
  expect(frame).toBe(
    'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"It failed.","details":{"error_code":"upstream_failed"}},"request_id":"req_1"}\n\n',
  )
})
