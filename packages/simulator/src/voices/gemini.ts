// Google's Gemini API (generativelanguage.googleapis.com, v1beta). Sources: the types and converters of
// the npm package `@google/genai` 3.1 and the API's reference on ai.google.dev.

import { Problem } from '../problem.ts'
import type { Reply } from '../reply.ts'
import { methods } from './gemini/methods.ts'
import { writeModel, writeModels } from './gemini/models.ts'
import { jsonReply, problemFrame, problemReply, queryOf } from './gemini/replies.ts'
import { downloadReply, operationReply } from './gemini/videos.ts'
import { bearerKey, decodedId } from './openai/replies.ts'
import type { Voice, VoiceContext, VoiceRequest } from './voice.ts'

const modelsPath = '/v1beta/models'
const methodPath = /^\/v1beta\/models\/([^:/]+):(\w+)$/
const operationPath = /^\/v1beta\/(?:models\/[^/]+\/)?operations\/\w+$/
const downloadPath = /^\/v1beta\/files\/(\w+):download$/

function answer(request: VoiceRequest, context: VoiceContext): Reply {
  const { method, path } = request
  const { models } = context.behaviour
  const [, id = '', name = ''] = methodPath.exec(path) ?? []
  const known = methods.get(name)
  if (known && method === 'POST') return known(request, decodedId(id), context, 'gemini')
  if (method === 'GET' && path === modelsPath) {
    return jsonReply(writeModels(models, queryOf(request)), context)
  }
  if (method === 'GET' && operationPath.test(path)) return operationReply(request, context)
  const file = downloadPath.exec(path)?.[1]
  if (method === 'GET' && file !== undefined) return downloadReply(file, context)
  if (method === 'GET' && path.startsWith(`${modelsPath}/`)) {
    const wanted = decodedId(path.slice(modelsPath.length + 1))
    return jsonReply(writeModel(models, wanted), context)
  }
  throw new Problem('notFound', `There is nothing at ${method} ${path}.`)
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
  problem: (problem, context, headers = []) => problemReply(problem, context, headers, 'gemini'),
  problemFrame: (problem, begun) => problemFrame(problem, begun, 'gemini'),
}
