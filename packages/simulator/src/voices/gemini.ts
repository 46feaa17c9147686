// Google's Gemini API (generativelanguage.googleapis.com, v1beta). Sources: the types and converters of
// the npm package `@google/genai` 3.1 and the API's reference on ai.google.dev.

import { isObject, type JsonObject } from '../json.ts'
import { Problem } from '../problem.ts'
import type { Header, Reply } from '../reply.ts'
import { errorBody, retrySecondsIn, statusOf } from './gemini/errors.ts'
import { writeModel, writeModels } from './gemini/models.ts'
import { writeContent } from './gemini/reply.ts'
import { readContentRequest, readCountRequest } from './gemini/request.ts'
import { writeContentStream } from './gemini/stream.ts'
import { promptDetails } from './gemini/usage.ts'
import { bearerKey, decodedId, httpDate } from './openai/replies.ts'
import type { Voice, VoiceContext, VoiceRequest } from './voice.ts'

const jsonType: Header = ['content-type', 'application/json; charset=UTF-8']
const eventsType: Header = ['content-type', 'text/event-stream']

function headersOf(type: Header, { nowMs }: VoiceContext, serviceTier?: string): Header[] {
  const headers: Header[] = [
    type,
    ['date', httpDate(nowMs)],
    ['vary', 'Origin, X-Origin, Referer'],
    ['server', 'scaffolding on HTTPServer2'],
    ['server-timing', 'gfet4t7; dur=1'],
  ]
  if (serviceTier !== undefined) headers.push(['x-gemini-service-tier', serviceTier])
  return headers
}

function jsonReply(body: string, context: VoiceContext, serviceTier?: string): Reply {
  return {
    status: 200,
    headers: headersOf(jsonType, context, serviceTier),
    streamed: false,
    steps: [{ send: body }],
  }
}

function bodyOf({ body }: VoiceRequest): JsonObject {
  if (isObject(body)) return body
  throw new Problem('invalidRequest', 'Invalid JSON payload received. Expected a JSON object.')
}

function queryOf({ query = '' }: VoiceRequest): URLSearchParams {
  return new URLSearchParams(query)
}

/** What one of the methods of a model does. */
type Method = (request: VoiceRequest, model: string, context: VoiceContext) => Reply

const generate: Method = (request, model, context) => {
  const { question, options } = readContentRequest(bodyOf(request), model, context)
  const outcome = context.behaviour.chat(question)
  const body = writeContent(question, outcome, options, context)
  return jsonReply(body, context, options.serviceTier)
}

const stream: Method = (request, model, context) => {
  const { question, options } = readContentRequest(bodyOf(request), model, context)
  const outcome = context.behaviour.chat(question)
  const isEvents = queryOf(request).get('alt') === 'sse'
  return {
    status: 200,
    headers: headersOf(isEvents ? eventsType : jsonType, context, options.serviceTier),
    streamed: true,
    steps: writeContentStream(question, outcome, options, context, isEvents),
  }
}

const count: Method = (request, model, context) => {
  const question = readCountRequest(bodyOf(request), model, context)
  const totalTokens = context.behaviour.countTokens(question)
  const promptTokensDetails = promptDetails(totalTokens, question)
  return jsonReply(JSON.stringify({ totalTokens, promptTokensDetails }), context)
}

const methods = new Map([
  ['generateContent', generate],
  ['streamGenerateContent', stream],
  ['countTokens', count],
])
const modelsPath = '/v1beta/models'
const methodPath = /^\/v1beta\/models\/([^:]+):(\w+)$/

function answer(request: VoiceRequest, context: VoiceContext): Reply {
  const { method, path } = request
  const { models } = context.behaviour
  const [, id = '', name = ''] = methodPath.exec(path) ?? []
  const known = methods.get(name)
  if (known && method === 'POST') return known(request, decodedId(id), context)
  if (method === 'GET' && path === modelsPath) {
    return jsonReply(writeModels(models, queryOf(request)), context)
  }
  if (method === 'GET' && path.startsWith(`${modelsPath}/`)) {
    const wanted = decodedId(path.slice(modelsPath.length + 1))
    return jsonReply(writeModel(models, wanted), context)
  }
  throw new Problem('notFound', `There is nothing at ${method} ${path}.`)
}

function problemReply(
  problem: Problem,
  context: VoiceContext,
  headers: readonly Header[] = [],
): Reply {
  const body = errorBody(problem, retrySecondsIn(headers, context.nowMs))
  const others = headers.filter(([name]) => name !== 'retry-after')
  return {
    status: statusOf(problem),
    headers: [...headersOf(jsonType, context), ...others],
    streamed: false,
    steps: [{ send: JSON.stringify(body) }],
  }
}

export const gemini: Voice = {
  keyOf(headers, query = '') {
    const shown = headers['x-goog-api-key'] ?? bearerKey(headers)
    return shown ?? new URLSearchParams(query).get('key') ?? undefined
  },
  keyRefusal: (key) =>
    key === undefined
      ? "Method doesn't allow unregistered callers. Please use an API key."
      : 'API key not valid. Please pass a valid API key.',
  answer,
  problem: problemReply,
  problemFrame(problem, { headers }) {
    const json = JSON.stringify(errorBody(problem))
    const isEvents = headers.some((header) => header === eventsType)
    return isEvents ? `data: ${json}\n\n` : `,\r\n${json}]`
  },
}
