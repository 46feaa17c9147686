import type { JsonObject } from '../../json.ts'
import type { VendorError } from '../openai-family/errors.ts'
import type { ErrorStyle } from '../openai-family/vendor.ts'

function writeError({ message, type, code, param, more }: VendorError): JsonObject {
  return {
    message,
    type,
    ...(code === null ? {} : { code }),
    ...(param === null ? {} : { param }),
    ...more,
  }
}

export const errors: ErrorStyle = {
  table: {
    serverError: { type: 'internal_server_error' },
    unavailable: { type: 'service_unavailable', code: 'service_unavailable' },
    overloaded: { status: 503, type: 'overloaded_error', code: 'over_capacity' },
    quotaExhausted: { type: 'tokens', code: 'rate_limit_exceeded' },
  },
  write: (error) => ({ error: writeError(error) }),
  frame: (error) =>
    `data: ${JSON.stringify({ error: { ...writeError(error), status_code: error.status } })}\n\n`,
}
