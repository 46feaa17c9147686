import type { Problem, ProblemKind } from '../../problem.ts'

/** Anthropic's `type` of each problem; its errors guide lists them. */
const types: Readonly<Record<ProblemKind, string>> = {
  invalidRequest: 'invalid_request_error',
  invalidImage: 'invalid_request_error',
  unsupportedParameter: 'invalid_request_error',
  unsupportedValue: 'invalid_request_error',
  contextLength: 'invalid_request_error',
  unauthorized: 'authentication_error',
  forbidden: 'permission_error',
  modelNotFound: 'not_found_error',
  notFound: 'not_found_error',
  wrongMethod: 'invalid_request_error',
  rateLimited: 'rate_limit_error',
  quotaExhausted: 'rate_limit_error',
  serverError: 'api_error',
  badGateway: 'api_error',
  unavailable: 'overloaded_error',
  gatewayTimeout: 'timeout_error',
  overloaded: 'overloaded_error',
}

/** The body of an error reply, and the data of an error event. */
export function envelope({ kind, message }: Problem, requestId: string): string {
  return JSON.stringify({
    type: 'error',
    error: {
      type: types[kind],
      // Only these words tell a request that is too long from any other bad one.
      message: kind === 'contextLength' ? `prompt is too long: ${message}` : message,
      ...(kind === 'quotaExhausted'
        ? { details: { error_code: 'enforced_spend_limit_reached' } }
        : {}),
    },
    request_id: requestId,
  })
}
