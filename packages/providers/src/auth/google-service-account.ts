import { HubError, isJsonObject, type Json, type Secrets, type Sign } from '@aigne-hub/protocol'
import { accessToken, fingerprint } from './access-token.ts'

const scope = 'https://www.googleapis.com/auth/cloud-platform'

function refused(what: string): HubError {
  return new HubError(
    'credential_rejected',
    `The credential's service account ${what}. The operator must enter the JSON key file of the service account as it was downloaded.`,
  )
}

interface ServiceAccount {
  email: string
  keyId: string
  privateKey: string
  tokenUrl: string
}

function readServiceAccount({ serviceAccount = '' }: Secrets): ServiceAccount {
  let file: Json
  try {
    file = JSON.parse(serviceAccount)
  } catch {
    throw refused('is no JSON')
  }
  const {
    client_email: email,
    private_key: privateKey,
    private_key_id: keyId,
    token_uri,
  } = (isJsonObject(file) ? file : {}) as Record<string, Json>
  if (typeof email !== 'string' || typeof privateKey !== 'string') {
    throw refused('lacks client_email or private_key')
  }
  return {
    email,
    privateKey,
    keyId: typeof keyId === 'string' ? keyId : '',
    tokenUrl: typeof token_uri === 'string' ? token_uri : 'https://oauth2.googleapis.com/token',
  }
}

/**
 * A Google service account, given as its JSON key file in the credential's `serviceAccount`: a signed JWT
 * is exchanged for an access token ("Using OAuth 2.0 for Server to Server Applications").
 */
export function googleServiceAccount(now: () => number = Date.now): Sign {
  return accessToken(
    {
      name: 'Google',
      keyOf: ({ serviceAccount = '' }) => fingerprint(serviceAccount),
      async ask(secrets) {
        const account = readServiceAccount(secrets)
        // Few installations need it, and it takes a tenth of the time a start does.
        const { importPKCS8, SignJWT } = await import('jose')
        const key = await importPKCS8(account.privateKey, 'RS256').catch(() => {
          throw refused('has a private_key that cannot be read')
        })
        const seconds = Math.floor(now() / 1000)
        const assertion = await new SignJWT({ scope })
          .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: account.keyId })
          .setIssuer(account.email)
          .setAudience(account.tokenUrl)
          .setIssuedAt(seconds)
          .setExpirationTime(seconds + 3600)
          .sign(key)
        return {
          url: account.tokenUrl,
          form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion },
        }
      },
    },
    now,
  )
}
