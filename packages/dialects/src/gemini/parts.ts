// The parts of a content, as they stand in requests and in answers alike.

import {
  isJsonObject,
  type Json,
  type JsonObject,
  type Part,
  type ReasoningPart,
  type Signature,
  type ToolCallPart,
} from '@aigne-hub/protocol'
import {
  optionalBoolean,
  optionalObject,
  optionalString,
  otherFields,
  requiredObject,
  requiredString,
  requiredText,
} from '../read-field.ts'
import { readFileData, readInlineData, writeMedia } from './media.ts'
import { camelKeys } from './names.ts'

/** What the provider's own tools do, by the key of their part. */
const serverTools = new Map<string, 'call' | 'result'>([
  ['executableCode', 'call'],
  ['codeExecutionResult', 'result'],
  ['toolCall', 'call'],
  ['toolResponse', 'result'],
])

const dataKeys = ['text', 'functionCall', 'inlineData', 'fileData', ...serverTools.keys()]

/**
 * One part. A `functionCall` without an id is read with an empty one; a `functionResponse` is not for
 * here.
 * @param at where it stands, with a dot at the end.
 * @throws HubError `invalid_request` naming the field.
 */
export function readPart(
  value: JsonObject,
  at: string,
  signatureOf: (raw: string) => Signature | undefined,
): Part {
  const fields = camelKeys(value)
  const raw = optionalString(fields, 'thoughtSignature', at)
  const { thoughtSignature: _, ...unsigned } = fields
  const key = dataKeys.find((name) => (fields[name] ?? null) !== null)
  const isThought = optionalBoolean(fields, 'thought', at) === true
  const part = readBare(unsigned, key, isThought, raw !== undefined, at)
  const signature = raw ? signatureOf(raw) : undefined
  if (signature) part.signature = signature
  if (part.type === 'native') return part
  const others = otherFields(unsigned, [key ?? 'text', 'thought'])
  if (others) part.native = { gemini: others }
  return part
}

function readBare(
  fields: JsonObject,
  key: string | undefined,
  isThought: boolean,
  isSigned: boolean,
  at: string,
): Part {
  if (key === 'text' || (key === undefined && isSigned)) {
    const text = key === undefined ? '' : requiredText(fields, 'text', at)
    if (!isThought) return { type: 'text', text }
    return text === '' ? { type: 'reasoning' } : { type: 'reasoning', text }
  }
  const phase = key === undefined ? undefined : serverTools.get(key)
  // Sketches of what a model is about to draw are thoughts too, and no part of the answer.
  if (key === undefined || isThought) return { type: 'native', dialect: 'gemini', value: fields }
  const inner = requiredObject(fields, key, at)
  if (phase) return readServerTool(key, phase, inner)
  if (key === 'functionCall') return readCall(camelKeys(inner), `${at}${key}.`)
  return key === 'inlineData'
    ? readInlineData(inner, `${at}${key}.`)
    : readFileData(inner, `${at}${key}.`)
}

function readServerTool(name: string, phase: 'call' | 'result', data: JsonObject): Part {
  const { id, outcome } = data
  return {
    type: 'serverTool',
    dialect: 'gemini',
    id: typeof id === 'string' ? id : '',
    name,
    phase,
    ...(typeof outcome === 'string' && { status: outcome }),
    data,
  }
}

function readCall(call: JsonObject, at: string): ToolCallPart {
  return {
    type: 'toolCall',
    id: optionalString(call, 'id', at) ?? '',
    name: requiredString(call, 'name', at),
    kind: 'function',
    input: JSON.stringify(optionalObject(call, 'args', at) ?? {}),
  }
}

/** The text of a thought: its own, else the summary of it. */
export function thoughtText({ text, summary }: ReasoningPart): string {
  return text || (summary?.join('\n\n') ?? '')
}

/** The part on the wire, without its signature; undefined when Google has no words for it. */
export function writePart(part: Part): JsonObject | undefined {
  const bare = writeBare(part)
  const native = part.native?.gemini
  return bare && isJsonObject(native) ? { ...native, ...bare } : bare
}

function writeBare(part: Part): JsonObject | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { text: part.text }
    case 'reasoning':
      return { text: thoughtText(part), thought: true }
    case 'media':
      return writeMedia(part)
    case 'toolCall':
      return { functionCall: writeCall(part) }
    case 'serverTool':
      return part.dialect === 'gemini' ? { [part.name]: part.data } : undefined
    case 'native':
      return part.dialect === 'gemini' && isJsonObject(part.value) ? part.value : undefined
    case 'toolResult':
      return undefined
  }
}

function writeCall({ id, name, kind, input }: ToolCallPart): JsonObject {
  return { ...(id !== '' && { id }), name, args: argsOf(kind, input) }
}

/** The arguments as an object, which is all that Google takes; other text becomes its only member. */
function argsOf(kind: ToolCallPart['kind'], input: string): JsonObject {
  if (input.trim() === '') return {}
  const value = kind === 'function' ? parsed(input) : undefined
  return isJsonObject(value) ? value : { input }
}

/** The value of JSON text, or undefined for any other text. */
export function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
