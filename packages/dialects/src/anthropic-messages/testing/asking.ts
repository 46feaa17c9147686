// Requests in our words, and what becomes of them on this wire.

import {
  type ChatRequest,
  foldChat,
  type Message,
  type Part,
  type WireTarget,
} from '@aigne-hub/protocol'
import { expect } from 'vitest'
import { bytesOf, targetOf } from '../../testing/bytes.ts'
import { anthropicMessages } from '../index.ts'

export const target = (
  quirks: WireTarget['quirks'] = {},
  limits: WireTarget['limits'] = {},
): WireTarget => ({
  ...targetOf(quirks, 'anthropic'),
  limits,
})

export const says = (role: Message['role'], ...parts: Part[]): Message => ({ role, parts })
export const text = (said: string): Part => ({ type: 'text', text: said })
export const user = (said = 'Hi') => says('user', text(said))
export const call = (id: string): Part => ({
  type: 'toolCall',
  id,
  name: 'f',
  kind: 'function',
  input: '',
})
export const result = (callId: string): Part => ({
  type: 'toolResult',
  callId,
  content: [text('10')],
})
export const tool = { type: 'function' as const, name: 'f' }

export const asking = (fields: Partial<ChatRequest> = {}): ChatRequest => ({
  model: 'm1',
  messages: [user()],
  sampling: {},
  ...fields,
})

export function write(fields: Partial<ChatRequest>, to = target()) {
  const { body, dropped, headers } = anthropicMessages.writeRequest(asking(fields), to)
  return { wire: JSON.parse(body as string), dropped, headers }
}
export const refusal = (param: string) =>
  expect.objectContaining({ code: 'unsupported_parameter', param })

/** A whole answer with these fields, as it is read. */
export function readWhole(fields: object) {
  const body = bytesOf(JSON.stringify({ id: 'a', content: [], ...fields }))
  return foldChat(anthropicMessages.readResponse(body, target()))
}

/** The error in an answer that is not 2xx: an error object, or any text. */
export const readFailure = (status: number, error: object | string, headers = {}) =>
  anthropicMessages.readError(
    status,
    headers,
    bytesOf(typeof error === 'string' ? error : JSON.stringify({ type: 'error', error })),
    target(),
  )
