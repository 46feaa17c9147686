// Claude on Vertex: Anthropic's messages under Google's paths and keys.

import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import type { Reply } from '../../reply.ts'
import { anthropic } from '../anthropic.ts'
import { bodyOf } from '../gemini/replies.ts'
import type { VoiceContext, VoiceRequest } from '../voice.ts'

const bodyVersion = 'vertex-2023-10-16'
const headerVersion = '2023-06-01'
const countingModel = 'count-tokens'

/** Ids may end in a date: `chat@20250929`. */
function bareModel(model: string): string {
  return model.replace(/@(?:\d{8}|latest|default)$/, '')
}

function asMessages(request: VoiceRequest, path: string, body: JsonObject): VoiceRequest {
  const { 'anthropic-version': _, ...headers } = request.headers
  return { ...request, path, headers: { ...headers, 'anthropic-version': headerVersion }, body }
}

function refuse(message: string): Problem {
  return new Problem('invalidRequest', message)
}

/**
 * What `:rawPredict` and `:streamRawPredict` of a model answer.
 * @throws Problem for a body that is not as Vertex wants it, and as `anthropic` does.
 */
export function answerClaude(
  request: VoiceRequest,
  model: string,
  verb: string,
  context: VoiceContext,
): Reply {
  const { anthropic_version: version, ...body } = bodyOf(request)
  if (model === countingModel) return countTokens(request, body, context)
  if (version === undefined) throw refuse('anthropic_version: Field required')
  if (version !== bodyVersion) throw refuse(`anthropic_version: must be "${bodyVersion}"`)
  if (body.model !== undefined) throw refuse('model: Extra inputs are not permitted')
  if (verb === 'streamRawPredict' && body.stream !== true) {
    throw refuse('stream: must be true for :streamRawPredict')
  }
  const asked = asMessages(request, '/v1/messages', { ...body, model: bareModel(model) })
  return renamed(anthropic.answer(asked, context), bareModel(model), model)
}

function countTokens(request: VoiceRequest, body: JsonObject, context: VoiceContext): Reply {
  if (typeof body.model !== 'string') throw refuse('model: Field required')
  const asked = { ...body, model: bareModel(body.model) }
  return anthropic.answer(asMessages(request, '/v1/messages/count_tokens', asked), context)
}

/** The answer under the name that was asked for. */
function renamed(reply: Reply, bare: string, asked: string): Reply {
  if (bare === asked) return reply
  const [old, wanted] = [`"model":${JSON.stringify(bare)}`, `"model":${JSON.stringify(asked)}`]
  const steps = reply.steps.map((step) =>
    'send' in step && typeof step.send === 'string'
      ? { ...step, send: step.send.replace(old, wanted) }
      : step,
  )
  return { ...reply, steps }
}

/** Whether a stream that has begun is one of Anthropic's. */
export function isClaudeStream({ headers }: Reply): boolean {
  return headers.some(([name]) => name === 'anthropic-organization-id')
}
