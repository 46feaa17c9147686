// OpenAI's API. Sources: the OpenAPI description of platform.openai.com and the types of the npm
// package `openai` 7.55.

import { Problem } from '../problem.ts'
import type { Reply } from '../reply.ts'
import { writeChat } from './openai/chat-reply.ts'
import { readChat } from './openai/chat-request.ts'
import { writeChatStream } from './openai/chat-stream.ts'
import { readEmbeddings, writeEmbeddings } from './openai/embeddings.ts'
import { envelope } from './openai/errors.ts'
import { readImages, writeImages } from './openai/images.ts'
import { writeModel, writeModels } from './openai/models.ts'
import {
  bearerKey,
  bodyOf,
  decodedId,
  jsonReply,
  problemReply,
  streamReply,
} from './openai/replies.ts'
import type { Voice, VoiceContext, VoiceRequest } from './voice.ts'

type Route = (request: VoiceRequest, context: VoiceContext) => Reply

const chat: Route = (request, context) => {
  const { question, options } = readChat(bodyOf(request))
  const outcome = context.behaviour.chat(question)
  const input = outcome.usage?.input
  if (!options.stream)
    return jsonReply(writeChat(question, outcome, options, context), context, input)
  return streamReply(writeChatStream(question, outcome, options, context), context, input)
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
  const id = decodedId(request.path.slice(modelsPath.length + 1))
  return jsonReply(writeModel(context.behaviour.models, id), context)
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

export const openai: Voice = {
  keyOf: bearerKey,
  answer: (request, context) => routeOf(request)(request, context),
  problem: problemReply,
  problemFrame: (problem) => `data: ${envelope(problem)}\n\n`,
}
