// Reasoning that a caller has to send back as it was.

import type { Answer } from '../../behaviour/chat-types.ts'
import { isSignatureOf } from '../../behaviour/signature.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import { callsTools, messagesIn } from '../openai-family/body.ts'
import { VendorProblem } from '../openai-family/errors.ts'

const signedFormat = 'anthropic-claude-v1'
const encryptedFormat = 'openai-responses-v1'

/** A piece of what was thought. */
export function reasoningDetail(text: string, isEncrypted: boolean): JsonObject {
  return isEncrypted
    ? { type: 'reasoning.summary', summary: text, format: encryptedFormat, index: 0 }
    : { type: 'reasoning.text', text, format: signedFormat, index: 0 }
}

/** What proves it: a signature that belongs to the text, or an encrypted detail of its own. */
export function endDetail(
  { signature = '' }: Answer,
  isEncrypted: boolean,
  random: Random,
): JsonObject {
  if (!isEncrypted) return { type: 'reasoning.text', signature, format: signedFormat, index: 0 }
  const id = `rs_${random.id(32)}`
  return { type: 'reasoning.encrypted', data: signature, id, format: encryptedFormat, index: 1 }
}

/**
 * A model that thinks wants to see what it thought before it called tools.
 * @throws VendorProblem when that is missing or was altered.
 */
export function checkReplays(body: JsonObject): void {
  for (const { message, at } of messagesIn(body)) {
    if (!callsTools(message) || isReplay(message.reasoning_details)) continue
    const param = `messages[${at}].reasoning_details`
    const raw = `${param}: the reasoning before a tool call must be sent back unmodified.`
    throw new VendorProblem(
      'invalidRequest',
      'Provider returned error',
      { code: '400' },
      { param, more: { metadata: { provider_name: 'Simulator', raw } } },
    )
  }
}

/** Pieces of the same text may come in one detail or in many. */
function isReplay(details: Json | undefined): boolean {
  if (!Array.isArray(details)) return false
  const known = details.filter(isObject)
  const encrypted = known.find(({ type }) => type === 'reasoning.encrypted')
  if (encrypted) return isSignatureOf(textOf(encrypted.data), '')
  const texts = known.filter(({ type }) => type === 'reasoning.text')
  const text = texts.map((detail) => textOf(detail.text)).join('')
  const signature = texts.map((detail) => textOf(detail.signature)).join('')
  return text !== '' && isSignatureOf(signature, text)
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
