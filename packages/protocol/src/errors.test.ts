import { expect, test } from 'vitest'
import { asHubError, type ErrorCode, errorCodes, HubError } from './errors.ts'

const codes = Object.keys(errorCodes) as ErrorCode[]

test.each(codes)('%s has an HTTP status that says failure', (code) => {
  const { status } = new HubError(code, 'What happened.')
  expect(Number.isInteger(status) && status >= 400 && status <= 599).toBe(true)
})

test('an error carries its line of the table', () => {
  const error = new HubError('rate_limit_exceeded', 'Slow down.', { retryAfterMs: 1500 })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'HubError',
    message: 'Slow down.',
    status: 429,
    retryable: true,
    retryAfterMs: 1500,
    attempts: [],
  })
})

test('a rejection by the provider keeps the provider’s status', () => {
  const upstream = { status: 422, code: 'bad_schema' }
  const error = new HubError('upstream_rejected', 'Mend the schema.', { upstream })
  expect(error).toMatchObject({ status: 422, upstream })
})

test('any other error keeps its own status, whatever the provider’s was', () => {
  const error = new HubError('credential_rejected', 'Ask the operator.', {
    upstream: { status: 401 },
  })
  expect(error.status).toBe(502)
})

test('the cause is kept when there is one, and not invented when there is none', () => {
  const cause = new Error('socket closed')
  expect(new HubError('upstream_failed', 'No answer.', { cause }).cause).toBe(cause)
  expect(Object.hasOwn(new HubError('upstream_failed', 'No answer.'), 'cause')).toBe(false)
})

test('asHubError leaves a HubError as it is', () => {
  const error = new HubError('model_not_found', 'No such model.')
  expect(asHubError(error)).toBe(error)
})

test.each([
  ['an error', new Error('password=hunter2')],
  ['a string', 'password=hunter2'],
  ['nothing', undefined],
])('asHubError hides what was thrown from the caller and keeps it for the log: %s', (_, thrown) => {
  const error = asHubError(thrown)
  expect(error.code).toBe('internal_error')
  expect(error.cause).toBe(thrown)
  expect(error.message).not.toContain('hunter2')
})
