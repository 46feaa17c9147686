// What a model thought, on its way back to a provider.

import type { Json, JsonObject, Part, ReasoningPart } from '@aigne-hub/protocol'
import { ownSignature } from '../signature.ts'
import { isPlain, shownText, writeSentDetails } from './reasoning.ts'
import type { WriteContext } from './write-context.ts'

/** Adds the thoughts of an assistant's turn to its message, in the form that the target takes. */
export function writeThoughts(
  wire: JsonObject,
  thoughts: readonly Part[],
  context: WriteContext,
): void {
  if (context.target.quirks.thinkingContent) writeThinkingContent(wire, thoughts, context)
  else writeReasoning(wire, thoughts, context)
}

function writeReasoning(wire: JsonObject, thoughts: readonly Part[], context: WriteContext): void {
  const details: Json[] = []
  let text = ''
  let place = 0
  let plain = thoughts.length === 1
  for (const part of thoughts) {
    if (part.type === 'native') {
      plain = false
      details.push(part.value)
    } else if (part.type === 'reasoning') {
      const signature = ownSignature(part.signature, context.target, context.losses)
      const thought = withoutForeign(part, signature)
      plain &&= isPlain(thought, signature)
      text += shownText(thought)
      if (saysSomething(thought, signature))
        details.push(...writeSentDetails(thought, place++, signature))
    }
  }
  if (text !== '') {
    if (context.takesReasoning) wire.reasoning_content = text
    else context.losses.hint('reasoning_content')
  }
  if (plain || details.length === 0) return
  if (context.takesDetails) wire.reasoning_details = details
  else context.losses.hint('reasoning_details')
}

/** What one vendor has encrypted is no other's to see; the signature says whose it is. */
function withoutForeign(part: ReasoningPart, signature: string | undefined): ReasoningPart {
  if (part.redacted === undefined || !part.signature || signature !== undefined) return part
  const { redacted: _, ...rest } = part
  return rest
}

/** False for a part that was only a signature, once that is gone. */
function saysSomething(part: ReasoningPart, signature: string | undefined): boolean {
  const { text, summary, redacted, native } = part
  return (text ?? summary ?? redacted ?? native?.['openai-chat'] ?? signature) !== undefined
}

/** Before what was said, as Mistral has it: `{type: "thinking", thinking: [{type: "text", text}]}`. */
function writeThinkingContent(
  wire: JsonObject,
  thoughts: readonly Part[],
  { target, losses }: WriteContext,
): void {
  const chunks: Json[] = []
  for (const part of thoughts) {
    if (part.type !== 'reasoning') continue
    const signature = ownSignature(part.signature, target, losses)
    const text = shownText(part)
    const isForeign = part.signature !== undefined && signature === undefined
    if (isForeign || target.quirks.efforts?.length === 0) losses.hint('reasoning_content')
    else if (text !== '' || signature !== undefined) {
      chunks.push({
        type: 'thinking',
        thinking: text === '' ? [] : [{ type: 'text', text }],
        ...(signature !== undefined && { signature }),
      })
    }
  }
  if (chunks.length === 0) return
  const { content } = wire
  const said =
    typeof content === 'string' && content !== '' ? [{ type: 'text', text: content }] : content
  wire.content = Array.isArray(said) ? [...chunks, ...said] : chunks
}
