// What an item of a conversation contains: text, images, files.

import type { Turn } from '../../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { attachmentTokens, shownImage } from '../openai/attachments.ts'
import { invalid, missing } from '../openai/fields.ts'
import { refuseUnknown } from './unknown-fields.ts'

/** A turn without anything in it. */
export function newTurn(role: Turn['role']): Turn {
  return { role, text: '', images: [], attachmentTokens: 0, calls: [] }
}

/** A text that must be there. @throws Problem naming it. */
export function textIn(value: Json, name: string, param: string): string {
  if (!isObject(value)) throw invalid(param, 'it must be an object')
  const text = value[name]
  if (text === undefined || text === null) throw missing(`${param}.${name}`)
  if (typeof text !== 'string') throw invalid(`${param}.${name}`, 'it must be a text')
  return text
}

/** Adds a content, a text or parts, to `turn`. @throws Problem naming the part at fault. */
export function readContent(content: Json | undefined, turn: Turn, param: string): void {
  if (content === undefined || content === null) throw missing(param)
  if (typeof content === 'string') {
    turn.text = content
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

interface PartKind {
  fields: ReadonlySet<string>
  /** Who may say such a part. */
  isAssistants: boolean
  /** Its text; what else it holds goes into `turn`. */
  read(part: JsonObject, turn: Turn, param: string): string | undefined
}

function kind(fields: string, isAssistants: boolean, read: PartKind['read']): PartKind {
  const all = ['type', 'prompt_cache_breakpoint', ...fields.split(' ')]
  return { fields: new Set(all), isAssistants, read }
}

const kinds: Readonly<Record<string, PartKind>> = {
  input_text: kind('text', false, (part, _turn, param) => textIn(part, 'text', param)),
  output_text: kind('text annotations logprobs', true, (part, _turn, param) =>
    textIn(part, 'text', param),
  ),
  refusal: kind('refusal', true, (part, _turn, param) => textIn(part, 'refusal', param)),
  input_image: kind('detail image_url file_id', false, readImage),
  input_file: kind('file_id file_data file_url filename', false, readFile),
}

function readPart(part: Json, turn: Turn, param: string): string | undefined {
  if (!isObject(part)) throw invalid(param, 'it must be an object')
  const { type } = part
  if (type === undefined) throw missing(`${param}.type`)
  const known = typeof type === 'string' && Object.hasOwn(kinds, type) ? kinds[type] : undefined
  if (!known || known.isAssistants !== (turn.role === 'assistant')) {
    throw invalid(`${param}.type`, `a ${turn.role} item takes no such part`)
  }
  refuseUnknown(part, known.fields, `${param}.`)
  return known.read(part, turn, param)
}

function readImage(part: JsonObject, turn: Turn, param: string): undefined {
  if (typeof part.file_id === 'string') {
    turn.attachmentTokens += attachmentTokens(undefined)
    return
  }
  const url = textIn(part, 'image_url', param)
  turn.images.push(shownImage(url, part.detail, `${param}.image_url`))
}

function readFile(part: JsonObject, turn: Turn, param: string): undefined {
  const { file_id: id, file_url: url, file_data: data } = part
  if ([id, url, data].every((one) => typeof one !== 'string')) throw missing(`${param}.file_data`)
  turn.attachmentTokens += attachmentTokens(data)
}
