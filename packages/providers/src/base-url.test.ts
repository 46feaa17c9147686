import { HubError } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { readBaseUrl } from './base-url.ts'

const refusal = (text: string): HubError => {
  try {
    readBaseUrl(text)
  } catch (error) {
    if (error instanceof HubError) return error
  }
  throw new Error(`"${text}" was not refused.`)
}

describe('a base URL', () => {
  test.each([
    ['https://api.example.com/v1', 'https://api.example.com/v1'],
    ['https://api.example.com/v1/', 'https://api.example.com/v1'],
    ['https://api.example.com', 'https://api.example.com'],
    ['https://API.example.com:443//', 'https://api.example.com'],
    ['http://api.example.com:8000/a/../v1', 'http://api.example.com:8000/v1'],
  ])('%s is kept as %s', (text, kept) => {
    expect(readBaseUrl(text)).toBe(kept)
  })

  test.each([
    ['api.example.com/v1', 'http or https'],
    ['ftp://api.example.com', 'http or https'],
    ['', 'http or https'],
    ['https://canary:canary@api.example.com', 'user name or password'],
    ['https://canary@api.example.com', 'user name or password'],
    ['https://api.example.com/v1?key=canary', 'query'],
    ['https://api.example.com/v1?', 'query'],
    ['https://api.example.com/v1#canary', 'fragment'],
  ])('%s is refused: %s', (text, reason) => {
    const { code, param, message } = refusal(text)
    expect([code, param]).toEqual(['invalid_request', 'baseUrl'])
    expect(message).toContain(reason)
    expect(message).not.toContain('canary')
  })
})
