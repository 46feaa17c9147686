import { Problem, type ProblemKind } from '../../problem.ts'

/** A problem with a code of its own, or none, in place of the one that all of its kind have. */
export class CodedProblem extends Problem {
  readonly code: string | null

  constructor(kind: ProblemKind, code: string | null, message: string, param?: string) {
    super(kind, message, param)
    this.code = code
  }
}

/** OpenAI's `type` and `code` of each problem; its error-codes guide lists them. */
const wording: Readonly<Record<ProblemKind, { type: string; code: string | null }>> = {
  invalidRequest: { type: 'invalid_request_error', code: null },
  invalidImage: { type: 'invalid_request_error', code: 'invalid_image_format' },
  unsupportedParameter: { type: 'invalid_request_error', code: 'unsupported_parameter' },
  unsupportedValue: { type: 'invalid_request_error', code: 'unsupported_value' },
  contextLength: { type: 'invalid_request_error', code: 'context_length_exceeded' },
  unauthorized: { type: 'invalid_request_error', code: 'invalid_api_key' },
  forbidden: { type: 'invalid_request_error', code: 'insufficient_permissions' },
  modelNotFound: { type: 'invalid_request_error', code: 'model_not_found' },
  notFound: { type: 'invalid_request_error', code: 'unknown_url' },
  wrongMethod: { type: 'invalid_request_error', code: 'method_not_supported' },
  rateLimited: { type: 'requests', code: 'rate_limit_exceeded' },
  quotaExhausted: { type: 'insufficient_quota', code: 'insufficient_quota' },
  serverError: { type: 'server_error', code: null },
  badGateway: { type: 'server_error', code: null },
  unavailable: { type: 'service_unavailable_error', code: 'server_is_overloaded' },
  gatewayTimeout: { type: 'server_error', code: null },
  overloaded: { type: 'service_unavailable_error', code: 'server_is_overloaded' },
}

interface WireError {
  message: string
  type: string
  param: string | null
  code: string | null
}

/** What stands under `error`. */
export function wireError(problem: Problem): WireError {
  const { kind, message, param } = problem
  const { type, code } = wording[kind]
  const own = problem instanceof CodedProblem ? problem.code : code
  return { message, type, param: param ?? null, code: own }
}

/** The body of an error reply. */
export function envelope(problem: Problem): string {
  return JSON.stringify({ error: wireError(problem) })
}
