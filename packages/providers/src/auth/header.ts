import { HubError, type Secrets, type TransportRequest } from '@aigne-hub/protocol'

/** What an HTTP header value may hold (RFC 9110, 5.5), without the obsolete part. */
const headerText = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/

/** @throws HubError `credential_rejected` when the field's value is what no header can carry; never repeats it. */
export function checkHeaderText(field: string, value: string): void {
  if (headerText.test(value)) return
  throw new HubError(
    'credential_rejected',
    `The credential's "${field}" begins or ends with white space, or holds a line break or another character that a header cannot carry. Enter it again.`,
  )
}

/**
 * Puts a field of the credential into a header. A credential without that field adds nothing: many
 * servers of one's own want none.
 * @throws HubError (when signing) `credential_rejected` when the field holds what no header can carry.
 */
export function header(options: {
  name: string
  field?: string
  prefix?: string
}): (request: TransportRequest, secrets: Secrets) => TransportRequest {
  const { name, field = 'apiKey', prefix = '' } = options
  return (request: TransportRequest, secrets: Secrets): TransportRequest => {
    const secret = secrets[field]
    if (secret === undefined || secret === '') return request
    checkHeaderText(field, secret)
    return { ...request, headers: { ...request.headers, [name]: prefix + secret } }
  }
}
