// Ollama's own API; under /v1 it speaks as others do. Sources: `api/types.go`, `server/routes.go` and
// `docs` of ollama/ollama, August 2026, and the npm package `ollama` 0.6.

import type { Answer, ChatOutcome } from '../behaviour/chat-types.ts'
import { isObject, type JsonObject } from '../json.ts'
import { Problem } from '../problem.ts'
import type { Header, Reply } from '../reply.ts'
import { anthropic } from './anthropic.ts'
import { writeChat, writeChatStream, writeLoaded } from './ollama/chat-reply.ts'
import { readChat } from './ollama/chat-request.ts'
import { readEmbed, writeEmbed } from './ollama/embeddings.ts'
import { errorBody, routerText, statusOf } from './ollama/errors.ts'
import { refused, textOf } from './ollama/fields.ts'
import { rowNamed, writeShow, writeTags } from './ollama/models.ts'
import { bearerKey, httpDate } from './openai/replies.ts'
import { openai } from './openai.ts'
import { responses } from './responses.ts'
import type { Voice, VoiceContext, VoiceRequest } from './voice.ts'

const jsonType: Header = ['content-type', 'application/json; charset=utf-8']
const linesType: Header = ['content-type', 'application/x-ndjson']
const textType: Header = ['content-type', 'text/plain']
const version = '0.23.1'

type Route = (request: VoiceRequest, context: VoiceContext) => Reply

function replyOf(status: number, type: Header, body: string, { nowMs }: VoiceContext): Reply {
  return {
    status,
    headers: [type, ['date', httpDate(nowMs)]],
    streamed: false,
    steps: [{ send: body }],
  }
}

function jsonReply(body: string, context: VoiceContext): Reply {
  return replyOf(200, jsonType, body, context)
}

function bodyOf({ body, bytes }: VoiceRequest): JsonObject {
  if (isObject(body)) return body
  if (bytes.length === 0) throw refused('missing request body')
  throw refused('json: cannot unmarshal the request body into Go value of type api.ChatRequest')
}

function onlyAnswer({ answers: [answer] }: ChatOutcome): Answer {
  if (answer) return answer
  throw new Problem('serverError', 'There is no answer.')
}

const chat: Route = (request, context) => {
  const { question, options } = readChat(bodyOf(request), context.behaviour)
  if (options.onlyLoads) return jsonReply(writeLoaded(options, options.onlyLoads, context), context)
  const outcome = context.behaviour.chat(question)
  const answer = onlyAnswer(outcome)
  if (!options.stream) return jsonReply(writeChat(answer, outcome, options, context), context)
  return {
    status: 200,
    headers: [linesType, ['date', httpDate(context.nowMs)]],
    streamed: true,
    steps: writeChatStream(answer, outcome, options, context),
  }
}

const embed: Route = (request, context) => {
  const body = bodyOf(request)
  const outcome = context.behaviour.embeddings(readEmbed(body, context.behaviour))
  return jsonReply(writeEmbed(outcome, textOf(body.model, 'EmbedRequest.model')), context)
}

const show: Route = (request, context) => {
  const name = textOf(bodyOf(request).model, 'ShowRequest.model')
  return jsonReply(writeShow(rowNamed(name, context.behaviour.models)), context)
}

const routes: Readonly<Record<string, { method: string; route: Route }>> = {
  '/': {
    method: 'GET',
    route: (_request, context) => replyOf(200, textType, 'Ollama is running', context),
  },
  '/api/chat': { method: 'POST', route: chat },
  '/api/embed': { method: 'POST', route: embed },
  '/api/show': { method: 'POST', route: show },
  '/api/tags': {
    method: 'GET',
    route: (_request, context) => jsonReply(writeTags(context.behaviour.models), context),
  },
  '/api/version': {
    method: 'GET',
    route: (_request, context) => jsonReply(JSON.stringify({ version }), context),
  },
}

function routeOf({ method, path }: VoiceRequest): Route {
  const known = routes[path]
  if (!known) throw new Problem('notFound', `There is nothing at ${method} ${path}.`)
  if (known.method === method) return known.route
  throw new Problem('wrongMethod', `${path} takes ${known.method}, not ${method}.`)
}

/** The vendors whose formats Ollama has, too. */
function compatible(path: string): Voice | undefined {
  if (!path.startsWith('/v1/')) return undefined
  if (path.startsWith('/v1/messages')) return anthropic
  return path.startsWith('/v1/responses') ? responses : openai
}

export const ollama: Voice = {
  keyOf: bearerKey,
  keyRefusal: () => 'unauthorized',
  at: compatible,
  answer: (request, context) => routeOf(request)(request, context),
  // It says nothing of when to come again.
  problem(problem, context) {
    const text = routerText(problem)
    const status = statusOf(problem)
    if (text !== undefined) return replyOf(status, textType, text, context)
    return replyOf(status, jsonType, errorBody(problem), context)
  },
  problemFrame: (problem) => `${errorBody(problem)}\n`,
}
