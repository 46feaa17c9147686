import { editBody, type JsonObject, type Quirks, readJsonBody } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bytesOf, everySplit, targetOf, textOf, withCr, withCrLf } from '../testing/bytes.ts'
import { geminiContent } from './index.ts'

const { relay } = geminiContent
const said = '{"contents":[{"parts":[{"text":"Hi"}]}] , "x":12345678901234567890'

function edited(text: string, quirks: Quirks = {}, changes: { maxOutputTokens?: number } = {}) {
  const body = readJsonBody(bytesOf(text))
  const request = geminiContent.readRequest(body, {}, { model: 'alias', stream: true })
  const found = relay.edits(body, { ...request, ...changes }, targetOf(quirks, 'google'))
  return found && { ...found, body: textOf(editBody(body, found.edits)) }
}

describe('edits', () => {
  test('the model is in the path, and the body stays as it is', () => {
    const found = edited(`${said}}`)
    expect(found?.path).toBe('/models/m1:streamGenerateContent?alt=sse')
    expect(found?.edits).toEqual([])
  })

  test('a model in the body, which would contradict the path, is left out', () => {
    expect(edited(`${said},"model":"models/alias"}`)?.body).toBe(`${said}}`)
  })

  test('a limit that the hub lowered or set is written', () => {
    const limit = (text: string) => {
      const body = edited(text, {}, { maxOutputTokens: 7 })?.body ?? ''
      return (JSON.parse(body) as JsonObject).generationConfig
    }
    expect(limit(`${said},"generationConfig":{"maxOutputTokens":9,"topK":1}}`)).toEqual({
      maxOutputTokens: 7,
      topK: 1,
    })
    expect(limit(`${said}}`)).toEqual({ maxOutputTokens: 7 })
  })

  test('what the target refuses is left out, at the top and in generationConfig', () => {
    const quirks = { unsupported: ['labels', 'seed'] }
    const found = edited(`${said},"labels":{"a":"b"},"generationConfig":{"seed":1}}`, quirks)
    expect(found?.dropped).toEqual(['labels', 'seed'])
    expect(found?.body).toBe(`${said},"generationConfig":{}}`)
  })

  test.each([
    [
      'a signature in our wrapping',
      '{"contents":[{"parts":[{"text":"x","thoughtSignature":"hub1.a.eA"}]}]}',
      {},
    ],
    [
      'the same in snake case',
      '{"contents":[{"parts":[{"text":"x","thought_signature":"hub1.a.eA"}]}]}',
      {},
    ],
    ['names in snake case', `${said},"generation_config":{}}`, {}],
    [
      'an instruction the target does not take',
      `${said},"systemInstruction":{"parts":[{"text":"x"}]}}`,
      { unsupported: ['systemInstruction'] },
    ],
  ])('%s needs more than edits', (_, text, quirks) => expect(edited(text, quirks)).toBeUndefined())

  test('a signature of Google is passed on', () => {
    const text = '{"contents":[{"parts":[{"text":"x","thoughtSignature":"QUJD"}]}]}'
    expect(edited(text)?.edits).toEqual([])
  })
})

test('usage of a whole answer is read, a blocked one included', () => {
  const usageOf = (answer: JsonObject) =>
    relay.readUsage(bytesOf(JSON.stringify(answer)), targetOf())
  const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 4 }
  const candidates = [{ finishReason: 'STOP', groundingMetadata: { webSearchQueries: ['a', 'b'] } }]
  expect(usageOf({ candidates, usageMetadata })).toMatchObject({
    input: 3,
    output: 4,
    serverToolRequests: { googleSearch: 2 },
  })
  expect(usageOf({ promptFeedback: { blockReason: 'OTHER' }, usageMetadata }).input).toBe(3)
  expect(usageOf({ candidates }).estimated).toBe(true)
  expect(() => usageOf({ usageMetadata })).toThrow(
    expect.objectContaining({ code: 'upstream_failed' }),
  )
})

const frame = (text: string, rest: JsonObject = {}, tokens = 1, index = 0) =>
  `data: ${JSON.stringify({
    candidates: [{ content: { parts: [{ text }] }, index, ...rest }],
    usageMetadata: { promptTokenCount: 2, candidatesTokenCount: tokens },
  })}\n\n`
const stop = frame('', { finishReason: 'STOP' }, 9)
const request = { model: 'm', messages: [], sampling: {}, stream: { includeUsage: true } }

function scan(pieces: Uint8Array[], n = 1) {
  const scanner = relay.scanner({ ...request, n }, targetOf({}, 'google'), 'req_1')
  const before = pieces.map((piece) => textOf(scanner.push(piece))).join('')
  const after = textOf(scanner.end())
  return { scanner, before, after }
}

describe('scanner', () => {
  test('every byte goes on, the last frame at the end, however the stream is cut', () => {
    const bytes = bytesOf(frame('Hi ⏳') + frame(' there', {}, 3) + stop)
    for (const stream of [bytes, withCrLf(bytes), withCr(bytes)]) {
      for (const pieces of everySplit(stream)) {
        const { scanner, before, after } = scan(pieces)
        expect(before + after).toBe(textOf(stream))
        expect(after).toContain('STOP')
        expect(before).not.toContain('STOP')
        expect(scanner.usage).toMatchObject({ input: 2, output: 9 })
        expect(scanner.error).toBeUndefined()
      }
    }
  })

  test('usage so far is known before the end', () => {
    const scanner = relay.scanner(request, targetOf())
    expect(scanner.usage).toBeUndefined()
    scanner.push(bytesOf(frame('a', {}, 1) + frame('b', {}, 2)))
    expect(scanner.usage?.output).toBe(2)
    scanner.push(bytesOf(frame('c', {}, 3)))
    expect(scanner.usage?.output).toBe(3)
  })

  test('a frame behind the one with the finish reason takes its place', () => {
    const late = 'data: {"usageMetadata":{"promptTokenCount":2,"candidatesTokenCount":11}}\n\n'
    const { scanner, before, after } = scan([
      bytesOf(frame('Hi') + stop),
      bytesOf(`: ping\n\n${late}`),
    ])
    expect(before).toBe(`${frame('Hi')}${stop}: ping\n\n`)
    expect(after).toBe(late)
    expect(scanner.usage?.output).toBe(11)
  })

  test('all candidates must have ended', () => {
    const first =
      frame('a', {}, 1, 0) + frame('b', {}, 1, 1) + frame('', { finishReason: 'STOP' }, 1, 0)
    expect(scan([bytesOf(first)], 2).scanner.error?.code).toBe('upstream_incomplete')
    const whole = scan([bytesOf(first), bytesOf(frame('', { finishReason: 'STOP' }, 1, 1))], 2)
    expect(whole.scanner.error).toBeUndefined()
    expect(whole.before).toBe(first)
  })

  test('a blocked prompt is a complete answer', () => {
    const blocked = 'data: {"promptFeedback":{"blockReason":"SAFETY"}}\n\n'
    const { scanner, before, after } = scan([bytesOf(blocked)])
    expect([before, after]).toEqual(['', blocked])
    expect(scanner.error).toBeUndefined()
    expect(scanner.committed).toBe(true)
  })

  test.each([
    ['an error', 'data: {"error":{"code":503,"message":"Busy."}}\n\n', 'upstream_overloaded'],
    [
      'an error in an array',
      'data: [{"error":{"status":"UNAVAILABLE"}}]\n\n',
      'upstream_overloaded',
    ],
    ['a bare error', '{"error":{"status":"RESOURCE_EXHAUSTED"}}\n', 'rate_limit_exceeded'],
    ['a failed call', frame('', { finishReason: 'MALFORMED_FUNCTION_CALL' }), 'upstream_failed'],
    ['no JSON', 'data: broken\n\n', 'upstream_failed'],
    ['half a frame', frame('cut off').slice(0, 40), 'upstream_incomplete'],
    ['HTML', '<html>Bad gateway</html>', 'upstream_incomplete'],
  ])('%s is kept from the caller, first and in the middle', (_, bad, code) => {
    const first = scan([bytesOf(bad)])
    expect(first.scanner.error?.code).toBe(code)
    expect(first.before + first.after).toBe('')
    const middle = scan([bytesOf(frame('Hi')), bytesOf(bad), bytesOf(stop)])
    expect(middle.before + middle.after).toMatch(/^data: .*Hi/)
    expect(middle.scanner.error).toBeDefined()
  })

  test.each([
    ['text', frame('Hi'), true],
    ['a finish reason', stop, true],
    [
      'a thought',
      'data: {"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"x"}]}}]}\n\n',
      true,
    ],
    ['an empty text', frame(''), false],
    ['usage', 'data: {"usageMetadata":{}}\n\n', false],
    ['a comment', ': ping\n\n', false],
  ])('%s is a real event: %s', (_, text, expected) => {
    const scanner = relay.scanner(request, targetOf())
    scanner.push(bytesOf(text))
    expect(scanner.committed).toBe(expected)
  })
})
