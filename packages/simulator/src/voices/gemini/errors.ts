import type { JsonObject } from '../../json.ts'
import type { Problem, ProblemKind } from '../../problem.ts'
import type { Header } from '../../reply.ts'
import type { GoogleHost } from './replies.ts'

/** Status in HTTP and name in google.rpc.Code of each problem. */
const wording: Readonly<Record<ProblemKind, readonly [code: number, status: string]>> = {
  invalidRequest: [400, 'INVALID_ARGUMENT'],
  invalidImage: [400, 'INVALID_ARGUMENT'],
  unsupportedParameter: [400, 'INVALID_ARGUMENT'],
  unsupportedValue: [400, 'INVALID_ARGUMENT'],
  contextLength: [400, 'INVALID_ARGUMENT'],
  // A bad key is no 401 here.
  unauthorized: [400, 'INVALID_ARGUMENT'],
  forbidden: [403, 'PERMISSION_DENIED'],
  modelNotFound: [404, 'NOT_FOUND'],
  notFound: [404, 'NOT_FOUND'],
  wrongMethod: [404, 'NOT_FOUND'],
  rateLimited: [429, 'RESOURCE_EXHAUSTED'],
  quotaExhausted: [429, 'RESOURCE_EXHAUSTED'],
  serverError: [500, 'INTERNAL'],
  badGateway: [502, 'UNAVAILABLE'],
  unavailable: [503, 'UNAVAILABLE'],
  gatewayTimeout: [504, 'DEADLINE_EXCEEDED'],
  overloaded: [503, 'UNAVAILABLE'],
}

const geminiHost = 'generativelanguage.googleapis.com'

/** Where Vertex differs. */
const vertexWording: Partial<typeof wording> = {
  unauthorized: [401, 'UNAUTHENTICATED'],
}

function wordsFor(kind: ProblemKind, host: GoogleHost) {
  return (host === 'vertex' ? vertexWording[kind] : undefined) ?? wording[kind]
}

/** The status line's number. */
export function statusOf({ kind }: Problem, host: GoogleHost): number {
  return wordsFor(kind, host)[0]
}

/**
 * The body of an error.
 * @param retrySeconds when to come again; undefined = nothing is said of it
 */
export function errorBody(
  problem: Problem,
  retrySeconds: number | undefined,
  host: GoogleHost,
): JsonObject {
  const [code, status] = wordsFor(problem.kind, host)
  const isVertex = host === 'vertex'
  const details = isVertex ? [] : detailsOf(problem)
  let { message } = problem
  // Vertex shares its quota among all, and does not say when to come again.
  if (retrySeconds !== undefined && !isVertex) {
    message += `\nPlease retry in ${retrySeconds}s.`
    details.push({ '@type': type('RetryInfo'), retryDelay: `${retrySeconds}s` })
  }
  return { error: { code, message, status, ...(details.length > 0 ? { details } : {}) } }
}

function type(name: string): string {
  return `type.googleapis.com/google.rpc.${name}`
}

function detailsOf({ kind, message, param }: Problem): JsonObject[] {
  if (kind === 'unauthorized') {
    const reason = { reason: 'API_KEY_INVALID', domain: 'googleapis.com' }
    return [{ '@type': type('ErrorInfo'), ...reason, metadata: { service: geminiHost } }]
  }
  if (kind === 'rateLimited') return quotaDetails('GenerateRequestsPerMinutePerProjectPerModel')
  if (kind === 'quotaExhausted') {
    return quotaDetails('GenerateRequestsPerDayPerProjectPerModel-FreeTier')
  }
  const isArgument = wording[kind][1] === 'INVALID_ARGUMENT'
  if (!isArgument || param === undefined) return []
  return [
    { '@type': type('BadRequest'), fieldViolations: [{ field: param, description: message }] },
  ]
}

function quotaDetails(quotaId: string): JsonObject[] {
  const violation = {
    quotaMetric: `${geminiHost}/generate_content_requests`,
    quotaId,
    quotaDimensions: { location: 'global', model: 'simulator' },
    quotaValue: '10',
  }
  const link = {
    description: 'Learn more about Gemini API quotas',
    url: 'https://ai.google.dev/gemini-api/docs/rate-limits',
  }
  return [
    { '@type': type('QuotaFailure'), violations: [violation] },
    { '@type': type('Help'), links: [link] },
  ]
}

/**
 * The delay that `Retry-After` stands for, which Google does not send, in seconds; undefined when
 * there is none among `headers`.
 */
export function retrySecondsIn(headers: readonly Header[], nowMs: number): number | undefined {
  const value = headers.find(([name]) => name === 'retry-after')?.[1]
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Number(value)
  return Math.max(0, Math.round((Date.parse(value) - nowMs) / 1000))
}
