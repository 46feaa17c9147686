/** What a provider can refuse or fail with, in nobody's wording; each voice adds type and code. */
const problemStatus = {
  invalidRequest: 400,
  invalidImage: 400,
  unsupportedParameter: 400,
  unsupportedValue: 400,
  contextLength: 400,
  unauthorized: 401,
  forbidden: 403,
  modelNotFound: 404,
  notFound: 404,
  wrongMethod: 405,
  rateLimited: 429,
  quotaExhausted: 429,
  serverError: 500,
  badGateway: 502,
  unavailable: 503,
  gatewayTimeout: 504,
  overloaded: 529,
} as const

export type ProblemKind = keyof typeof problemStatus

/** Thrown where a request is read or answered; the voice writes it as its vendor would. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly kind: ProblemKind
  /** The field at fault, as the caller wrote it. */
  readonly param: string | undefined

  constructor(kind: ProblemKind, message: string, param?: string) {
    super(message)
    this.kind = kind
    this.param = param
  }

  get status(): number {
    return problemStatus[this.kind]
  }
}
