import {
  HubError,
  isJsonObject,
  type Json,
  type Secrets,
  type Sign,
  type TransportRequest,
  type TransportResponse,
} from '@aigne-hub/protocol'

/** How an access token is come by (OAuth 2.0, RFC 6749, 4.4 and RFC 7523). */
export interface TokenGrant {
  /** Whose token service this is, for messages. */
  name: string
  /** Tells two credentials apart; never holds a secret in the clear. */
  keyOf(secrets: Secrets): Promise<string>
  /** The token service's address and the form it wants. @throws HubError `credential_rejected` */
  ask(secrets: Secrets): Promise<{ url: string; form: Readonly<Record<string, string>> }>
}

type Send = (request: TransportRequest) => Promise<TransportResponse>

/** A token is not used in the last minutes of its life: a long call still has to get through with it. */
const earlyMs = 5 * 60_000
const maxTokens = 1_000
const maxAnswerBytes = 64 * 1024

interface FreshToken {
  token: string
  livesMs: number
}

interface KeptToken {
  asking: Promise<FreshToken>
  freshUntil: number
}

/**
 * `Authorization: Bearer` with an access token, which is asked for once and kept for as long as it is
 * fresh. Calls that need it at the same time wait for the same one.
 * @throws HubError (when signing) `credential_rejected` when the token service refuses the credential.
 */
export function accessToken(grant: TokenGrant, now: () => number = Date.now): Sign {
  const kept = new Map<string, KeptToken>()

  async function tokenFor(secrets: Secrets, send: Send, isPrivate: boolean): Promise<string> {
    const key = await grant.keyOf(secrets)
    const known = kept.get(key)
    if (known && known.freshUntil > now()) {
      const shared = await known.asking.catch(unlessLeft)
      return shared ? shared.token : tokenFor(secrets, send, isPrivate)
    }
    if (kept.size >= maxTokens) kept.clear()
    const asking = askForToken(grant, secrets, send, isPrivate)
    // Until it is known how long it lives, everybody who comes waits for it.
    const entry: KeptToken = { asking, freshUntil: Number.POSITIVE_INFINITY }
    kept.set(key, entry)
    try {
      const { token, livesMs } = await asking
      entry.freshUntil = now() + livesMs - earlyMs
      return token
    } catch (error) {
      kept.delete(key)
      throw error
    }
  }

  return async (request, secrets, send) => {
    const token = await tokenFor(secrets, send, request.allowPrivateNetwork)
    return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }
  }
}

/**
 * Whoever asked for the token may have left before it came: that is nobody else's failure.
 * @throws HubError what the token service has answered.
 */
function unlessLeft(error: unknown): undefined {
  const { code } = error instanceof HubError ? error : {}
  if (code === 'credential_rejected' || code === 'upstream_failed') throw error
}

async function askForToken(
  grant: TokenGrant,
  secrets: Secrets,
  send: Send,
  allowPrivateNetwork: boolean,
): Promise<FreshToken> {
  const { url, form } = await grant.ask(secrets)
  const { status, body } = await send({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    allowPrivateNetwork,
  })
  const answer = readJson(await body.bytes(maxAnswerBytes))
  const token = isJsonObject(answer) ? answer.access_token : undefined
  if (status === 200 && isJsonObject(answer) && typeof token === 'string' && token !== '') {
    const seconds = Number(answer.expires_in)
    return { token, livesMs: seconds > 0 ? seconds * 1000 : 0 }
  }
  // What it says may repeat the credential.
  if (status >= 400 && status < 500 && status !== 429) {
    throw new HubError(
      'credential_rejected',
      `${grant.name} refused to give the hub an access token (HTTP ${status}). The operator must check the credential.`,
      { upstream: { status } },
    )
  }
  throw new HubError(
    'upstream_failed',
    `${grant.name} gave the hub no access token (HTTP ${status}). Try again.`,
    { upstream: { status } },
  )
}

function readJson(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

/** A short name for a secret that cannot be turned back into it. */
export async function fingerprint(...parts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts))
  const digest = await globalThis.crypto.subtle.digest('SHA-256', bytes)
  return String.fromCharCode(...new Uint8Array(digest))
}
