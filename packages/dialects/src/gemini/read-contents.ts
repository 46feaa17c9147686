// Contents of a request coming in: messages made of parts.

import type {
  JsonObject,
  Message,
  Part,
  ReasoningPart,
  Signature,
  ToolResultPart,
} from '@aigne-hub/protocol'
import {
  objectAt,
  oneOf,
  optionalArray,
  optionalObject,
  optionalString,
  refuseKind,
  requiredObject,
  requiredString,
} from '../read-field.ts'
import { callerSignature } from '../signature.ts'
import { unseal } from './kept-signature.ts'
import { readFileData, readInlineData } from './media.ts'
import { camelKeys } from './names.ts'
import { readPart } from './parts.ts'

/** Stands for the signature of a call that another vendor's model made. Google checks none then. */
export const foreignSignature = 'skip_thought_signature_validator'

const signatureOf = (raw: string): Signature | undefined =>
  raw === foreignSignature ? undefined : callerSignature(raw, 'google')

// `function` is how the first clients gave results.
const roles = ['user', 'model', 'function'] as const

/** A call that has no result yet. */
interface OpenCall {
  id: string
  name: string
  /** Its id is ours: the caller gave none. */
  isUnnamed: boolean
}

/** `systemInstruction` and `contents`, as messages. `fields` are in camel case. */
export function readMessages(fields: JsonObject): Message[] {
  const contents = optionalArray(fields, 'contents', '')
  if (contents === undefined || contents.length === 0) {
    return refuseKind('contents', 'an array of at least one content', contents)
  }
  const messages = readSystem(fields)
  let calls: OpenCall[] = []
  let continues = false
  contents.forEach((value, index) => {
    const content = objectAt(value, 'contents', index)
    const isModel = content.role === 'model'
    if (isModel && !continues) calls = []
    const read = readContent(content, index, calls)
    const last = messages.at(-1)
    const next = continues && last?.role === 'assistant' ? read[0] : undefined
    if (last && next?.role === 'assistant') {
      continueTurn(last.parts, next.parts)
      messages.push(...read.slice(1))
    } else messages.push(...read)
    continues = isModel
  })
  return messages
}

/**
 * Google's clients keep every chunk of a stream as a content of its own: text goes on where it was cut,
 * and a signature that came behind its text goes back to it.
 */
function continueTurn(parts: Part[], more: readonly Part[]): void {
  const last = parts.at(-1)
  const [first, ...rest] = more
  const isCut = isSpeech(last) && isSpeech(first) && last.type === first.type
  if (isCut && last.signature === undefined) {
    if (first.text) last.text = (last.text ?? '') + first.text
    if (first.signature) last.signature = first.signature
    parts.push(...rest)
  } else parts.push(...more)
}

type Speech = Extract<Part, { type: 'text' | 'reasoning' }>

function isSpeech(part: Part | undefined): part is Speech {
  return part !== undefined && (part.type === 'text' || part.type === 'reasoning') && !part.native
}

function readSystem(fields: JsonObject): Message[] {
  const key = 'systemInstruction'
  // A client's shorthand, which Google's own server refuses.
  if (typeof fields[key] === 'string') fields = { [key]: { parts: [{ text: fields[key] }] } }
  const content = optionalObject(fields, key, '')
  if (content === undefined) return []
  const parts = partsOf(content, `${key}.`).map((value, index) => {
    const at = `${key}.parts[${index}]`
    const part = readPart(objectAt(value, `${key}.parts`, index), `${at}.`, signatureOf)
    return part.type === 'text' ? part : refuseKind(`${at}.text`, 'a string', undefined)
  })
  const said = parts.filter(({ text }) => text !== '')
  return said.length > 0 ? [{ role: 'system', parts: said }] : []
}

function partsOf(content: JsonObject, at: string) {
  // A single part may stand without its array.
  const { parts } = content
  if (typeof parts === 'object' && parts !== null && !Array.isArray(parts)) return [parts]
  return optionalArray(content, 'parts', at) ?? []
}

/** One message, or several: results of functions are messages of their own. */
function readContent(content: JsonObject, index: number, calls: OpenCall[]): Message[] {
  const at = `contents[${index}].`
  const role = content.role ?? 'user'
  if (!roles.some((name) => name === role)) {
    return refuseKind(`${at}role`, `a string: ${oneOf(roles)}`, role)
  }
  const said: Message = { role: role === 'model' ? 'assistant' : 'user', parts: [] }
  const answered: Message = { role: 'tool', parts: [] }
  partsOf(content, at).forEach((value, position) => {
    const part = readAny(objectAt(value, `${at}parts`, position), index, position, calls)
    if (part.type === 'text' && part.text === '' && part.signature === undefined) return
    if (part.type === 'toolResult') answered.parts.push(part)
    else if (!isProofOf(part, said.parts)) said.parts.push(part)
  })
  // Results follow their calls, wherever they stand: other dialects let nothing come between.
  const messages = role === 'model' ? [said, answered] : [answered, said]
  return messages.filter(({ parts }) => parts.length > 0)
}

/**
 * Whether a part is but the signature of the thought before it, as it is streamed. The thought has it
 * then, whole: clients that keep a stream as one content keep its pieces apart.
 */
function isProofOf(part: Part, said: Part[]): boolean {
  if (part.type !== 'reasoning' || part.text || part.native || !part.signature) return false
  let thought = said.at(-1)
  if (!isPiece(thought)) return false
  for (let before = said.at(-2); isPiece(before); before = said.at(-2)) {
    before.text += thought.text
    said.pop()
    thought = before
  }
  thought.signature = part.signature
  return true
}

function isPiece(part: Part | undefined): part is ReasoningPart & { text: string } {
  return part?.type === 'reasoning' && Boolean(part.text) && !part.signature && !part.native
}

function readAny(value: JsonObject, index: number, position: number, calls: OpenCall[]): Part {
  const at = `contents[${index}].parts[${position}].`
  const fields = camelKeys(value)
  const response = optionalObject(fields, 'functionResponse', at)
  if (response) return readResult(response, `${at}functionResponse.`, calls)
  const part = readPart(fields, at, signatureOf)
  unseal(part)
  if (part.type !== 'toolCall') return part
  const isUnnamed = part.id === ''
  if (isUnnamed) part.id = `call_${index}_${position}`
  calls.push({ id: part.id, name: part.name, isUnnamed })
  return part
}

/**
 * A result without an id answers the first call of its name that has none yet; one whose id no call has,
 * the first such call without an id.
 */
function readResult(value: JsonObject, at: string, calls: OpenCall[]): ToolResultPart {
  const fields = camelKeys(value)
  const id = optionalString(fields, 'id', at)
  const name = requiredString(fields, 'name', at)
  let found = id ? calls.findIndex((call) => call.id === id) : -1
  if (found < 0) found = calls.findIndex((call) => call.name === name && (!id || call.isUnnamed))
  const [call] = found < 0 ? [] : calls.splice(found, 1)
  const callId = call?.id ?? (id || `call_${name}`)
  const { content, isError } = readResponseObject(optionalObject(fields, 'response', at) ?? {})
  const media = optionalArray(fields, 'parts', at) ?? []
  media.forEach((item, index) => {
    content.push(readMedia(objectAt(item, `${at}parts`, index), `${at}parts[${index}].`))
  })
  return { type: 'toolResult', callId, name, content, ...(isError && { isError }) }
}

function readMedia(value: JsonObject, at: string): Part {
  const fields = camelKeys(value)
  const file = optionalObject(fields, 'fileData', at)
  if (file) return readFileData(file, `${at}fileData.`)
  return readInlineData(requiredObject(fields, 'inlineData', at), `${at}inlineData.`)
}

/** `{output: text}` and `{error: text}` wrap plain text; any other object is the result itself. */
function readResponseObject(response: JsonObject): { content: Part[]; isError: boolean } {
  const keys = Object.keys(response)
  const { output, error } = response
  const isError = keys.length === 1 && typeof error === 'string'
  const plain = isError ? error : output
  if (keys.length === 0) return { content: [], isError }
  const text = keys.length === 1 && typeof plain === 'string' ? plain : JSON.stringify(response)
  return { content: text === '' ? [] : [{ type: 'text', text }], isError }
}
