import { HubError, type Secrets, type Sign, type TransportRequest } from '@aigne-hub/protocol'
import { AwsV4Signer } from 'aws4fetch'
import { checkHeaderText } from './header.ts'

/** AWS Signature Version 4, as far as it depends on who asks. */
export interface AwsSigning {
  service: string
  /** Unix milliseconds; default: the machine's clock. */
  now?: () => number
}

/**
 * Signs with `accessKeyId`, `secretAccessKey` and `sessionToken` of the credential, for its `region` (AWS
 * Signature Version 4). Path segments are encoded once by whoever writes the URL, and here once more.
 * @throws HubError (when signing) `credential_rejected` when a field of the credential is missing or is what
 *   no header can carry.
 */
export function awsSignature({ service, now = Date.now }: AwsSigning): Sign {
  return async (request: TransportRequest, secrets: Secrets): Promise<TransportRequest> => {
    const { accessKeyId, secretAccessKey, sessionToken, region } = secrets
    if (!accessKeyId || !secretAccessKey || !region) {
      throw new HubError(
        'credential_rejected',
        'The credential lacks its access key, its secret or its region. The operator must enter it again.',
      )
    }
    checkHeaderText('accessKeyId', accessKeyId)
    if (sessionToken) checkHeaderText('sessionToken', sessionToken)
    const signer = new AwsV4Signer({
      method: request.method,
      url: request.url,
      headers: { ...request.headers, 'x-amz-content-sha256': await sha256(request.body ?? '') },
      accessKeyId,
      secretAccessKey,
      ...(sessionToken && { sessionToken }),
      service,
      region,
      datetime: new Date(now()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
      allHeaders: true,
    })
    const { headers } = await signer.sign()
    return { ...request, headers: Object.fromEntries(headers) }
  }
}

async function sha256(body: string | Uint8Array): Promise<string> {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body)
  const digest = await globalThis.crypto.subtle.digest('SHA-256', bytes)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
