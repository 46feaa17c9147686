// What an answer says: `content`, as a string, or from Mistral as an array in which thinking, pictures
// and text stand beside one another.

import {
  isJsonObject,
  type Json,
  type MediaPart,
  type ReasoningPart,
  type TextPart,
} from '@aigne-hub/protocol'
import { readImages } from './answer-images.ts'

/** The parts, in their order; none of them is empty. `reference` chunks only point at what was sent. */
export function readSpoken(
  content: Json | undefined,
  vendor: string,
): (TextPart | ReasoningPart | MediaPart)[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  if (!Array.isArray(content)) return []
  const parts: (TextPart | ReasoningPart | MediaPart)[] = []
  for (const chunk of content) {
    if (!isJsonObject(chunk)) continue
    const last = parts.at(-1)
    if (chunk.type === 'text') {
      const { text } = chunk
      if (typeof text !== 'string' || text === '') continue
      if (last?.type === 'text') last.text += text
      else parts.push({ type: 'text', text })
    } else if (chunk.type === 'thinking') {
      const part = readThought(chunk.thinking, chunk.signature, vendor)
      if (last?.type === 'reasoning' && !last.signature) Object.assign(last, joined(last, part))
      else if (part.text !== undefined || part.signature) parts.push(part)
    } else parts.push(...readImages([chunk]))
  }
  return parts
}

function readThought(
  thinking: Json | undefined,
  signature: Json | undefined,
  vendor: string,
): ReasoningPart {
  const part: ReasoningPart = { type: 'reasoning' }
  const text = thoughtText(thinking)
  if (text !== '') part.text = text
  if (typeof signature === 'string' && signature !== '') {
    part.signature = { value: signature, vendor }
  }
  return part
}

function thoughtText(thinking: Json | undefined): string {
  if (typeof thinking === 'string') return thinking
  let text = ''
  for (const chunk of Array.isArray(thinking) ? thinking : []) {
    if (isJsonObject(chunk) && chunk.type === 'text' && typeof chunk.text === 'string') {
      text += chunk.text
    }
  }
  return text
}

function joined(first: ReasoningPart, { text, signature }: ReasoningPart): ReasoningPart {
  const whole = (first.text ?? '') + (text ?? '')
  return {
    ...first,
    ...(whole !== '' && { text: whole }),
    ...(signature && { signature }),
  }
}
