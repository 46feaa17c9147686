// Google's token endpoint, for service accounts. Sources: RFC 7523 and Google's guide to OAuth 2.0 for
// server to server applications.

import { isObject, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import type { Reply } from '../../reply.ts'
import { mintToken, tokenLifetimeSeconds } from '../access-token.ts'
import { jsonReply, problemFrame, problemReply } from '../gemini/replies.ts'
import type { Voice, VoiceContext, VoiceRequest } from '../voice.ts'

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const googleAudience = 'https://oauth2.googleapis.com/token'
const mostSeconds = 3600
/** Clocks differ. */
const leewaySeconds = 300
/** What RS256 signs with a key of 2048 bits. */
const leastSignatureBytes = 256

function refused(error: string, description: string, context: VoiceContext): Reply {
  const body = JSON.stringify({ error, error_description: description })
  return { ...jsonReply(body, context), status: 400 }
}

/** One of the three pieces of a JWT; undefined when it is no JSON. */
function pieceOf(text: string | undefined): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text ?? '', 'base64url').toString())
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What is wrong with an assertion; undefined: nothing. Whose key has signed it is not looked at. */
function faultIn(assertion: string, request: VoiceRequest, nowMs: number): string | undefined {
  const pieces = assertion.split('.')
  const [header, claims] = [pieceOf(pieces[0]), pieceOf(pieces[1])]
  if (pieces.length !== 3 || !header || !claims) return 'Could not parse the assertion.'
  if (header.alg !== 'RS256') return 'The algorithm must be RS256.'
  const signature = Buffer.from(pieces[2] ?? '', 'base64url')
  if (signature.length < leastSignatureBytes) return 'Invalid JWT Signature.'
  return faultInClaims(claims, request, nowMs / 1000)
}

function faultInClaims(
  { iss, scope, aud, iat, exp }: JsonObject,
  { headers, target }: VoiceRequest,
  nowSeconds: number,
): string | undefined {
  if (typeof iss !== 'string' || iss === '') return 'Invalid issuer: Not a valid email or user ID.'
  if (typeof scope !== 'string' || scope === '') return 'Empty or missing scope not allowed.'
  const ownAddress = `http://${headers.host ?? ''}${target}`
  if (aud !== googleAudience && aud !== ownAddress) return 'Invalid audience.'
  if (typeof iat !== 'number' || typeof exp !== 'number') return 'iat and exp must be numbers.'
  const isTimely =
    exp > nowSeconds && iat <= nowSeconds + leewaySeconds && exp - iat <= mostSeconds && exp > iat
  return isTimely
    ? undefined
    : 'Token must be a short-lived token (60 minutes) and in a reasonable timeframe.'
}

/** Where a service account gets its access tokens. */
export const googleToken: Voice = {
  keyOf: () => undefined,
  isOpen: () => true,
  answer(request, context) {
    const { method, path, bytes } = request
    if (method !== 'POST') throw new Problem('wrongMethod', `${path} takes POST, not ${method}.`)
    const form = new URLSearchParams(Buffer.from(bytes).toString())
    const grant = form.get('grant_type')
    if (grant !== grantType) {
      return refused('unsupported_grant_type', `Invalid grant_type: ${grant ?? ''}`, context)
    }
    const fault = faultIn(form.get('assertion') ?? '', request, context.nowMs)
    if (fault !== undefined) return refused('invalid_grant', `Invalid JWT: ${fault}`, context)
    const token = { access_token: mintToken('google', context), expires_in: tokenLifetimeSeconds }
    return jsonReply(JSON.stringify({ ...token, token_type: 'Bearer' }), context)
  },
  problem: (problem, context, headers = []) => problemReply(problem, context, headers, 'vertex'),
  problemFrame: (problem, begun) => problemFrame(problem, begun, 'vertex'),
}
