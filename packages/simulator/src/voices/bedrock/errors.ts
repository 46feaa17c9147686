import { Problem, type ProblemKind } from '../../problem.ts'

/** Bedrock's name and status of each problem. */
const exceptions: Readonly<Record<ProblemKind, readonly [name: string, status: number]>> = {
  invalidRequest: ['ValidationException', 400],
  invalidImage: ['ValidationException', 400],
  unsupportedParameter: ['ValidationException', 400],
  unsupportedValue: ['ValidationException', 400],
  contextLength: ['ValidationException', 400],
  // Bad credentials are no 401 here.
  unauthorized: ['UnrecognizedClientException', 403],
  forbidden: ['AccessDeniedException', 403],
  modelNotFound: ['ResourceNotFoundException', 404],
  notFound: ['UnknownOperationException', 404],
  wrongMethod: ['UnknownOperationException', 404],
  rateLimited: ['ThrottlingException', 429],
  quotaExhausted: ['ServiceQuotaExceededException', 400],
  serverError: ['InternalServerException', 500],
  badGateway: ['ModelErrorException', 424],
  unavailable: ['ServiceUnavailableException', 503],
  gatewayTimeout: ['ModelTimeoutException', 408],
  overloaded: ['ServiceUnavailableException', 503],
}

/** A signature that does not prove what it should. */
export class SignatureProblem extends Problem {
  constructor(message: string) {
    super('unauthorized', message)
  }
}

/** A request that is wrong as a whole, not in one field. */
export function refused(message: string): Problem {
  return new Problem('invalidRequest', message)
}

export interface WireException {
  name: string
  status: number
  /** JSON. */
  body: string
}

/** A problem as the status, the error-type header and the body say it. */
export function exceptionOf(problem: Problem): WireException {
  const [kindName, status] = exceptions[problem.kind]
  const isSignature = problem instanceof SignatureProblem
  const name = isSignature ? 'InvalidSignatureException' : kindName
  return { name, status, body: JSON.stringify({ message: messageOf(problem) }) }
}

function messageOf({ kind, message }: Problem): string {
  // Only the words tell a request that is too long from any other bad one.
  return kind === 'contextLength' ? `Input is too long for requested model. ${message}` : message
}

/** Of all the exceptions only these have a place in a stream. */
const inStream: Partial<Record<ProblemKind, string>> = {
  rateLimited: 'throttlingException',
  serverError: 'internalServerException',
  unavailable: 'serviceUnavailableException',
  gatewayTimeout: 'serviceUnavailableException',
  overloaded: 'serviceUnavailableException',
}

/** A problem as the exception that ends a stream; `payload` is JSON. */
export function streamExceptionOf(problem: Problem): { type: string; payload: string } {
  const message = messageOf(problem)
  if (problem.kind === 'badGateway') {
    const originalStatusCode = problem.status
    const payload = { message, originalStatusCode, originalMessage: message }
    return { type: 'modelStreamErrorException', payload: JSON.stringify(payload) }
  }
  const type = inStream[problem.kind] ?? 'validationException'
  return { type, payload: JSON.stringify({ message }) }
}
