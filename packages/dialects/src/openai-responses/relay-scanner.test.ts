import { readdirSync, readFileSync } from 'node:fs'
import { HubError, type Usage } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import {
  bytesOf,
  everySplit,
  targetOf,
  textOf,
  withBom,
  withCr,
  withCrLf,
  withoutLastBlankLine,
} from '../testing/bytes.ts'
import { openAiResponses, ResponsesScanner } from './index.ts'

const folder = new URL('../../vectors/openai-responses/', import.meta.url)
const recorded = (file: string) => new Uint8Array(readFileSync(new URL(file, folder)))
const files = readdirSync(folder).filter((file) => file.endsWith('.sse'))
const complete = files.filter((file) => !/error|cut|failed|rejected/.test(file))

const scannerFor = () => new ResponsesScanner(targetOf())

interface Scanned {
  text: string
  usage: Usage | undefined
  error: HubError | undefined
  committed: boolean
  answerId: string | undefined
}

function scan(...pieces: Uint8Array[]): Scanned {
  const scanner = scannerFor()
  const passed = pieces.map((piece) => textOf(scanner.push(piece))).join('')
  const text = passed + textOf(scanner.end())
  const { usage, error, committed, answerId } = scanner
  return { text, usage, error, committed, answerId }
}

const frame = (type: string, fields: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
const created = frame('response.created', { sequence_number: 0, response: { id: 'resp_1' } })
const said = (delta: string) => frame('response.output_text.delta', { sequence_number: 1, delta })
const completed = frame('response.completed', {
  response: { usage: { input_tokens: 3, output_tokens: 2 } },
})

describe.each(files)('%s', (file) => {
  const bytes = recorded(file)

  test('passes the same bytes on wherever they are cut', () => {
    for (const variant of [bytes, withCrLf(bytes), withCr(bytes), withBom(bytes)]) {
      const whole = scan(variant)
      for (const pieces of everySplit(variant)) expect(scan(...pieces)).toEqual(whole)
    }
  })

  test('reads the same usage and the same end as the translating reader', () => {
    const reader = openAiResponses.streamReader(targetOf())
    const events = [...reader.push(bytes), ...reader.end()]
    const usage = events.findLast((event) => event.type === 'usage')
    const failure = events.find((event) => event.type === 'error')
    const start = events.find((event) => event.type === 'start')
    const scanned = scan(bytes)
    expect(scanned.usage).toEqual(usage?.usage)
    expect(scanned.error).toEqual(failure?.error)
    expect(scanned.answerId).toBe(start?.id)
  })
})

test.each(complete)('%s is passed on byte for byte', (file) => {
  const bytes = recorded(file)
  expect(scan(bytes).text).toBe(textOf(bytes))
  expect(scan(withCrLf(bytes)).text).toBe(textOf(withCrLf(bytes)))
  expect(scan(withoutLastBlankLine(bytes)).text).toBe(textOf(bytes))
})

test('words in a text are not taken for the real thing', () => {
  const words = said('"type":"response.completed" event: error "error":{} [DONE]\n{"error":1}')
  const scanned = scan(bytesOf(created), bytesOf(words), bytesOf(words))
  expect(scanned.text).toBe(created + words + words)
  expect(scanned).toMatchObject({ usage: undefined, error: { code: 'upstream_incomplete' } })
})

test('the terminal frame is kept for the end, and hides what follows it', () => {
  const scanner = scannerFor()
  const bytes = bytesOf(`${created}${said('Hi')}${completed}${said('x')}data: [DONE]\n\n`)
  expect(textOf(scanner.push(bytes))).toBe(created + said('Hi'))
  expect(textOf(scanner.end())).toBe(completed)
  expect(scanner.usage).toMatchObject({ input: 3, output: 2 })
})

test('unusual bytes survive: big integers, escapes, spaces, unknown fields', () => {
  const odd = `event: response.output_text.delta\ndata:  {"type" : "response.output_text.delta","n":12345678901234567890,"delta":"\\u00e9"}\n\n`
  expect(scan(bytesOf(created + odd + completed)).text).toBe(created + odd + completed)
})

describe('committed', () => {
  const isCommittedBy = (text: string) => {
    const scanner = scannerFor()
    scanner.push(bytesOf(text))
    return scanner.committed
  }

  test.each([
    ['a comment', ': waiting\n\n'],
    ['the announcement', created],
    ['the queue', frame('response.queued') + frame('response.in_progress')],
    ['an error', frame('error', { message: 'x' })],
    ['a failure', frame('response.failed', { response: { status: 'failed' } })],
  ])('%s is no real event', (_, text) => expect(isCommittedBy(text)).toBe(false))

  test.each([
    ['an item', frame('response.output_item.added')],
    ['text', said('Hi')],
    ['the terminal frame', completed],
  ])('%s is a real event', (_, text) => expect(isCommittedBy(text)).toBe(true))
})

describe('failures', () => {
  test.each([
    [
      'an error event',
      'rate_limit_exceeded',
      frame('error', { code: 'rate_limit_exceeded', message: 'x' }),
    ],
    [
      'an error without a type',
      'upstream_overloaded',
      'event: error\ndata: {"message":"x","code":503}\n\n',
    ],
    ['an error in chat form', 'upstream_failed', 'data: {"error":{"message":"x"}}\n\n'],
    [
      'a failed answer',
      'upstream_failed',
      frame('response.failed', { response: { error: { message: 'x' } } }),
    ],
    ['bare JSON', 'rate_limit_exceeded', '{"error":{"message":"x","code":429}}\n\n'],
    ['a whole answer', 'upstream_failed', '{"output":[],"message":"x"}'],
    ['HTML', 'upstream_incomplete', '<html></html>'],
    ['half an event', 'upstream_incomplete', 'data: {"type":"response.comp'],
  ])('%s is %s, first and in the middle', (_, code, bad) => {
    const first = scan(bytesOf(bad))
    expect(first.error?.code).toBe(code)
    const middle = scan(bytesOf(created), bytesOf(said('Hi')), bytesOf(bad), bytesOf(said('x')))
    expect(middle.error?.code).toBe(code)
    expect(first.text + middle.text).not.toContain('"message"')
  })

  test('a frame without end fails before it fills the memory', () => {
    const scanner = scannerFor()
    const megabyte = bytesOf('x'.repeat(1024 * 1024))
    for (let count = 0; count < 17; count++) scanner.push(megabyte)
    expect(scanner.error?.code).toBe('upstream_failed')
    expect(scanner.push(bytesOf(`\n\n${said('Hi')}`))).toHaveLength(0)
  })

  test('the error frame continues the numbers', () => {
    const scanner = scannerFor()
    scanner.push(bytesOf(created + said('Hi')))
    expect(scanner.fail(new HubError('upstream_failed', 'It failed.'))).toBe(
      'event: error\ndata: {"type":"error","code":"upstream_failed","message":"It failed.","param":null,"sequence_number":2}\n\n',
    )
  })
})
