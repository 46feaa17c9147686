import { expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { bedrockConverse } from './index.ts'

const target = targetOf({}, 'bedrock')

const read = (status: number, name: string | undefined, body: unknown = { message: 'Said.' }) =>
  bedrockConverse.readError(
    status,
    name === undefined ? {} : { 'x-amzn-errortype': name },
    bytesOf(JSON.stringify(body)),
    target,
  )

test.each([
  ['ValidationException', 400, { code: 'upstream_rejected', status: 400, retryable: false }],
  ['AccessDeniedException', 403, { code: 'credential_rejected', retryable: false }],
  ['UnrecognizedClientException', 403, { code: 'credential_rejected', retryable: false }],
  ['ExpiredTokenException', 400, { code: 'credential_rejected', retryable: false }],
  ['ResourceNotFoundException', 404, { code: 'upstream_rejected', status: 404, retryable: false }],
  ['ModelTimeoutException', 408, { code: 'upstream_timeout', retryable: true }],
  ['ModelErrorException', 424, { code: 'upstream_failed', retryable: true }],
  ['ThrottlingException', 429, { code: 'rate_limit_exceeded', retryable: true }],
  ['ModelNotReadyException', 429, { code: 'rate_limit_exceeded', retryable: true }],
  ['ServiceQuotaExceededException', 400, { code: 'insufficient_quota', retryable: false }],
  ['InternalServerException', 500, { code: 'upstream_failed', retryable: true }],
  ['ServiceUnavailableException', 503, { code: 'upstream_overloaded', retryable: true }],
])('%s with status %i', (name, status, expected) => {
  expect(read(status, name)).toMatchObject(expected)
})

test.each([
  ['in a header, with an address', 'ThrottlingException:http://internal.amazon.com/', {}],
  ['in the body', undefined, { __type: 'com.amazon.coral.availability#ThrottlingException' }],
])('the name %s decides', (_, name, body) => {
  expect(read(400, name, body)).toMatchObject({
    code: 'rate_limit_exceeded',
    upstream: { code: 'ThrottlingException' },
  })
})

test('without a name the status decides', () => {
  expect(read(503, undefined, { Message: 'Later.' }).code).toBe('upstream_overloaded')
})

test.each([
  'Input is too long for requested model.',
  "This model's maximum context length is 32768 tokens. Please reduce the length of the prompt.",
  'The maximum tokens you requested exceeds the model limit: 12 input tokens exceeds the context length.',
])('a prompt that is too long has a code of its own: %s', (message) => {
  expect(read(400, 'ValidationException', { message })).toMatchObject({
    code: 'upstream_rejected',
    message: expect.stringContaining(message),
    upstream: { code: 'context_length_exceeded' },
  })
})

test('a limit for the answer that is too high is no prompt that is too long', () => {
  const message =
    'The maximum tokens you requested exceeds the model limit of 10000. Try again with a maximum tokens value that is lower than 10000.'
  expect(read(400, 'ValidationException', { message }).upstream).toEqual({
    status: 400,
    code: 'ValidationException',
  })
})

test('a body that is no JSON is an error all the same', () => {
  const error = bedrockConverse.readError(502, {}, bytesOf('<html>'), target)
  expect(error.code).toBe('upstream_failed')
})
