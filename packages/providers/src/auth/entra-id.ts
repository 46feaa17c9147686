import type { Sign } from '@aigne-hub/protocol'
import { accessToken, fingerprint } from './access-token.ts'

/** Where tokens come from unless the credential says otherwise, as national clouds do. */
const publicCloud = 'https://login.microsoftonline.com'

/**
 * Microsoft Entra ID, client credentials: `tenantId`, `clientId` and `clientSecret` of the credential are
 * exchanged for an access token ("OAuth 2.0 client credentials flow on the Microsoft identity platform").
 */
export function entraId(scope: string): Sign {
  return accessToken({
    name: 'Microsoft Entra ID',
    keyOf: ({ tenantId = '', clientId = '', clientSecret = '', authority = publicCloud }) =>
      fingerprint(authority, tenantId, clientId, clientSecret),
    async ask({ tenantId = '', clientId = '', clientSecret = '', authority = publicCloud }) {
      return {
        url: `${authority}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
        form: {
          grant_type: 'client_credentials',
          client_id: clientId,
          client_secret: clientSecret,
          scope,
        },
      }
    },
  })
}
