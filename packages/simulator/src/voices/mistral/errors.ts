import type { Json } from '../../json.ts'
import type { VendorError } from '../openai-family/errors.ts'
import { VendorProblem } from '../openai-family/errors.ts'
import type { ErrorStyle } from '../openai-family/vendor.ts'

/** A body that does not have the form it should: 422, with the place. */
export function malformed(place: readonly (string | number)[], what: string, type: string) {
  const detail: Json = [{ type, loc: ['body', ...place], msg: what }]
  const message = `${place.join('.')}: ${what}`
  return new VendorProblem('invalidRequest', message, { status: 422 }, { more: { detail } })
}

/** A conversation that does not fit together. */
export function unfit(message: string, type: string, code: string) {
  return new VendorProblem('invalidRequest', message, { status: 400, type, code })
}

function writeError({ kind, message, type, param, code, more }: VendorError): Json {
  if (more.detail !== undefined) return { detail: more.detail }
  if (kind === 'invalidRequest' && type === null) {
    return { detail: [{ type: 'value_error', loc: ['body', param ?? ''], msg: message }] }
  }
  if (kind === 'unauthorized') return { detail: 'Unauthorized' }
  return { object: 'error', message, type, param, code }
}

export const errors: ErrorStyle = {
  table: {
    // No type: what is wrong is the form of the body.
    invalidRequest: { status: 422, type: null },
    modelNotFound: { status: 400, type: 'invalid_model', code: '1500' },
    contextLength: { code: '3051' },
    rateLimited: { type: 'rate_limit_error', code: '1300' },
    quotaExhausted: { status: 402, type: 'payment_required', code: '1200' },
    serverError: { type: 'server_error', code: '3700' },
    unavailable: { type: 'server_error', code: '3505' },
    overloaded: { status: 503, type: 'server_error', code: '3505' },
  },
  write: writeError,
  frame: (error) => `data: ${JSON.stringify(writeError(error))}\n\n`,
}
