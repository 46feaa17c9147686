// What one part of a content says.

import type { Turn } from '../../behaviour/chat-types.ts'
import { isSignatureOf } from '../../behaviour/signature.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { attachmentTokens } from '../openai/attachments.ts'
import { fieldNames, invalid, listOf, messageOf, refused, textOf } from './fields.ts'

const partFields = fieldNames(
  'text thought thoughtSignature inlineData fileData functionCall functionResponse executableCode codeExecutionResult toolCall toolResponse videoMetadata mediaResolution partMetadata',
)
const blobFields = fieldNames('mimeType data displayName')
const fileFields = fieldNames('mimeType fileUri displayName')
const callFields = fieldNames('id name args')
const responseFields = fieldNames('id name response parts scheduling willContinue')

export interface FunctionCall {
  id: string | undefined
  name: string
  args: string
  isSigned: boolean
}

export interface FunctionResponse {
  id: string | undefined
  name: string
  /** JSON. */
  response: string
}

/** What parts come to that is not simply said. */
export interface PartsRead {
  calls: FunctionCall[]
  responses: FunctionResponse[]
}

/** In place of the signature of a call that another model made. */
const skippedSignature = 'skip_thought_signature_validator'

/**
 * Adds what `parts` say to `turn`.
 * @param isContinued the turn has begun already: an answer that was streamed comes back chunk by
 *   chunk, and its last chunk is one empty text
 * @throws Problem naming the part that cannot be read.
 */
export function readParts(
  value: Json | undefined,
  turn: Turn,
  path: string,
  isContinued = false,
): PartsRead {
  const parts = listOf(value, path)
  if (parts.length === 0) throw refused(path, 'contents.parts must not be empty.')
  const read: PartsRead = { calls: [], responses: [] }
  const [only] = parts
  if (isContinued && parts.length === 1 && isObject(only) && only.text === '') return read
  const texts: string[] = []
  parts.forEach((one, at) => {
    const here = `${path}[${at}]`
    const part = messageOf(one, partFields, here)
    checkSignature(part.thoughtSignature, here)
    const text = readPart(part, turn, read, here)
    if (text !== undefined) texts.push(text)
  })
  // The pieces of a streamed answer belong together.
  turn.text += texts.join(turn.role === 'assistant' ? '' : '\n')
  return read
}

function checkSignature(signature: Json | undefined, path: string): void {
  if (signature === undefined || signature === skippedSignature) return
  if (isSignatureOf(textOf(signature, `${path}.thoughtSignature`), '')) return
  throw invalid(`${path}.thoughtSignature`, 'the thought signature is not valid')
}

function readPart(part: JsonObject, turn: Turn, read: PartsRead, path: string): string | undefined {
  if (part.text !== undefined) return readText(part, turn, path)
  if (part.inlineData !== undefined) return readBlob(part.inlineData, turn, `${path}.inlineData`)
  if (part.fileData !== undefined) {
    const file = messageOf(part.fileData, fileFields, `${path}.fileData`)
    textOf(file.fileUri, `${path}.fileData.fileUri`)
    turn.attachmentTokens += attachmentTokens(undefined)
    return undefined
  }
  if (part.functionCall !== undefined && turn.role === 'assistant') {
    read.calls.push(readCall(part, `${path}.functionCall`))
    return undefined
  }
  if (part.functionResponse !== undefined && turn.role !== 'assistant') {
    read.responses.push(readResponse(part.functionResponse, `${path}.functionResponse`))
    return undefined
  }
  const { executableCode, codeExecutionResult, toolCall, toolResponse } = part
  const ran = executableCode ?? codeExecutionResult ?? toolCall ?? toolResponse
  if (ran === undefined) {
    throw refused(`${path}.data`, "required oneof field 'data' must have one initialized field")
  }
  turn.attachmentTokens += attachmentTokens(JSON.stringify(ran))
  return undefined
}

function readText(part: JsonObject, turn: Turn, path: string): string | undefined {
  const text = textOf(part.text, `${path}.text`)
  const { thoughtSignature: signature } = part
  if (text === '' && signature === undefined) {
    throw refused(`${path}.data`, "required oneof field 'data' must have one initialized field")
  }
  if (part.thought !== true) return text
  const signed = typeof signature === 'string' ? { signature } : {}
  turn.reasoning = [...(turn.reasoning ?? []), { text, ...signed }]
  return undefined
}

function readBlob(value: Json, turn: Turn, path: string): undefined {
  const blob = messageOf(value, blobFields, path)
  const mimeType = textOf(blob.mimeType, `${path}.mimeType`)
  const data = textOf(blob.data, `${path}.data`)
  if (!mimeType.startsWith('image/')) {
    turn.attachmentTokens += attachmentTokens(data)
    return
  }
  turn.images.push({ url: `data:${mimeType};base64,${data}`, detail: 'auto', param: path })
}

function readCall(part: JsonObject, path: string): FunctionCall {
  const { id, name, args = {} } = messageOf(part.functionCall, callFields, path)
  if (!isObject(args)) throw invalid(`${path}.args`, 'it must be an object')
  return {
    id: id === undefined ? undefined : textOf(id, `${path}.id`),
    name: textOf(name, `${path}.name`),
    args: JSON.stringify(args),
    isSigned: part.thoughtSignature !== undefined,
  }
}

function readResponse(value: Json, path: string): FunctionResponse {
  const { id, name, response } = messageOf(value, responseFields, path)
  if (name === undefined || name === '') throw refused(`${path}.name`, 'Name cannot be empty.')
  if (!isObject(response)) throw invalid(`${path}.response`, 'it must be an object')
  const json = JSON.stringify(response)
  if (json.includes('"$ref":')) {
    throw new Problem('invalidRequest', `'$ref' is reserved in ${path}.response.`, path)
  }
  return {
    id: id === undefined ? undefined : textOf(id, `${path}.id`),
    name: textOf(name, `${path}.name`),
    response: json,
  }
}
