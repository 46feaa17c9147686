import { readdirSync, readFileSync } from 'node:fs'
import type { ChatRequest, HubError, RelayScanner, Usage } from '@aigne-hub/protocol'
import { HubError as Failure } from '@aigne-hub/protocol'
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
import { openAiChat } from './index.ts'

const folder = new URL('../../vectors/openai-chat/', import.meta.url)
const recorded = (file: string) => new Uint8Array(readFileSync(new URL(file, folder)))
const files = readdirSync(folder).filter((file) => file.endsWith('.sse'))

const asking = (fields: Partial<ChatRequest> = {}): ChatRequest => ({
  model: 'm1',
  messages: [],
  sampling: {},
  stream: { includeUsage: true },
  ...fields,
})
const notAsking = asking({ stream: { includeUsage: false } })

function scannerFor(request: ChatRequest): RelayScanner {
  const scanner = openAiChat.relay.scanner?.(request, targetOf(), 'req_1')
  if (!scanner) throw new TypeError('Chat is relayed.')
  return scanner
}

interface Scanned {
  text: string
  usage: Usage | undefined
  error: HubError | undefined
  committed: boolean
}

function scan(request: ChatRequest, ...pieces: Uint8Array[]): Scanned {
  const scanner = scannerFor(request)
  const passed = pieces.map((piece) => textOf(scanner.push(piece))).join('')
  const text = passed + textOf(scanner.end())
  const { usage, error, committed } = scanner
  return { text, usage, error, committed }
}

const chunk = (choice: object | undefined, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'a', choices: choice ? [{ index: 0, ...choice }] : [], ...more })}\n\n`
const said = (content: string) => chunk({ delta: { content }, finish_reason: null })
const finish = chunk({ delta: {}, finish_reason: 'stop' })
const usageFrame = chunk(undefined, { usage: { prompt_tokens: 3, completion_tokens: 2 } })
const done = 'data: [DONE]\n\n'

describe.each(files)('%s', (file) => {
  const bytes = recorded(file)

  test('passes the same bytes on wherever they are cut', () => {
    for (const variant of [bytes, withCrLf(bytes), withCr(bytes), withBom(bytes)]) {
      for (const request of [asking({ n: 2 }), notAsking]) {
        const whole = scan(request, variant)
        for (const pieces of everySplit(variant)) expect(scan(request, ...pieces)).toEqual(whole)
      }
    }
  })

  test('reads the same usage and the same end as the translating reader', () => {
    const reader = openAiChat.streamReader(targetOf())
    const events = [...reader.push(bytes), ...reader.end()]
    const usage = events.findLast((event) => event.type === 'usage')
    const failure = events.find((event) => event.type === 'error')
    const scanned = scan(asking(), bytes)
    expect(scanned.usage).toEqual(usage?.usage)
    expect(scanned.error).toEqual(failure?.error)
  })
})

test.each(files.filter((file) => !/error|cut/.test(file)))(
  '%s is passed on byte for byte to a caller who asked for usage',
  (file) => {
    const bytes = recorded(file)
    expect(scan(asking(), bytes).text).toBe(textOf(bytes))
    expect(scan(asking(), withCrLf(bytes)).text).toBe(textOf(withCrLf(bytes)))
    expect(scan(asking(), withoutLastBlankLine(bytes)).text.trimEnd()).toBe(textOf(bytes).trimEnd())
  },
)

test('only the usage frame is missing for a caller who did not ask for it', () => {
  const stream = said('Hi') + finish + usageFrame + done
  for (const variant of [bytesOf(stream), withCrLf(bytesOf(stream)), withCr(bytesOf(stream))]) {
    const scanned = scan(notAsking, variant)
    expect(scanned.usage).toMatchObject({ input: 3, output: 2 })
    expect(scanned.text.replaceAll(/\r\n?/g, '\n')).toBe(said('Hi') + finish + done)
  }
})

test('usage beside a choice is passed on, whoever asked', () => {
  const last = chunk({ delta: {}, finish_reason: 'stop' }, { usage: { prompt_tokens: 3 } })
  expect(scan(notAsking, bytesOf(said('Hi') + last + done)).text).toBe(said('Hi') + last + done)
})

test('unusual bytes survive: big integers, escapes, spaces, unknown fields', () => {
  const odd = `data:  {"id" : "a", "n":12345678901234567890,"choices":[{"delta":{"content":"\\u00e9"},"finish_reason" : null}],"x":1e400}\n\n`
  expect(scan(notAsking, bytesOf(odd + finish + done)).text).toBe(odd + finish + done)
})

test('words in a text are not taken for the real thing', () => {
  const words = said(
    '"usage":{"prompt_tokens":9} [DONE] "error":{} "finish_reason":"stop"\n{"error":1}',
  )
  const scanned = scan(notAsking, bytesOf(words + words))
  expect(scanned.text).toBe(words + words)
  expect(scanned).toMatchObject({ usage: undefined, error: { code: 'upstream_incomplete' } })
})

describe('the terminal frame', () => {
  test('is kept for the end', () => {
    const scanner = scannerFor(asking())
    expect(textOf(scanner.push(bytesOf(said('Hi') + finish + done)))).toBe(said('Hi') + finish)
    expect(textOf(scanner.end())).toBe(done)
  })

  test('is supplied after a finish reason', () => {
    expect(scan(asking(), bytesOf(said('Hi') + finish)).text).toBe(said('Hi') + finish + done)
  })

  test('hides what follows it', () => {
    expect(scan(asking(), bytesOf(finish + done + said('x'))).text).toBe(finish + done)
  })

  test('without it, every answer that was asked for must have finished', () => {
    const two = asking({ n: 2 })
    const second = `data: {"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}\n\n`
    expect(scan(two, bytesOf(said('Hi') + finish)).error?.code).toBe('upstream_incomplete')
    expect(scan(two, bytesOf(said('Hi') + finish + second)).error).toBeUndefined()
  })

  test('the last frame may lack its blank line', () => {
    const begun = said('Hi')
    expect(scan(asking(), bytesOf(begun + finish.trimEnd())).text).toBe(begun + finish + done)
    expect(scan(asking(), bytesOf(begun + done.trimEnd())).text).toBe(begun + done)
  })
})

describe('committed', () => {
  const isCommittedBy = (text: string) => {
    const scanner = scannerFor(asking())
    scanner.push(bytesOf(text))
    return scanner.committed
  }

  test.each([
    ['a comment', ': waiting\n\n'],
    ['the role', chunk({ delta: { role: 'assistant', content: '', refusal: null } })],
    ['a verdict on the prompt', chunk(undefined, { prompt_filter_results: [] })],
    ['usage', usageFrame],
    ['an error', 'data: {"error":{"message":"x"}}\n\n'],
    ['no JSON', 'data: broken\n\n'],
  ])('%s is no real event', (_, text) => expect(isCommittedBy(text)).toBe(false))

  test.each([
    ['text', said('Hi')],
    ['reasoning', chunk({ delta: { reasoning: 'Hm' } })],
    ['a tool call', chunk({ delta: { tool_calls: [{ index: 0 }] } })],
    ['audio', chunk({ delta: { audio: { id: 'x' } } })],
    ['a finish reason', finish],
    ['the terminal frame', done],
  ])('%s is a real event', (_, text) => expect(isCommittedBy(text)).toBe(true))
})

describe('failures', () => {
  const inBareJson = '{"error":{"message":"x","code":429}}'

  test.each([
    ['an error', 'upstream_failed', 'data: {"error":{"message":"x","type":"server_error"}}\n\n'],
    ['an error event', 'upstream_overloaded', 'event: error\ndata: {"message":"x","code":503}\n\n'],
    ['bare JSON', 'rate_limit_exceeded', `${inBareJson}\n\n`],
    ['bare JSON without a line end', 'rate_limit_exceeded', inBareJson],
    ['a whole answer', 'upstream_failed', '{"choices":[{"message":{"content":"Hi"}}]}'],
    ['HTML', 'upstream_incomplete', '<html></html>'],
    ['a bad finish', 'upstream_failed', chunk({ delta: {}, finish_reason: 'error' })],
    ['half a chunk', 'upstream_incomplete', 'data: {"id":"a","choi'],
  ])('%s is %s, first and in the middle', (_, code, frame) => {
    const first = scan(asking(), bytesOf(frame))
    expect(first.error?.code).toBe(code)
    const middle = scan(asking(), bytesOf(said('Hi')), bytesOf(frame), bytesOf(said('x')))
    expect(middle.text.startsWith(said('Hi'))).toBe(true)
    expect(first.text + middle.text).not.toContain('"message"')
  })

  test('a frame without end fails before it fills the memory', () => {
    const scanner = scannerFor(asking())
    const megabyte = bytesOf('x'.repeat(1024 * 1024))
    for (let count = 0; count < 17; count++) scanner.push(megabyte)
    expect(scanner.error?.code).toBe('upstream_failed')
    expect(scanner.push(bytesOf(`\n\n${said('Hi')}`))).toHaveLength(0)
  })

  test('the error frame has the request id and no [DONE]', () => {
    const frame = scannerFor(asking()).fail(new Failure('upstream_failed', 'It failed.'))
    expect(frame).toBe(
      'data: {"error":{"message":"It failed.","type":"server_error","param":null,"code":"upstream_failed","request_id":"req_1"}}\n\n',
    )
  })
})
