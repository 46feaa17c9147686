import type { JsonObject } from '../../json.ts'
import type { VendorError } from '../openai-family/errors.ts'
import type { ErrorStyle } from '../openai-family/vendor.ts'

const authentication = 'authentication_error'

/** Without a `param`. */
function writeError({ message, type, code }: VendorError): JsonObject {
  return { error: { message, type, code } }
}

export const errors: ErrorStyle = {
  table: {
    modelNotFound: { status: 400 },
    unauthorized: { type: authentication },
    forbidden: { type: 'permission_error', code: null },
    rateLimited: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
    quotaExhausted: { status: 402, type: 'insufficient_credits', code: 'insufficient_credits' },
    notFound: { type: 'not_found_error', code: null },
    overloaded: { status: 529, type: 'overloaded_error', code: null },
  },
  write: writeError,
  frame: (error) => `data: ${JSON.stringify(writeError(error))}\n\n`,
  headers: ({ kind }) => (kind === 'rateLimited' ? [['x-ratelimit-remaining-requests', '0']] : []),
}
