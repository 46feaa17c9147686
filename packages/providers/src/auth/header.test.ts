import { HubError, type TransportRequest } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bearer } from './bearer.ts'
import { header } from './header.ts'

const request: TransportRequest = {
  method: 'POST',
  url: 'https://api.example/v1/chat/completions',
  headers: { 'content-type': 'application/json' },
  body: '{}',
  allowPrivateNetwork: false,
}

describe('signing', () => {
  test('adds the credential to the headers of a copy and changes nothing else', () => {
    expect(bearer()(request, { apiKey: 'sk-1' })).toEqual({
      ...request,
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk-1' },
    })
    expect(request.headers).not.toHaveProperty('authorization')
  })

  test('can use another header and another field', () => {
    const sign = header({ name: 'api-key', field: 'token' })
    expect(sign(request, { token: 'abc', apiKey: 'other' })).toMatchObject({
      headers: { 'api-key': 'abc' },
    })
  })

  test('adds nothing when the credential lacks the field', () => {
    expect(bearer()(request, {})).toBe(request)
    expect(bearer()(request, { apiKey: '' })).toBe(request)
  })

  test.each(['canary\r\nx-evil: 1', 'canary\n', ' canary', 'canary\u0000', 'canary日本'])(
    'refuses %j without repeating it',
    (apiKey) => {
      let thrown: unknown
      try {
        bearer()(request, { apiKey })
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(HubError)
      expect((thrown as HubError).code).toBe('credential_rejected')
      expect((thrown as HubError).message).not.toContain('canary')
    },
  )
})
