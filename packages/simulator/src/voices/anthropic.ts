// Anthropic's Messages API. Sources: the types of the npm package `@anthropic-ai/sdk` 1.10 and the
// reference of platform.claude.com.

import type { Answer, ChatOutcome } from '../behaviour/chat-types.ts'
import { isObject, type JsonObject } from '../json.ts'
import { Problem } from '../problem.ts'
import type { Header, Reply } from '../reply.ts'
import { envelope } from './anthropic/errors.ts'
import { writeMessage } from './anthropic/message-reply.ts'
import { readCountRequest, readMessageRequest } from './anthropic/message-request.ts'
import { frame, writeMessageStream } from './anthropic/message-stream.ts'
import { writeModel, writeModels } from './anthropic/models.ts'
import { versionOf } from './anthropic/version.ts'
import { bearerKey, decodedId, httpDate } from './openai/replies.ts'
import type { Voice, VoiceContext, VoiceRequest } from './voice.ts'

type Route = (request: VoiceRequest, context: VoiceContext) => Reply

const jsonType: Header = ['content-type', 'application/json']
const streamTypes: readonly Header[] = [
  ['content-type', 'text/event-stream; charset=utf-8'],
  ['cache-control', 'no-cache'],
]
const organization: Header = ['anthropic-organization-id', '00000000-0000-4000-8000-000000000000']
const requestIdHeader = 'request-id'

function commonHeaders({ requestId, nowMs }: VoiceContext): Header[] {
  return [['date', httpDate(nowMs)], [requestIdHeader, `req_${requestId}`], organization]
}

const resetAfterMs = 1000
const limits = {
  requests: 4000,
  tokens: 2_400_000,
  'input-tokens': 2_000_000,
  'output-tokens': 400_000,
}

/** Rate limits are never reached; the numbers only show the form. */
function limitHeaders(usage: ChatOutcome['usage'], nowMs: number): Header[] {
  const number = (count: unknown) => (typeof count === 'number' ? count : 0)
  const input = number(usage?.input)
  const output = number(usage?.output)
  const used = {
    requests: 1,
    tokens: input + output,
    'input-tokens': input,
    'output-tokens': output,
  }
  const reset = new Date(nowMs + resetAfterMs).toISOString().replace(/\.\d+/, '')
  return (Object.keys(limits) as (keyof typeof limits)[]).flatMap((unit): Header[] => [
    [`anthropic-ratelimit-${unit}-limit`, String(limits[unit])],
    [`anthropic-ratelimit-${unit}-remaining`, String(limits[unit] - used[unit])],
    [`anthropic-ratelimit-${unit}-reset`, reset],
  ])
}

function jsonReply(body: string, context: VoiceContext, more: readonly Header[] = []): Reply {
  return {
    status: 200,
    headers: [jsonType, ...commonHeaders(context), ...more],
    streamed: false,
    steps: [{ send: body }],
  }
}

function bodyOf({ body }: VoiceRequest): JsonObject {
  if (isObject(body)) return body
  throw new Problem('invalidRequest', 'The request body is not valid JSON.')
}

function onlyAnswer({ answers: [answer] }: ChatOutcome): Answer {
  if (answer) return answer
  throw new Problem('serverError', 'There is no answer.')
}

const messages: Route = (request, context) => {
  const { behaviour, nowMs } = context
  const { question, options } = readMessageRequest(request, bodyOf(request), behaviour)
  const outcome = behaviour.chat(question)
  const answer = onlyAnswer(outcome)
  const limitsLeft = limitHeaders(outcome.usage, nowMs)
  if (!options.stream) {
    const body = writeMessage(question, answer, outcome, options, context)
    return jsonReply(body, context, limitsLeft)
  }
  return {
    status: 200,
    headers: [...streamTypes, ...commonHeaders(context), ...limitsLeft],
    streamed: true,
    steps: writeMessageStream(question, answer, outcome, options, context),
  }
}

const countTokens: Route = (request, context) => {
  const { behaviour } = context
  const question = readCountRequest(request, bodyOf(request), behaviour)
  return jsonReply(JSON.stringify({ input_tokens: behaviour.countTokens(question) }), context)
}

const models: Route = ({ headers, query = '' }, context) => {
  versionOf(headers)
  return jsonReply(writeModels(context.behaviour.models, query), context)
}

const modelsPath = '/v1/models'

const model: Route = ({ headers, path }, context) => {
  versionOf(headers)
  const id = decodedId(path.slice(modelsPath.length + 1))
  return jsonReply(writeModel(context.behaviour.models, id), context)
}

const routes: Readonly<Record<string, { method: string; route: Route }>> = {
  '/v1/messages': { method: 'POST', route: messages },
  '/v1/messages/count_tokens': { method: 'POST', route: countTokens },
  [modelsPath]: { method: 'GET', route: models },
}

function routeOf({ method, path }: VoiceRequest): Route {
  const known = path.startsWith(`${modelsPath}/`) ? { method: 'GET', route: model } : routes[path]
  if (!known) throw new Problem('notFound', `There is nothing at ${method} ${path}.`)
  if (known.method === method) return known.route
  throw new Problem('wrongMethod', `${path} takes ${known.method}, not ${method}.`)
}

export const anthropic: Voice = {
  keyOf: (headers) => headers['x-api-key'] ?? bearerKey(headers),
  keyRefusal: (key) => (key === undefined ? 'x-api-key header is required' : 'invalid x-api-key'),
  answer: (request, context) => routeOf(request)(request, context),
  problem: (problem, context, headers = []) => ({
    status: problem.status,
    headers: [jsonType, ...commonHeaders(context), ...headers],
    streamed: false,
    steps: [{ send: envelope(problem, `req_${context.requestId}`) }],
  }),
  problemFrame(problem, { headers }) {
    const id = headers.find(([name]) => name === requestIdHeader)?.[1] ?? ''
    return frame('error', envelope(problem, id))
  },
}
