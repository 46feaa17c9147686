import type { Turn } from '../../behaviour/chat-types.ts'
import type { Json } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { fieldNames, listOf, messageOf, refused } from './fields.ts'
import { type FunctionCall, type FunctionResponse, type PartsRead, readParts } from './parts.ts'

const contentFields = fieldNames('role parts')

function newTurn(role: Turn['role']): Turn {
  return { role, text: '', images: [], attachmentTokens: 0, calls: [] }
}

/** Neighbours of one role, which are one turn. */
interface Content extends PartsRead {
  turn: Turn
}

/**
 * @param needsSignatures of a model that signs its calls
 * @throws Problem naming the content, or the part of it, that cannot be read.
 */
export function readContents(value: Json | undefined, needsSignatures: boolean): Turn[] {
  const given = listOf(value, 'contents')
  if (given.length === 0) throw refused('contents', 'contents is not specified')
  const contents: Content[] = []
  given.forEach((content, at) => {
    const path = `contents[${at}]`
    const { role = 'user', parts } = messageOf(content, contentFields, path)
    if (role !== 'user' && role !== 'model') {
      throw new Problem('invalidRequest', 'Please use a valid role: user, model.', 'role')
    }
    const turnRole = role === 'model' ? 'assistant' : 'user'
    const last = contents.at(-1)
    const isSame = last?.turn.role === turnRole
    const turn = isSame ? last.turn : newTurn(turnRole)
    const isContinued = isSame && role === 'model'
    const read = readParts(parts, turn, `${path}.parts`, isContinued)
    if (isSame) {
      last.calls.push(...read.calls)
      last.responses.push(...read.responses)
    } else contents.push({ turn, ...read })
    if (needsSignatures) checkSigned(contents.at(-1)?.calls ?? [], path)
  })
  return contents.flatMap((content, at) => turnsOf(content, contents[at - 1], contents[at + 1], at))
}

/** Of calls made at once only the first is signed. */
function checkSigned([first]: readonly FunctionCall[], path: string): void {
  if (first === undefined || first.isSigned) return
  const message = `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly. The function call is \`${first.name}\` in ${path}.`
  throw new Problem('invalidRequest', message, path)
}

/** A call has an id of its own, or gets one by its place. */
function idOf(call: FunctionCall, content: number, at: number): string {
  return call.id ?? `${content}.${at}`
}

function turnsOf(
  { turn, calls, responses }: Content,
  before: Content | undefined,
  after: Content | undefined,
  at: number,
): Turn[] {
  if (calls.length > 0 && (after?.responses.length ?? 0) !== calls.length) {
    const message =
      'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.'
    throw new Problem('invalidRequest', message)
  }
  turn.calls = calls.map((call, index) => ({
    id: idOf(call, at, index),
    name: call.name,
    input: call.args,
  }))
  if (responses.length === 0) return [turn]
  const results = responses.map((response, index) =>
    resultOf(response, index, before?.calls ?? [], at - 1),
  )
  const saysMore = turn.text !== '' || turn.images.length > 0 || turn.attachmentTokens > 0
  return saysMore ? [...results, turn] : results
}

/** A result goes with the call of its id, else with the one in its place. */
function resultOf(
  { id, response }: FunctionResponse,
  index: number,
  calls: readonly FunctionCall[],
  content: number,
): Turn {
  const byId = calls.findIndex((call) => id !== undefined && call.id === id)
  const at = byId < 0 ? index : byId
  const call = calls[at]
  if (call === undefined || (id !== undefined && call.id !== undefined && byId < 0)) {
    const message =
      'Please ensure that function response turn comes immediately after a function call turn.'
    throw new Problem('invalidRequest', message)
  }
  return { ...newTurn('tool'), text: response, callId: idOf(call, content, at) }
}

/** @throws Problem for anything but texts. */
export function readSystem(value: Json | undefined): Turn[] {
  if (value === undefined) return []
  const { parts } = messageOf(value, contentFields, 'systemInstruction')
  const turn = newTurn('system')
  readParts(parts, turn, 'systemInstruction.parts')
  return [turn]
}
