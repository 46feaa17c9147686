// OpenAI's API. Sources: the OpenAPI description of platform.openai.com and the types of the npm
// package `openai` 7.55.

import { writeChat } from './openai/chat-reply.ts'
import { readChat } from './openai/chat-request.ts'
import { writeChatStream } from './openai/chat-stream.ts'
import { envelope } from './openai/errors.ts'
import { writeModel, writeModels } from './openai/models.ts'
import {
  bearerKey,
  bodyOf,
  isAudio,
  jsonReply,
  problemReply,
  streamReply,
  withHeaders,
} from './openai/replies.ts'
import { routeFinder } from './openai-family/routes.ts'
import type { Route } from './openai-family/vendor.ts'
import { embeddingsRoute } from './openai-media/embeddings.ts'
import { imageEditsRoute, imagesRoute } from './openai-media/images.ts'
import { moderationsRoute } from './openai-media/moderations.ts'
import { rerankRoute } from './openai-media/rerank.ts'
import { speechRoute } from './openai-media/speech.ts'
import { transcriptionRoute } from './openai-media/transcription.ts'
import { videoRoutes } from './openai-media/video.ts'
import type { Voice } from './voice.ts'

const chat: Route = (request, context) => {
  const { question, options } = readChat(bodyOf(request))
  const outcome = context.behaviour.chat(question)
  const input = outcome.usage?.input
  if (!options.stream)
    return jsonReply(writeChat(question, outcome, options, context), context, input)
  return streamReply(writeChatStream(question, outcome, options, context), context, input)
}

/** A route of a vendor like OpenAI, with the headers of OpenAI itself. */
function dressed(route: Route): Route {
  return (request, context, names) => withHeaders(route(request, context, names), context)
}

const models: Route = (_request, context) =>
  jsonReply(writeModels(context.behaviour.models), context)

const model: Route = (_request, context, { id = '' }) =>
  jsonReply(writeModel(context.behaviour.models, id), context)

const findRoute = routeFinder({
  'POST /v1/chat/completions': chat,
  'POST /v1/embeddings': dressed(embeddingsRoute()),
  'POST /v1/images/generations': dressed(imagesRoute()),
  'POST /v1/images/edits': dressed(imageEditsRoute()),
  'POST /v1/audio/speech': dressed(speechRoute()),
  'POST /v1/audio/transcriptions': dressed(transcriptionRoute()),
  'POST /v1/audio/translations': dressed(transcriptionRoute()),
  'POST /v1/moderations': dressed(moderationsRoute([[/^(?:omni|text)-moderation-/, 'moderation']])),
  'POST /v1/rerank': dressed(rerankRoute()),
  'POST /v1/videos': dressed(videoRoutes.create),
  'GET /v1/videos/{id}': dressed(videoRoutes.status),
  'DELETE /v1/videos/{id}': dressed(videoRoutes.remove),
  'GET /v1/videos/{id}/content': dressed(videoRoutes.content),
  'GET /v1/models': models,
  'GET /v1/models/{id...}': model,
})

export const openai: Voice = {
  keyOf: bearerKey,
  answer(request, context) {
    const { route, names } = findRoute(request.method, request.path)
    return route(request, context, names)
  },
  problem: problemReply,
  problemFrame: (problem, begun) => (isAudio(begun) ? '' : `data: ${envelope(problem)}\n\n`),
}
