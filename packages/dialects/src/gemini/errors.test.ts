import { HubError, type Json } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { geminiContent } from './index.ts'

const target = targetOf({}, 'google')
const read = (status: number, error: Json, wrap: (body: Json) => Json = (body) => body) =>
  geminiContent.readError(status, {}, bytesOf(JSON.stringify(wrap({ error }))), target)

const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '46.5s' }
const violation = (quotaId: string, quotaValue = '10') => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaMetric: 'requests', quotaId, quotaValue }],
})
const exhausted = (message: string, details: Json[] = []) => ({
  code: 429,
  message,
  status: 'RESOURCE_EXHAUSTED',
  details,
})
const perMinute = violation('GenerateRequestsPerMinutePerProjectPerModel-FreeTier')
const perDay = violation('GenerateRequestsPerDayPerProjectPerModel-FreeTier')

test.each<[string, number, Json, object]>([
  [
    'a bad field',
    400,
    { status: 'INVALID_ARGUMENT', message: 'Bad.' },
    { code: 'upstream_rejected', status: 400 },
  ],
  [
    'no permission',
    403,
    { status: 'PERMISSION_DENIED', message: 'No.' },
    { code: 'credential_rejected' },
  ],
  [
    'no such model',
    404,
    { status: 'NOT_FOUND', message: 'No.' },
    { code: 'upstream_rejected', status: 404 },
  ],
  [
    'a conflict',
    409,
    { status: 'ABORTED', message: 'No.' },
    { code: 'upstream_failed', retryable: true },
  ],
  [
    'a bug',
    500,
    { status: 'INTERNAL', message: 'Oops.' },
    { code: 'upstream_failed', retryable: true },
  ],
  ['load', 503, { status: 'UNAVAILABLE', message: 'Busy.' }, { code: 'upstream_overloaded' }],
  [
    'a deadline',
    504,
    { status: 'DEADLINE_EXCEEDED', message: 'Late.' },
    { code: 'upstream_timeout' },
  ],
  [
    'haste',
    429,
    exhausted('Slow.', [perMinute, retryInfo]),
    { code: 'rate_limit_exceeded', retryAfterMs: 46_500 },
  ],
  [
    'haste in words',
    429,
    exhausted('Please retry in 46.1s.'),
    { code: 'rate_limit_exceeded', retryAfterMs: 46_100 },
  ],
  [
    'haste in small words',
    429,
    exhausted('Please retry in 120.5ms.'),
    { code: 'rate_limit_exceeded', retryAfterMs: 121 },
  ],
  [
    'a day spent',
    429,
    exhausted('Slow.', [perDay, retryInfo]),
    { code: 'insufficient_quota', retryable: false },
  ],
  [
    'a limit of zero',
    429,
    exhausted('Quota exceeded, limit: 0, model: x'),
    { code: 'insufficient_quota' },
  ],
  ['a wait of hours', 429, exhausted('Please retry in 5h3m2s.'), { code: 'insufficient_quota' }],
])('%s is read from its answer', (_, status, error, expected) => {
  expect(read(status, error)).toMatchObject(expected)
  expect(read(status, error, (body) => [body])).toMatchObject(expected)
})

test('the words of a bad key are never passed on', () => {
  const error = { code: 400, message: 'API key expired: AIzaSecret.', status: 'INVALID_ARGUMENT' }
  expect(JSON.stringify([read(400, error).message, read(400, error).cause])).not.toContain('AIza')
})

test.each<[string, Json, string]>([
  ['its word, without a number', { status: 'UNAVAILABLE', message: 'x' }, 'upstream_overloaded'],
  ['its number', { code: 429, message: 'x' }, 'rate_limit_exceeded'],
  ['nothing at all', {}, 'upstream_failed'],
  ['text', 'it broke', 'upstream_failed'],
])('an error under a status of 200 is read from %s', (_, error, code) => {
  const body = bytesOf(JSON.stringify({ error }))
  expect(() => geminiContent.readResponse(body, target)).toThrow(expect.objectContaining({ code }))
  expect(() => geminiContent.relay.readUsage(body, target)).toThrow(
    expect.objectContaining({ code }),
  )
})

test.each([
  ['invalid_request', 'INVALID_ARGUMENT'],
  ['invalid_api_key', 'UNAUTHENTICATED'],
  ['permission_denied', 'PERMISSION_DENIED'],
  ['model_not_found', 'NOT_FOUND'],
  ['rate_limit_exceeded', 'RESOURCE_EXHAUSTED'],
  ['internal_error', 'INTERNAL'],
  ['upstream_failed', 'UNAVAILABLE'],
  ['upstream_timeout', 'DEADLINE_EXCEEDED'],
] as const)('%s is written as %s', (code, status) => {
  const error = new HubError(code, 'It failed.', { param: 'contents' })
  const written = JSON.parse(geminiContent.writeError(error, 'req_1'))
  expect(written.error).toMatchObject({ code: error.status, message: 'It failed.', status })
  expect(written.error.details).toEqual([
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: code.toUpperCase(),
      domain: 'aigne-hub',
    },
    { '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: 'req_1' },
    {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [{ field: 'contents', description: 'It failed.' }],
    },
  ])
})

test('a field that the target cannot express is named as this dialect names it', () => {
  const named = (code: 'unsupported_parameter' | 'invalid_request', param: string) => {
    const { error } = JSON.parse(
      geminiContent.writeError(new HubError(code, 'No.', { param }), 'r'),
    )
    return error.details[2].fieldViolations[0].field
  }
  expect(named('unsupported_parameter', 'n')).toBe('generationConfig.candidateCount')
  expect(named('unsupported_parameter', 'cachedContent')).toBe('cachedContent')
  expect(named('invalid_request', 'n')).toBe('n')
})
