// Entra ID's token endpoint, for applications. Source: learn.microsoft.com, OAuth 2.0 client credentials.

import { Problem } from '../../problem.ts'
import type { Reply } from '../../reply.ts'
import { mintToken, tokenLifetimeSeconds } from '../access-token.ts'
import { httpDate, problemReply } from '../openai/replies.ts'
import type { Voice, VoiceContext } from '../voice.ts'

const tokenPath = /^\/[^/]+\/oauth2\/v2\.0\/token$/
const scopes = new Set([
  'https://cognitiveservices.azure.com/.default',
  'https://ai.azure.com/.default',
])

/** Whether tokens are given out at `path`, which is without the mount. */
export function isTokenPath(path: string): boolean {
  return tokenPath.test(path)
}

function jsonReply(status: number, body: object, { nowMs, requestId }: VoiceContext): Reply {
  return {
    status,
    headers: [
      ['content-type', 'application/json; charset=utf-8'],
      ['cache-control', 'no-store, no-cache'],
      ['date', httpDate(nowMs)],
      ['x-ms-request-id', requestId],
    ],
    streamed: false,
    steps: [{ send: JSON.stringify(body) }],
  }
}

function refused(status: number, error: string, code: number, what: string, context: VoiceContext) {
  const body = {
    error,
    error_description: `AADSTS${code}: ${what} Trace ID: ${context.requestId}`,
    error_codes: [code],
    trace_id: context.requestId,
  }
  return jsonReply(status, body, context)
}

/** Where an application gets its access tokens. Any id and secret will do. */
export const entraToken: Voice = {
  keyOf: () => undefined,
  isOpen: () => true,
  answer({ method, path, bytes }, context) {
    if (method !== 'POST') throw new Problem('wrongMethod', `${path} takes POST, not ${method}.`)
    const form = new URLSearchParams(Buffer.from(bytes).toString())
    const grant = form.get('grant_type') ?? ''
    if (grant !== 'client_credentials') {
      const what = `The app requested an unsupported grant type '${grant}'.`
      return refused(400, 'unsupported_grant_type', 70003, what, context)
    }
    if (!form.get('client_id')) {
      const what = "The request body must contain the following parameter: 'client_id'."
      return refused(400, 'invalid_request', 900144, what, context)
    }
    if (!form.get('client_secret')) {
      const what = "The request body must contain 'client_assertion' or 'client_secret'."
      return refused(401, 'invalid_client', 7000218, what, context)
    }
    const scope = form.get('scope') ?? ''
    if (!scopes.has(scope)) {
      const what = `The provided value for the input parameter 'scope' is not valid: ${scope}.`
      return refused(400, 'invalid_scope', 70011, what, context)
    }
    const lifetime = { expires_in: tokenLifetimeSeconds, ext_expires_in: tokenLifetimeSeconds }
    const token = { token_type: 'Bearer', ...lifetime, access_token: mintToken('entra', context) }
    return jsonReply(200, token, context)
  },
  problem: problemReply,
  problemFrame: () => '',
}
