import type { ErrorStyle } from '../openai-family/vendor.ts'

/** Three forms are in use: by what went wrong, as far as anybody has seen. */
export const errors: ErrorStyle = {
  table: {
    // A wrong key is a bad request here.
    unauthorized: { status: 400, code: 'Client specified an invalid argument' },
    invalidRequest: { code: 'Client specified an invalid argument' },
    unsupportedParameter: { code: 'Client specified an invalid argument' },
    forbidden: {
      code: 'The caller does not have permission to execute the specified operation',
    },
    modelNotFound: { code: 'Some requested entity was not found' },
    overloaded: { status: 503 },
  },
  write({ kind, message, type, param, code }) {
    switch (kind) {
      case 'rateLimited':
      case 'notFound':
      case 'wrongMethod':
        return { error: message }
      case 'serverError':
      case 'unavailable':
      case 'overloaded':
      case 'badGateway':
      case 'gatewayTimeout':
        return { error: { message, type, param, code } }
      default:
        return { code, error: message }
    }
  },
}
