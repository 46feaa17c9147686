// Google's Vertex AI: Gemini and Claude under one roof. Sources: the npm packages `@google/genai` 3.1,
// `@ai-sdk/google-vertex` 5.0 and `@anthropic-ai/vertex-sdk` 1.1.

import { Problem } from '../problem.ts'
import type { Reply } from '../reply.ts'
import { isLiveToken } from './access-token.ts'
import { anthropic } from './anthropic.ts'
import { type Method, methods } from './gemini/methods.ts'
import { jsonReply, problemFrame, problemReply, queryOf } from './gemini/replies.ts'
import { fetchVideo } from './gemini/videos.ts'
import { bearerKey, decodedId } from './openai/replies.ts'
import { answerClaude, isClaudeStream } from './vertex/claude.ts'
import { writePublisherModel, writePublisherModels } from './vertex/models.ts'
import { predict } from './vertex/predict.ts'
import { readVertexBody } from './vertex/request.ts'
import { googleToken } from './vertex/token.ts'
import type { Voice, VoiceContext, VoiceRequest } from './voice.ts'

/** Without project and location in express mode. */
const methodPath =
  /^\/v1(?:beta1)?\/(?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/(google|anthropic)\/models\/([^:/]+):(\w+)$/
const modelsPath = /^\/v1(?:beta1)?\/publishers\/google\/models(?:\/([^:/]+))?$/
const tokenPath = '/token'

/** What Vertex has and the Gemini API does not, and what it does not have. */
const googleMethods: ReadonlyMap<string, Method> = new Map(
  [
    ...methods,
    ['predict', predict] as const,
    ['fetchPredictOperation', fetchVideo] as const,
  ].filter(([name]) => name !== 'batchEmbedContents'),
)
const claudeVerbs = new Set(['rawPredict', 'streamRawPredict'])

function answer(request: VoiceRequest, context: VoiceContext): Reply {
  const { method, path } = request
  const [, publisher, encodedModel = '', verb = ''] = methodPath.exec(path) ?? []
  const model = decodedId(encodedModel)
  if (publisher === 'anthropic' && method === 'POST' && claudeVerbs.has(verb)) {
    return answerClaude(request, model, verb, context)
  }
  const known = publisher === 'google' ? googleMethods.get(verb) : undefined
  if (known && method === 'POST') {
    return known({ ...request, body: readVertexBody(request.body) }, model, context, 'vertex')
  }
  const list = modelsPath.exec(path)
  if (list && method === 'GET') {
    const { models } = context.behaviour
    const [, id] = list
    const body =
      id === undefined
        ? writePublisherModels(models, queryOf(request))
        : writePublisherModel(models, decodedId(id))
    return jsonReply(body, context)
  }
  throw new Problem('notFound', `There is nothing at ${method} ${path}.`)
}

export const vertex: Voice = {
  // An API key is no access token: as a bearer it is not even looked at.
  keyOf(headers, query = '') {
    const token = bearerKey(headers)
    if (token?.startsWith('ya29.')) return token
    return headers['x-goog-api-key'] ?? new URLSearchParams(query).get('key') ?? undefined
  },
  accepts: (key, nowMs) => isLiveToken('google', key, nowMs),
  keyRefusal: () =>
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  at: (path) => (path === tokenPath ? googleToken : undefined),
  answer,
  problem: (problem, context, headers = []) => problemReply(problem, context, headers, 'vertex'),
  problemFrame: (problem, begun) =>
    isClaudeStream(begun)
      ? anthropic.problemFrame(problem, begun)
      : problemFrame(problem, begun, 'vertex'),
}
