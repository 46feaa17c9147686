import type { JsonObject } from '../../json.ts'
import { type VendorError, VendorProblem } from '../openai-family/errors.ts'
import type { ErrorStyle } from '../openai-family/vendor.ts'
import type { VoiceContext } from '../voice.ts'

/** A prompt that is not let through. */
export function sensitiveContent(): VendorProblem {
  const message = 'The request failed because the input text may contain sensitive information.'
  const code = 'InputTextSensitiveContentDetected'
  return new VendorProblem('invalidRequest', message, { code })
}

/** A bill that is not paid: 403, not 402. */
export function accountOverdue(): VendorProblem {
  const message = 'The request failed because your account has an overdue balance.'
  return new VendorProblem('forbidden', message, { code: 'AccountOverdueError' })
}

/** A model that nobody has switched on in the console. */
export function modelNotOpen(): VendorProblem {
  const message =
    'Your account has not activated the model. Please activate the model service in the Ark Console.'
  return new VendorProblem('modelNotFound', message, { code: 'ModelNotOpen' })
}

const badRequest = { type: 'BadRequest', code: 'InvalidParameter' }
const notFound = { type: 'NotFound', code: 'NotFound' }

function writeError({ message, type, param, code }: VendorError, requestId?: string): JsonObject {
  const end = requestId === undefined ? '' : ` Request id: ${requestId}`
  return { error: { code, message: `${message}${end}`, param: param ?? '', type } }
}

export const errors: ErrorStyle = {
  table: {
    invalidRequest: badRequest,
    invalidImage: { ...badRequest, code: 'InvalidParameter.UnsupportedImageFormat' },
    unsupportedParameter: badRequest,
    unsupportedValue: badRequest,
    contextLength: badRequest,
    unauthorized: { type: 'Unauthorized', code: 'AuthenticationError' },
    forbidden: { type: 'Forbidden', code: 'AccessDenied' },
    modelNotFound: { type: 'NotFound', code: 'InvalidEndpointOrModel.NotFound' },
    notFound,
    wrongMethod: notFound,
    rateLimited: { type: 'TooManyRequests', code: 'RateLimitExceeded.EndpointRPMExceeded' },
    quotaExhausted: { type: 'TooManyRequests', code: 'QuotaExceeded' },
    serverError: { type: 'InternalServerError', code: 'InternalServiceError' },
    unavailable: { type: 'InternalServerError', code: 'InternalServiceError' },
    overloaded: { status: 429, type: 'TooManyRequests', code: 'ServerOverloaded' },
  },
  write: (error, { requestId }: VoiceContext) => writeError(error, requestId),
  frame: (error) => `data: ${JSON.stringify(writeError(error))}\n\n`,
}
