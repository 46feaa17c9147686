import type { ErrorStyle } from '../openai-family/vendor.ts'

const code = 'invalid_request_error'

export const errors: ErrorStyle = {
  table: {
    invalidRequest: { code },
    unsupportedValue: { status: 422, code },
    unsupportedParameter: { status: 422, code },
    contextLength: { code },
    unauthorized: { type: 'authentication_error', code },
    modelNotFound: { status: 400, code },
    quotaExhausted: { status: 402, type: 'unknown_error', code },
    rateLimited: { type: 'rate_limit_error', code: 'rate_limit_reached' },
    unavailable: { type: 'service_unavailable_error', code: 'service_unavailable' },
    overloaded: { status: 503, type: 'service_unavailable_error', code: 'service_unavailable' },
  },
}
