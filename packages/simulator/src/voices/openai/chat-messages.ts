import type { ShownImage, Turn } from '../../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { attachmentTokens, shownImage } from './attachments.ts'
import { invalid, missing } from './fields.ts'

const roles = new Map<Json | undefined, Turn['role']>([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['tool', 'tool'],
])

/** @throws Problem naming the message, or the part of it, that cannot be read. */
export function readMessages(value: Json | undefined): Turn[] {
  if (value === undefined || value === null) throw missing('messages')
  if (!Array.isArray(value)) throw invalid('messages', 'it must be an array')
  if (value.length === 0) throw invalid('messages', 'it must have at least one message')
  const turns = value.map((message, at) => readMessage(message, `messages[${at}]`))
  checkToolAnswers(turns)
  return turns
}

function readMessage(message: Json, param: string): Turn {
  if (!isObject(message)) throw invalid(param, 'it must be an object')
  const role = roles.get(message.role)
  if (role === undefined) throw invalid(`${param}.role`, 'there is no such role')
  const turn: Turn = { role, text: '', images: [], attachmentTokens: 0, calls: [] }
  if (role === 'assistant') turn.calls = readCalls(message.tool_calls, `${param}.tool_calls`)
  if (role === 'tool') turn.callId = textIn(message, 'tool_call_id', param)
  readContent(message.content, turn, `${param}.content`)
  return turn
}

function textIn(value: JsonObject, name: string, param: string): string {
  const text = value[name]
  if (text === undefined || text === null) throw missing(`${param}.${name}`)
  if (typeof text !== 'string') throw invalid(`${param}.${name}`, 'it must be a text')
  return text
}

function readContent(content: Json | undefined, turn: Turn, param: string): void {
  if (typeof content === 'string') {
    turn.text = content
    return
  }
  if (content === undefined || content === null) {
    if (turn.role !== 'assistant') throw missing(param)
    return
  }
  if (!Array.isArray(content)) throw invalid(param, 'it must be a text or an array of parts')
  const texts: string[] = []
  content.forEach((part, at) => {
    const text = readPart(part, turn, `${param}[${at}]`)
    if (text !== undefined) texts.push(text)
  })
  turn.text = texts.join('\n')
}

/** The text of a part; what else it holds goes into `turn`. */
function readPart(part: Json, turn: Turn, param: string): string | undefined {
  if (!isObject(part)) throw invalid(param, 'it must be an object')
  const isUser = turn.role === 'user'
  if (part.type === 'text') return textIn(part, 'text', param)
  if (part.type === 'refusal' && turn.role === 'assistant') return textIn(part, 'refusal', param)
  if (part.type === 'image_url' && isUser) {
    turn.images.push(readImage(part, param))
    return undefined
  }
  if ((part.type === 'input_audio' || part.type === 'file') && isUser) {
    turn.attachmentTokens += tokensOf(part, part.type, param)
    return undefined
  }
  throw invalid(`${param}.type`, `a ${turn.role} message takes no such part`)
}

function readImage(part: JsonObject, param: string): ShownImage {
  const image = part.image_url
  if (!isObject(image)) throw missing(`${param}.image_url`)
  const url = textIn(image, 'url', `${param}.image_url`)
  return shownImage(url, image.detail, `${param}.image_url.url`)
}

function tokensOf(part: JsonObject, type: 'input_audio' | 'file', param: string): number {
  const attachment = part[type]
  if (!isObject(attachment)) throw missing(`${param}.${type}`)
  const data = type === 'file' ? attachment.file_data : attachment.data
  const hasId = type === 'file' && typeof attachment.file_id === 'string'
  if (typeof data !== 'string' && !hasId) throw missing(`${param}.${type}.data`)
  return attachmentTokens(data)
}

function readCalls(value: Json | undefined, param: string): Turn['calls'] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalid(param, 'it must be an array')
  return value.map((call, at) => {
    const here = `${param}[${at}]`
    if (!isObject(call)) throw invalid(here, 'it must be an object')
    const id = textIn(call, 'id', here)
    const isCustom = call.type === 'custom'
    const inner = isCustom ? call.custom : call.function
    if (!isObject(inner)) throw missing(`${here}.${isCustom ? 'custom' : 'function'}`)
    const input = textIn(inner, isCustom ? 'input' : 'arguments', here)
    return { id, name: textIn(inner, 'name', here), input }
  })
}

/** Every call is answered by one tool message, right after the assistant's, and by nothing else. */
function checkToolAnswers(turns: readonly Turn[]): void {
  const open = new Set<string>()
  turns.forEach((turn, at) => {
    if (turn.callId !== undefined) {
      if (open.delete(turn.callId)) return
      throw invalid(
        `messages[${at}].tool_call_id`,
        'a tool message must answer a call of the assistant message before it',
      )
    }
    if (open.size > 0) throw unanswered(open, at)
    for (const { id } of turn.calls) open.add(id)
  })
  if (open.size > 0) throw unanswered(open, turns.length)
}

function unanswered(open: ReadonlySet<string>, at: number) {
  return invalid(
    `messages[${at}].role`,
    `tool messages are missing for the calls ${[...open].join(', ')}`,
  )
}
