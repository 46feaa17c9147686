import { HubError } from '@aigne-hub/protocol'

function refuse(reason: string): HubError {
  return new HubError('invalid_request', `baseUrl ${reason}`, { param: 'baseUrl' })
}

/**
 * A provider's base URL as someone entered it, without a slash at the end. No message repeats it: it may
 * hold a password. Whether the address may be called is asked at every call, by the transport.
 * @throws HubError `invalid_request` when it is no http(s) address or holds more than host and path.
 */
export function readBaseUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw refuse('must be an http or https address such as https://models.example.com/v1.')
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse(
      'must not hold a user name or password. Enter those as the credential of the provider.',
    )
  }
  if (/[?#]/.test(text)) {
    throw refuse('must not hold a query (?…) or a fragment (#…): paths are appended to it.')
  }
  return url.href.replace(/\/+$/, '')
}
