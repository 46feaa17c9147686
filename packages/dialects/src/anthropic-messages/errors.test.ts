import { HubError } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { anthropicMessages } from './index.ts'
import { readFailure as read } from './testing/asking.ts'

test('an empty purse is not, whichever status says so', () => {
  const spent = {
    type: 'rate_limit_error',
    details: { error_code: 'enforced_spend_limit_reached' },
  }
  expect(read(429, spent)).toMatchObject({ code: 'insufficient_quota', retryable: false })
  expect(read(402, { type: 'billing_error' })).toMatchObject({ code: 'insufficient_quota' })
  const low = { type: 'invalid_request_error', message: 'Your credit balance is too low.' }
  expect(read(400, low)).toMatchObject({ code: 'insufficient_quota' })
})

test('a limit is, after the time it names', () => {
  const hasty = { type: 'rate_limit_error', details: { error_code: 'ramp_limit_exceeded' } }
  expect(read(429, hasty, { 'retry-after': '7' })).toMatchObject({
    code: 'rate_limit_exceeded',
    retryable: true,
    retryAfterMs: 7000,
  })
  expect(read(409, { type: 'conflict_error' })).toMatchObject({ retryable: true })
})

test('a page of HTML is read by its status', () => {
  expect(read(413, '<html>Too large</html>')).toMatchObject({
    code: 'upstream_rejected',
    status: 413,
  })
  expect(read(401, '<html>')).toMatchObject({ code: 'credential_rejected' })
})

test('a field that the target cannot express is named as this dialect names it', () => {
  const named = (code: 'unsupported_parameter' | 'invalid_request', param: string) => {
    const error = new HubError(code, 'No.', { param })
    return JSON.parse(anthropicMessages.writeError(error, 'r')).error.details.param
  }
  expect(named('unsupported_parameter', 'stop')).toBe('stop_sequences')
  expect(named('unsupported_parameter', 'response_format')).toBe('output_config.format')
  expect(named('unsupported_parameter', 'tool_choice')).toBe('tool_choice')
  expect(named('invalid_request', 'stop')).toBe('stop')
})
