import type { ChatOutcome } from '../../behaviour/chat-types.ts'
import { isObject, type JsonObject } from '../../json.ts'
import { readChat } from '../openai/chat-request.ts'
import { bodyOf } from '../openai/replies.ts'
import { writeEvents } from './chat-stream.ts'
import type { ChatStyle, Exchange } from './chat-types.ts'
import { writeWhole } from './chat-whole.ts'
import { personaFor } from './model-names.ts'
import { eventsReply, wholeReply } from './replies.ts'
import type { Route } from './vendor.ts'

/** Chat completions of a vendor with this style. */
export function chatRoute(style: ChatStyle): Route {
  return (request, context, names) => {
    const { behaviour } = context
    const body = bodyOf(request)
    const asked = { request, names, behaviour }
    const { question, options } = readQuestion(style.read?.(body, asked) ?? body, style)
    const { model } = question
    question.model = personaFor(model, style.models, behaviour)
    style.ask?.(question, body)
    const outcome: ChatOutcome = behaviour.chat(question)
    const id = style.id?.(context) ?? `chatcmpl-${context.random.id(29)}`
    const exchange: Exchange = { request, context, body, model, question, options, outcome, id }
    style.alter?.(exchange)
    if (options.stream) return eventsReply(writeEvents(exchange, style))
    return wholeReply(writeWhole(exchange, style), style.beforeBody)
  }
}

/** OpenAI takes a `json_object` only where the messages mention JSON; most others do not care. */
function readQuestion(body: JsonObject, { needsJsonWord = false }: ChatStyle) {
  const format = body.response_format
  const isJson = isObject(format) && format.type === 'json_object'
  if (needsJsonWord || !isJson) return readChat(body)
  const { question, options } = readChat({ ...body, response_format: { type: 'text' } })
  question.format = { type: 'json' }
  return { question, options }
}
