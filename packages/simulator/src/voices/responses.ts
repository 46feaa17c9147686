// OpenAI's Responses API. Sources: the types of the npm package `openai` 7.55 and OpenAI's guides to
// streaming, reasoning and conversation state.

import type { Usage } from '../behaviour/chat-types.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { KeptResponse } from '../kept.ts'
import { Problem } from '../problem.ts'
import type { Reply } from '../reply.ts'
import { CodedProblem, wireError } from './openai/errors.ts'
import {
  bearerKey,
  bodyOf,
  decodedId,
  jsonReply,
  problemReply,
  streamReply,
} from './openai/replies.ts'
import { writeBegun, writeEnded, writeOutput } from './responses/output.ts'
import { readForCount, readResponse } from './responses/request.ts'
import { writeResponseStream } from './responses/stream.ts'
import type { Voice, VoiceContext, VoiceRequest } from './voice.ts'

const responsesPath = '/v1/responses'
const countPath = `${responsesPath}/input_tokens`

/** What a vendor's responses differ in from OpenAI's. */
export interface ResponsesStyle {
  /**
   * The body in OpenAI's terms; what of it is OpenAI's is repeated in the answer.
   * @throws Problem for what the vendor refuses.
   */
  read?(body: JsonObject): JsonObject
  /** The model of the simulator that answers for a name. Default: the one of that name. */
  personaFor?(name: string, context: VoiceContext): string
  /** Told in `usage` beside OpenAI's counts. */
  usage?(usage: Partial<Usage>): JsonObject
}

function create(request: VoiceRequest, context: VoiceContext, style: ResponsesStyle): Reply {
  const given = bodyOf(request)
  const body = style.read?.(given) ?? given
  const { model } = body
  const persona = typeof model === 'string' ? (style.personaFor?.(model, context) ?? model) : model
  const { question, options, items } = readResponse({ ...body, model: persona }, context)
  const { answers, usage } = context.behaviour.chat(question)
  const [answer] = answers
  if (!answer) throw new Problem('serverError', 'The simulator has no answer.')
  const { random, nowMs, kept } = context
  const named = { ...question, model: typeof model === 'string' ? model : question.model }
  const begun = writeBegun(`resp_${random.id(32)}`, body, named, nowMs)
  const output = writeOutput(answer, options, random)
  const ended = writeEnded(begun, answer, output, usage)
  if (usage && isObject(ended.usage)) Object.assign(ended.usage, style.usage?.(usage))
  if (options.store) {
    kept.put(String(begun.id), {
      response: ended,
      items: [...items, ...output.map(({ done }) => done)],
    })
  }
  if (!options.stream) return jsonReply(JSON.stringify(ended), context, usage?.input)
  const steps = writeResponseStream(begun, output, ended, options, random)
  return streamReply(steps, context, usage?.input)
}

function count(request: VoiceRequest, context: VoiceContext): Reply {
  const question = readForCount(bodyOf(request), context)
  const counted = {
    object: 'response.input_tokens',
    input_tokens: context.behaviour.countTokens(question),
  }
  return jsonReply(JSON.stringify(counted), context)
}

/** @throws Problem when there is none, or it was not stored. */
function storedAt({ path }: VoiceRequest, { kept }: VoiceContext): { id: string } & KeptResponse {
  const id = decodedId(path.slice(responsesPath.length + 1))
  const stored = kept.get(id)
  if (stored) return { id, ...stored }
  throw new CodedProblem('notFound', null, `Response with id '${id}' not found.`)
}

function stored(request: VoiceRequest, context: VoiceContext): Reply {
  return jsonReply(JSON.stringify(storedAt(request, context).response), context)
}

function forget(request: VoiceRequest, context: VoiceContext): Reply {
  const { id } = storedAt(request, context)
  context.kept.delete(id)
  const gone: JsonObject = { id, object: 'response', deleted: true }
  return jsonReply(JSON.stringify(gone), context)
}

type Route = (request: VoiceRequest, context: VoiceContext, style: ResponsesStyle) => Reply

const posts: Readonly<Record<string, Route>> = { [responsesPath]: create, [countPath]: count }
const ofOne: Readonly<Record<string, Route>> = { GET: stored, DELETE: forget }

function routeOf({ method, path }: VoiceRequest): Route {
  const post = posts[path]
  const isOne = !post && /^\/v1\/responses\/[^/]+$/.test(path)
  if (!post && !isOne) throw new Problem('notFound', `There is nothing at ${method} ${path}.`)
  const route = isOne ? ofOne[method] : method === 'POST' ? post : undefined
  if (route) return route
  const taken = isOne ? 'GET and DELETE' : 'POST'
  throw new Problem('wrongMethod', `${path} takes ${taken}, not ${method}.`)
}

/** The Responses API of a vendor with this style. */
export function responsesVoice(style: ResponsesStyle): Voice {
  return {
    keyOf: bearerKey,
    answer: (request, context) => routeOf(request)(request, context, style),
    problem: problemReply,
    problemFrame(problem, { steps }) {
      const { code, type, message, param } = wireError(problem)
      // A code is never null here, unlike in the body of an error reply.
      const event = {
        type: 'error',
        sequence_number: steps.length,
        code: code ?? type,
        message,
        param,
      }
      return `event: error\ndata: ${JSON.stringify(event)}\n\n`
    },
  }
}

export const responses = responsesVoice({})
