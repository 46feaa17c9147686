import { isObject, type JsonObject } from '../../json.ts'
import type { Reply } from '../../reply.ts'
import type { VendorError } from '../openai-family/errors.ts'
import type { ErrorStyle } from '../openai-family/vendor.ts'

export const generationHeader = 'x-generation-id'

/** Where credits are only reserved, not spent: waiting helps. */
export const inFlightBudget = 'openrouter_in_flight_budget'

const metadata: Readonly<Partial<Record<VendorError['kind'], JsonObject>>> = {
  rateLimited: {
    provider_name: 'Simulator',
    raw: 'The model is temporarily rate-limited upstream.',
    error_type: 'rate_limit_exceeded',
  },
  forbidden: { provider_name: 'Simulator', reasons: ['policy'], flagged_input: '…' },
  unavailable: { error_type: 'provider_unavailable' },
  overloaded: { error_type: 'provider_overloaded' },
  serverError: { error_type: 'server' },
}

function writeError({ kind, status, message, code, more }: VendorError): JsonObject {
  // A body under status 200 still tells what went wrong.
  const number = status === 200 ? Number(code ?? 502) : status
  const told = isObject(more.metadata) ? more.metadata : metadata[kind]
  return { code: number, message, ...(told ? { metadata: told } : {}) }
}

/** The fields that all chunks of a stream have. */
function headOf({ steps }: Reply): JsonObject {
  for (const step of steps) {
    if (!('send' in step) || typeof step.send !== 'string') continue
    if (!step.send.startsWith('data: {')) continue
    const { id, object, created, model, provider }: JsonObject = JSON.parse(step.send.slice(6))
    return { id, object, created, model, provider }
  }
  return {}
}

export const errors: ErrorStyle = {
  table: { quotaExhausted: { status: 402 }, unauthorized: { status: 401 } },
  write: (error) => ({ error: writeError(error) }),
  headers({ kind, more }, given) {
    const isTold = given.some(([name]) => name === 'retry-after')
    const { limit_source: source } = isObject(more.metadata) ? more.metadata : {}
    const passes = kind === 'unavailable' || source === inFlightBudget
    return passes && !isTold ? [['retry-after', '1']] : []
  },
  frame(error, begun) {
    const choices = [{ index: 0, delta: { content: '' }, finish_reason: 'error' }]
    const chunk = { ...headOf(begun), error: writeError(error), choices }
    return `data: ${JSON.stringify(chunk)}\n\n`
  },
}
