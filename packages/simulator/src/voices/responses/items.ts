// The items of a conversation, and the turns they amount to.

import type { Turn } from '../../behaviour/chat-types.ts'
import { isSignatureOf } from '../../behaviour/signature.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { Kept, KeptResponse } from '../../kept.ts'
import { Problem } from '../../problem.ts'
import { CodedProblem } from '../openai/errors.ts'
import { invalid, missing } from '../openai/fields.ts'
import { newTurn, readContent, textIn } from './parts.ts'
import { refuseUnknown } from './unknown-fields.ts'

/** Reads one item into the turns before it. @throws Problem naming what cannot be read. */
type ReadItem = (item: JsonObject, turns: Turn[], param: string) => void

interface ItemKind {
  fields: ReadonlySet<string>
  read: ReadItem
}

function kind(fields: string, read: ReadItem): ItemKind {
  return { fields: new Set(['type', 'id', 'status', ...fields.split(' ')]), read }
}

const roles = new Map<Json | undefined, Turn['role']>([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
])

/** The assistant's turn that is being said, or a new one. */
function openTurn(turns: Turn[]): Turn {
  const last = turns.at(-1)
  if (last?.role === 'assistant') return last
  const turn = newTurn('assistant')
  turns.push(turn)
  return turn
}

const message: ReadItem = (item, turns, param) => {
  const role = roles.get(item.role)
  if (role === undefined) throw invalid(`${param}.role`, 'there is no such role')
  const last = turns.at(-1)
  const isContinued = role === 'assistant' && last?.role === role && last.calls.length === 0
  const turn = isContinued && last.text === '' ? last : newTurn(role)
  readContent(item.content, turn, `${param}.content`)
  if (turn !== last) turns.push(turn)
}

const reasoning: ReadItem = (item, turns, param) => {
  textIn(item, 'id', param)
  const { summary, encrypted_content: encrypted } = item
  if (!Array.isArray(summary)) throw missing(`${param}.summary`)
  const text = summary.map((part, at) => textIn(part, 'text', `${param}.summary[${at}]`)).join('')
  const turn = openTurn(turns)
  turn.reasoning ??= []
  if (typeof encrypted !== 'string') {
    turn.reasoning.push({ text })
    return
  }
  if (!isSignatureOf(encrypted, '')) {
    const message = `The encrypted content of the item ${item.id} could not be verified.`
    throw new CodedProblem('invalidRequest', 'invalid_encrypted_content', message, param)
  }
  turn.reasoning.push({ text, signature: encrypted })
}

function call(input: 'arguments' | 'input'): ReadItem {
  return (item, turns, param) => {
    const id = textIn(item, 'call_id', param)
    const name = textIn(item, 'name', param)
    openTurn(turns).calls.push({ id, name, input: textIn(item, input, param) })
  }
}

const callOutput: ReadItem = (item, turns, param) => {
  const turn = newTurn('tool')
  turn.callId = textIn(item, 'call_id', param)
  readContent(item.output, turn, `${param}.output`)
  turns.push(turn)
}

const kinds: Readonly<Record<string, ItemKind>> = {
  message: kind('role content phase', message),
  reasoning: kind('summary content encrypted_content', reasoning),
  function_call: kind('call_id name arguments', call('arguments')),
  custom_tool_call: kind('call_id name input', call('input')),
  function_call_output: kind('call_id output', callOutput),
  custom_tool_call_output: kind('call_id output', callOutput),
}

/**
 * The items of `input`, references followed.
 * @throws Problem for what is no list of items, or refers to what was not stored.
 */
export function readInput(input: Json | undefined, kept: Kept<KeptResponse>): JsonObject[] {
  if (input === undefined || input === null) throw missing('input')
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }]
  if (!Array.isArray(input)) throw invalid('input', 'it must be a text or an array of items')
  return input.map((item, at) => {
    const param = `input[${at}]`
    if (!isObject(item)) throw invalid(param, 'it must be an object')
    const isReference = item.type === 'item_reference'
    const isBare = item.type === 'reasoning' && typeof item.encrypted_content !== 'string'
    return isReference || isBare ? storedItem(textIn(item, 'id', param), kept) : item
  })
}

function storedItem(id: string, kept: Kept<KeptResponse>): JsonObject {
  for (const { items } of kept.all()) {
    const item = items.find((one) => one.id === id)
    if (item) return item
  }
  const message = `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Send the item itself, or leave it out.`
  throw new CodedProblem('notFound', null, message, 'input')
}

/**
 * What the items say.
 * @param before how many of them come from earlier responses
 * @throws Problem naming the item that cannot be read.
 */
export function turnsOf(items: readonly JsonObject[], before: number): Turn[] {
  const turns: Turn[] = []
  items.forEach((item, at) => {
    const param = `input[${at - before}]`
    const type = item.type ?? 'message'
    const known = typeof type === 'string' && Object.hasOwn(kinds, type) ? kinds[type] : undefined
    if (!known) throw invalid(`${param}.type`, 'there is no such item')
    refuseUnknown(item, known.fields, `${param}.`)
    known.read(item, turns, param)
  })
  checkOutputs(turns)
  return turns
}

/** Every call has its output, anywhere behind it, and every output its call. */
function checkOutputs(turns: readonly Turn[]): void {
  const open = new Set<string>()
  for (const { calls, callId } of turns) {
    for (const { id } of calls) open.add(id)
    if (callId === undefined || open.delete(callId)) continue
    const message = `No tool call found for function call output with call_id ${callId}.`
    throw new Problem('invalidRequest', message, 'input')
  }
  const [unanswered] = open
  if (unanswered === undefined) return
  const message = `No tool output found for function call ${unanswered}.`
  throw new Problem('invalidRequest', message, 'input')
}
