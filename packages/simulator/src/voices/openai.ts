// OpenAI's API. Sources: the OpenAPI description of platform.openai.com and the types of the npm
// package `openai` 7.55.

import { isObject, type JsonObject } from '../json.ts'
import { Problem, type ProblemKind } from '../problem.ts'
import type { Header, Reply } from '../reply.ts'
import { writeChat } from './openai/chat-reply.ts'
import { readChat } from './openai/chat-request.ts'
import { writeChatStream } from './openai/chat-stream.ts'
import { readEmbeddings, writeEmbeddings } from './openai/embeddings.ts'
import { readImages, writeImages } from './openai/images.ts'
import { writeModel, writeModels } from './openai/models.ts'
import type { Voice, VoiceContext, VoiceRequest } from './voice.ts'

type Route = (request: VoiceRequest, context: VoiceContext) => Reply

const jsonType: Header = ['content-type', 'application/json']
const streamTypes: readonly Header[] = [
  ['content-type', 'text/event-stream; charset=utf-8'],
  ['cache-control', 'no-cache'],
]

const requestLimit = 10_000
const tokenLimit = 2_000_000

const fixedHeaders: readonly Header[] = [
  ['openai-organization', 'simulator'],
  ['openai-processing-ms', '1'],
  ['openai-version', '2020-10-01'],
]

/** What every reply carries. */
function commonHeaders({ random, nowMs }: VoiceContext): Header[] {
  return [['date', httpDate(nowMs)], ['x-request-id', `req_${random.id(24)}`], ...fixedHeaders]
}

/** Rate limits are never reached; the numbers only show the form. */
function limitHeaders(usedTokens: unknown): readonly Header[] {
  const left = tokenLimit - (typeof usedTokens === 'number' ? usedTokens : 0)
  return [
    ['x-ratelimit-limit-requests', String(requestLimit)],
    ['x-ratelimit-limit-tokens', String(tokenLimit)],
    ['x-ratelimit-remaining-requests', String(requestLimit - 1)],
    ['x-ratelimit-remaining-tokens', String(left)],
    ['x-ratelimit-reset-requests', '6ms'],
    ['x-ratelimit-reset-tokens', '1ms'],
  ]
}

let dateSecond = 0
let dateText = ''

/** IMF-fixdate (RFC 9110, 5.6.7); made once a second. */
function httpDate(nowMs: number): string {
  const second = Math.floor(nowMs / 1000)
  if (second !== dateSecond || dateText === '') {
    dateSecond = second
    dateText = new Date(second * 1000).toUTCString()
  }
  return dateText
}

function jsonReply(body: string, context: VoiceContext, usedTokens?: unknown): Reply {
  return {
    status: 200,
    headers: [jsonType, ...commonHeaders(context), ...limitHeaders(usedTokens)],
    streamed: false,
    steps: [{ send: body }],
  }
}

function bodyOf({ body }: VoiceRequest): JsonObject {
  if (isObject(body)) return body
  throw new Problem('invalidRequest', 'The body of this request must be a JSON object.')
}

const chat: Route = (request, context) => {
  const { question, options } = readChat(bodyOf(request))
  const outcome = context.behaviour.chat(question)
  const input = outcome.usage?.input
  if (!options.stream)
    return jsonReply(writeChat(question, outcome, options, context), context, input)
  return {
    status: 200,
    headers: [...streamTypes, ...commonHeaders(context), ...limitHeaders(input)],
    streamed: true,
    steps: writeChatStream(question, outcome, options, context),
  }
}

const embeddings: Route = (request, context) => {
  const { question, isBase64 } = readEmbeddings(bodyOf(request), context.behaviour)
  const outcome = context.behaviour.embeddings(question)
  return jsonReply(writeEmbeddings(question, outcome, isBase64), context, outcome.usage?.input)
}

const images: Route = (request, context) => {
  const { question, options } = readImages(bodyOf(request), context.behaviour)
  const outcome = context.behaviour.images(question)
  return jsonReply(writeImages(question, outcome, options, context.nowMs), context)
}

const models: Route = (_request, context) =>
  jsonReply(writeModels(context.behaviour.models), context)

const modelsPath = '/v1/models'

const model: Route = (request, context) => {
  const id = decoded(request.path.slice(modelsPath.length + 1))
  return jsonReply(writeModel(context.behaviour.models, id), context)
}

/** An id that is not well-formed percent-encoding stays as it is: no model's. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}

const routes: Readonly<Record<string, { method: string; route: Route }>> = {
  '/v1/chat/completions': { method: 'POST', route: chat },
  '/v1/embeddings': { method: 'POST', route: embeddings },
  '/v1/images/generations': { method: 'POST', route: images },
  [modelsPath]: { method: 'GET', route: models },
}

function routeOf({ method, path }: VoiceRequest): Route {
  const known = path.startsWith(`${modelsPath}/`) ? { method: 'GET', route: model } : routes[path]
  if (!known) throw new Problem('notFound', `There is nothing at ${method} ${path}.`)
  if (known.method === method) return known.route
  throw new Problem('wrongMethod', `${path} takes ${known.method}, not ${method}.`)
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

function envelope({ kind, message, param }: Problem): string {
  const { type, code } = wording[kind]
  return JSON.stringify({ error: { message, type, param: param ?? null, code } })
}

export const openai: Voice = {
  keyOf(headers) {
    return /^bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1]
  },
  answer: (request, context) => routeOf(request)(request, context),
  problem: (problem, context, headers = []) => ({
    status: problem.status,
    headers: [jsonType, ...commonHeaders(context), ...headers],
    streamed: false,
    steps: [{ send: envelope(problem) }],
  }),
  problemFrame: (problem) => `data: ${envelope(problem)}\n\n`,
}
