import { header } from './header.ts'

/** `Authorization: Bearer …` (RFC 6750, 2.1), with the credential's `apiKey` or another field of it. */
export function bearer(field = 'apiKey'): ReturnType<typeof header> {
  return header({ name: 'authorization', field, prefix: 'Bearer ' })
}
