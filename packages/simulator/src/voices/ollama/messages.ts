import type { OfferedTool, Turn } from '../../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { base64Of, listOf, mistyped, objectOf, refused, textOf } from './fields.ts'

const roles = ['system', 'user', 'assistant', 'tool'] as const
const messages = 'ChatRequest.messages'

interface Call {
  id: string
  name: string
  isAnswered: boolean
}

/** @throws Problem naming the field that cannot be read. */
export function readMessages(value: Json | undefined): Turn[] {
  const calls: Call[] = []
  return listOf(value, messages).map((entry, at) => {
    const message = objectOf(entry, messages)
    const role = roles.find((one) => one === message.role)
    if (!role) {
      throw refused(`invalid role: ${JSON.stringify(message.role ?? '')}`, `${messages}.role`)
    }
    const thinking = textOf(message.thinking, `${messages}.thinking`)
    const turn: Turn = {
      role,
      text: textOf(message.content, `${messages}.content`),
      images: listOf(message.images, `${messages}.images`).map((image) => ({
        // What kind of image it is, its bytes tell.
        url: `data:image/unknown;base64,${base64Of(image, `${messages}.images`)}`,
        detail: 'auto',
        param: `${messages}.images`,
      })),
      attachmentTokens: 0,
      calls: readCalls(message, at),
      ...(thinking === '' ? {} : { reasoning: [{ text: thinking }] }),
    }
    calls.push(...turn.calls.map(({ id, name }) => ({ id, name, isAnswered: false })))
    const callId = role === 'tool' ? answeredCall(message, calls) : undefined
    return callId === undefined ? turn : { ...turn, callId }
  })
}

function readCalls({ tool_calls }: JsonObject, at: number): Turn['calls'] {
  const field = `${messages}.tool_calls`
  return listOf(tool_calls, field).map((entry, index) => {
    const call = objectOf(entry, field)
    const inner = objectOf(call.function, `${field}.function`)
    const given = inner.arguments ?? {}
    if (!isObject(given)) {
      throw mistyped(given, `${field}.function.arguments`, 'api.ToolCallFunctionArguments')
    }
    const id = textOf(call.id, `${field}.id`)
    return {
      id: id === '' ? `${at}.${index}` : id,
      name: textOf(inner.name, `${field}.function.name`),
      input: JSON.stringify(given),
    }
  })
}

/** The call that is named by its id, else by its tool, else the oldest that is still open. */
function answeredCall(message: JsonObject, calls: Call[]): string | undefined {
  const id = textOf(message.tool_call_id, `${messages}.tool_call_id`)
  const name = textOf(message.tool_name, `${messages}.tool_name`)
  const open = calls.filter(({ isAnswered }) => !isAnswered)
  const call = open.find((one) => one.id === id) ?? open.find((one) => one.name === name) ?? open[0]
  if (call) call.isAnswered = true
  return call?.id
}

/** @throws Problem naming the field that cannot be read. */
export function readTools(value: Json | undefined): OfferedTool[] {
  const field = 'ChatRequest.tools'
  return listOf(value, field).map((entry) => {
    const tool = objectOf(entry, field)
    const inner = objectOf(tool.function, `${field}.function`)
    return {
      name: textOf(inner.name, `${field}.function.name`),
      kind: 'function',
      description: textOf(inner.description, `${field}.function.description`),
      schema: objectOf(inner.parameters, `${field}.function.parameters`),
    }
  })
}
