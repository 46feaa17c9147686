// Ideogram's API: the model is the path, and every request a form. Sources: the vendor's OpenAPI
// description of August 2026 and the guides of developer.ideogram.ai.

import { harmsIn } from '../behaviour/harm.ts'
import type { JsonObject } from '../json.ts'
import { Problem, type ProblemKind } from '../problem.ts'
import type { Header, Reply } from '../reply.ts'
import { linkTo } from './files.ts'
import { type Drawing, drawings } from './ideogram/drawing.ts'
import { httpDate } from './openai/replies.ts'
import type { Voice, VoiceContext, VoiceRequest } from './voice.ts'

const jsonType: Header = ['content-type', 'application/json']

function replyOf(status: number, body: JsonObject, { nowMs }: VoiceContext): Reply {
  return {
    status,
    headers: [jsonType, ['date', httpDate(nowMs)]],
    streamed: false,
    steps: [{ send: JSON.stringify(body) }],
  }
}

/** What the safety check of the prompt says. */
class UnsafePrompt extends Problem {
  constructor() {
    super('invalidRequest', 'Prompt provided failed safety check.')
  }
}

const mostSeed = 2 ** 31

function draw(drawing: Drawing, request: VoiceRequest, context: VoiceContext): Reply {
  const { prompt, width, height, count, quality, style, images, mask } = drawing
  const harms = harmsIn(prompt)
  if (harms.some((kind) => kind !== 'sexual')) throw new UnsafePrompt()
  const seed = drawing.seed ?? context.random.below(mostSeed)
  const outcome = context.behaviour.images({
    model: style.model,
    // Another seed, another picture.
    prompt: drawing.seed === undefined ? prompt : `${prompt} ${seed}`,
    width,
    height,
    count,
    quality,
    references: [...images, ...style.references],
    ...(mask === undefined ? {} : { mask }),
  })
  // What is drawn is looked at again, and the first picture not handed out.
  const isSafe = (at: number) => harms.length === 0 || at > 0
  const data = outcome.images.map((image, at) => ({
    url: isSafe(at) ? linkTo(image, 'image/png', request, context) : null,
    prompt: drawing.finalPrompt,
    resolution: `${width}x${height}`,
    is_image_safe: isSafe(at),
    seed: (seed + at) % mostSeed,
    style_type: style.type,
  }))
  return replyOf(200, { created: new Date(context.nowMs).toISOString(), data }, context)
}

/** The custom models are the simulator's own. */
function listModels(context: VoiceContext): Reply {
  const models = context.behaviour.models
    .filter(({ operations }) => operations.includes('images'))
    .map(({ id, does }) => ({
      model_id: id,
      name: id,
      description: does,
      custom_model_uri: `model/${id}/version/1`,
      status: 'COMPLETED',
    }))
  return replyOf(200, { models }, context)
}

function answer(request: VoiceRequest, context: VoiceContext): Reply {
  const { method, path } = request
  const read = drawings[path]
  if (read && method === 'POST') return draw(read(request), request, context)
  if (path === '/models' && method === 'GET') return listModels(context)
  const kind = read || path === '/models' ? 'wrongMethod' : 'notFound'
  throw new Problem(kind, `There is nothing at ${method} ${path}.`)
}

const statuses: Partial<Record<ProblemKind, number>> = { quotaExhausted: 402, overloaded: 503 }

/** @param refusedKeyStatus what a bad key is answered with */
function voiceOf(refusedKeyStatus: number): Voice {
  return {
    keyOf: (headers) => headers['api-key'],
    keyRefusal: (key) => (key === undefined ? 'Api-Key header is missing.' : 'Invalid API key.'),
    answer,
    // It says nothing of when to come again.
    problem(problem, context) {
      const { kind, message } = problem
      if (problem instanceof UnsafePrompt) return replyOf(422, { error: message }, context)
      if (kind === 'unauthorized') return replyOf(refusedKeyStatus, { message }, context)
      return replyOf(statuses[kind] ?? problem.status, { message }, context)
    },
    // There are no streams.
    problemFrame: () => '',
  }
}

/** The paths where a bad key is a 403. */
const forbidding = voiceOf(403)

export const ideogram: Voice = {
  ...voiceOf(401),
  at: (path) => (path.endsWith('/remix') ? forbidding : undefined),
}
