import { hash } from '../random.ts'
import type { VoiceContext } from './voice.ts'

/** How the tokens of each vendor begin. */
const prefixes = { google: 'ya29.', entra: 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.' } as const

export type TokenIssuer = keyof typeof prefixes

/** How long a token is good for. */
export const tokenLifetimeSeconds = 3599

function checksum(text: string): string {
  return hash(text).toString(36)
}

/** A token that says itself until when it is good: nothing has to be kept. Another one every time. */
export function mintToken(issuer: TokenIssuer, { nowMs, requestId }: VoiceContext): string {
  const expiresSeconds = Math.floor(nowMs / 1000) + tokenLifetimeSeconds
  const claims = `${issuer}-${expiresSeconds}-${requestId}`
  return `${prefixes[issuer]}${claims}-${checksum(claims)}`
}

/** Whether a token is one of `issuer`'s and still good. */
export function isLiveToken(issuer: TokenIssuer, token: string, nowMs: number): boolean {
  if (!token.startsWith(prefixes[issuer])) return false
  const text = token.slice(prefixes[issuer].length)
  const end = text.lastIndexOf('-')
  const claims = text.slice(0, end)
  const expiresSeconds = Number(claims.split('-')[1])
  return checksum(claims) === text.slice(end + 1) && expiresSeconds * 1000 > nowMs
}
