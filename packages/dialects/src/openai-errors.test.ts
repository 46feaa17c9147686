import { HubError } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scale } from '../../../tests/scale.ts'
import { readOpenAiError, writeOpenAiError } from './openai-errors.ts'
import { bytesOf, targetOf } from './testing/bytes.ts'

const read = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  readOpenAiError(
    status,
    headers,
    bytesOf(typeof body === 'string' ? body : JSON.stringify(body)),
    targetOf(),
  )
const openAiBody = (fields: object) => ({
  error: { message: 'Told you.', type: null, param: null, ...fields },
})

describe('a request the provider rejects', () => {
  test.each([400, 404, 409, 413, 422, 415])(
    '%i keeps its status, type, code and param',
    (status) => {
      const error = read(
        status,
        openAiBody({ type: 'invalid_request_error', code: 'x_code', param: 'n' }),
      )
      expect(error).toMatchObject({
        code: 'upstream_rejected',
        status,
        retryable: false,
        message: 'acme rejected the request: Told you.',
        upstream: { status, type: 'invalid_request_error', code: 'x_code', param: 'n' },
      })
    },
  )

  test('an unknown model stays a 404 with its code', () => {
    const body = openAiBody({ message: 'The model `x` does not exist.', code: 'model_not_found' })
    expect(read(404, body)).toMatchObject({
      code: 'upstream_rejected',
      status: 404,
      upstream: { code: 'model_not_found' },
    })
  })

  test('a long message is cut', () => {
    expect(read(400, openAiBody({ message: 'x'.repeat(5000) })).message).toHaveLength(2000)
  })

  test.each<[string, unknown]>([
    ['a text', { error: 'Why not.' }],
    ['no wrapper', { object: 'error', message: 'Why not.', type: 'x', param: null, code: '1' }],
    ['validation details', { detail: [{ loc: ['body'], msg: 'Why not.', type: 'x' }] }],
    ['a detail', { detail: 'Why not.' }],
    ['an array', [{ error: { code: 400, message: 'Why not.', status: 'INVALID_ARGUMENT' } }]],
    ['a code beside the text', { code: 'invalid', error: 'Why not.' }],
  ])('is understood from %s', (_, body) => {
    expect(read(400, body).message).toBe('acme rejected the request: Why not.')
  })

  test.each(['', '<html>no</html>', '[]', 'null', '"x"', '{"error":null}'])(
    'is understood without words: %j',
    (body) => {
      expect(read(400, body)).toMatchObject({
        code: 'upstream_rejected',
        message: 'acme rejected the request: it gave no reason (HTTP 400)',
      })
    },
  )
})

describe('a bad credential', () => {
  const secret = 'sk-live-0123456789'

  test.each<[number, object]>([
    [
      401,
      openAiBody({ message: `Incorrect API key provided: ${secret}.`, code: 'invalid_api_key' }),
    ],
    [403, openAiBody({ message: `Key ${secret} lacks a scope.`, code: secret, type: secret })],
    [400, openAiBody({ message: `Bad: ${secret}`, code: 'invalid_api_key' })],
    [
      400,
      {
        code: 'Client specified an invalid argument',
        error: `Incorrect API key provided: ${secret}`,
      },
    ],
    [400, [{ error: { code: 400, message: `API key not valid: ${secret}` } }]],
  ])('%i tells the operator what to do and repeats nothing', (status, body) => {
    const error = read(status, body)
    expect(error).toMatchObject({ code: 'credential_rejected', status: 502, retryable: false })
    expect(error.message).toContain('acme refused the hub')
    expect(error.message).toContain('operator')
    expect(JSON.stringify([error.message, error.upstream, String(error.cause)])).not.toContain(
      secret,
    )
  })
})

describe('too much', () => {
  test.each<[number, object]>([
    [402, openAiBody({})],
    [402, {}],
    [429, openAiBody({ type: 'insufficient_quota', code: 'insufficient_quota' })],
    [429, openAiBody({ code: 'credit_balance_exhausted' })],
    [429, openAiBody({ code: 'AccountOverdueError' })],
    [429, openAiBody({ code: 'QuotaExceeded' })],
  ])('%i without credit is not tried again', (status, body) => {
    expect(read(status, body)).toMatchObject({
      code: 'insufficient_quota',
      status: 429,
      retryable: false,
    })
  })

  test.each<[string, Record<string, string>, number | undefined]>([
    ['milliseconds', { 'retry-after-ms': '1500.2', 'retry-after': '9' }, 1501],
    ['seconds', { 'retry-after': '2' }, 2000],
    ['a fraction of a second', { 'retry-after': '0.25' }, 250],
    [
      'a date',
      { 'retry-after': 'Fri, 20 Nov 2026 10:00:30 GMT', date: 'Fri, 20 Nov 2026 10:00:00 GMT' },
      30_000,
    ],
    [
      'a date that has passed',
      { 'retry-after': 'Fri, 20 Nov 2026 09:00:00 GMT', date: 'Fri, 20 Nov 2026 10:00:00 GMT' },
      0,
    ],
    [
      'a date without a date to compare',
      { 'retry-after': 'Fri, 20 Nov 2026 10:00:30 GMT' },
      undefined,
    ],
    ['nonsense', { 'retry-after': '-5', 'retry-after-ms': 'soon' }, undefined],
    ['nothing', {}, undefined],
  ])('429 waits as long as %s', (_, headers, retryAfterMs) => {
    const body = openAiBody({ type: 'tokens', code: 'rate_limit_exceeded' })
    expect(read(429, body, headers)).toMatchObject({
      code: 'rate_limit_exceeded',
      retryable: true,
      retryAfterMs,
      upstream: { type: 'tokens', code: 'rate_limit_exceeded' },
    })
  })

  test('a rate limit names the provider, not what it says of its customer', () => {
    const error = read(429, openAiBody({ message: 'Rate limit reached in organization org-1.' }))
    expect(error.message).toBe('acme limits how fast the hub may call it. Try again later.')
  })
})

test.each<[number, string]>([
  [408, 'upstream_timeout'],
  [504, 'upstream_timeout'],
  [503, 'upstream_overloaded'],
  [529, 'upstream_overloaded'],
  [500, 'upstream_failed'],
  [502, 'upstream_failed'],
  [302, 'upstream_failed'],
  [204, 'upstream_failed'],
])('%i is %s', (status, code) => {
  expect(read(status, '')).toMatchObject({ code, retryable: true, upstream: { status } })
})

test('a redirect is said to be one', () => {
  expect(read(301, '').message).toContain('never follows')
})

test('an overloaded provider says how long', () => {
  expect(read(503, '', { 'retry-after': '3' }).retryAfterMs).toBe(3000)
})

test('no answer makes the reader throw', { timeout: 600_000 }, () => {
  const body = fc.oneof(
    fc.uint8Array(),
    fc.jsonValue().map((value) => bytesOf(JSON.stringify(value))),
    fc.jsonValue().map((error) => bytesOf(JSON.stringify({ error }))),
    fc
      .record({
        message: fc.jsonValue(),
        code: fc.jsonValue(),
        type: fc.jsonValue(),
        detail: fc.jsonValue(),
      })
      .map((error) => bytesOf(JSON.stringify({ error }))),
  )
  const headers = fc.dictionary(
    fc.constantFrom('retry-after', 'retry-after-ms', 'date'),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.nat({ max: 999 }), headers, body, (status, given, bytes) => {
      expect(readOpenAiError(status, given, bytes, targetOf())).toBeInstanceOf(HubError)
    }),
    { numRuns: scale.malformedBodies },
  )
})

describe('an error that is written', () => {
  test('has the type of the table and the code of the hub', () => {
    const error = new HubError('invalid_request', 'n must be a number.', { param: 'n' })
    expect(JSON.parse(writeOpenAiError(error, 'req_1'))).toEqual({
      error: {
        message: 'n must be a number.',
        type: 'invalid_request_error',
        param: 'n',
        code: 'invalid_request',
        request_id: 'req_1',
      },
    })
  })

  test.each([
    [400, openAiBody({ type: 'image_error', code: 'bad_image', param: 'messages[0]' })],
    [429, openAiBody({ type: 'tokens', code: 'rate_limit_exceeded' })],
    [429, openAiBody({ type: 'insufficient_quota', code: 'insufficient_quota' })],
  ])('%i shows what the provider said', (status, body) => {
    const { error } = JSON.parse(writeOpenAiError(read(status, body), 'req_1'))
    const { type, code, param } = body.error as Record<string, unknown>
    expect(error).toMatchObject({ type, code, param: param ?? null })
  })

  test('shows no code of a provider whose failure is none of the caller’s', () => {
    const failed = read(500, openAiBody({ type: 'server_error', code: 'internal' }))
    expect(JSON.parse(writeOpenAiError(failed, 'req_1')).error.code).toBe('upstream_failed')
  })

  test('lists every attempt', () => {
    const attempts = [
      { provider: 'acme', model: 'm', credential: 'main', status: 500, durationMs: 3 },
    ]
    const error = new HubError('upstream_failed', 'It failed.', { attempts })
    expect(JSON.parse(writeOpenAiError(error, 'req_1')).error.attempts).toEqual(attempts)
  })
})
