import type { FinishReason } from '@aigne-hub/protocol'

const reasons = new Map<string, FinishReason>([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'contentFilter'],
  ['RECITATION', 'contentFilter'],
  ['LANGUAGE', 'contentFilter'],
  ['BLOCKLIST', 'contentFilter'],
  ['PROHIBITED_CONTENT', 'contentFilter'],
  ['SPII', 'contentFilter'],
  ['IMAGE_SAFETY', 'contentFilter'],
  ['IMAGE_PROHIBITED_CONTENT', 'contentFilter'],
  ['IMAGE_RECITATION', 'contentFilter'],
  ['NO_IMAGE', 'stop'],
  // More of the answer is to be had with the `continuationToken`.
  ['CONTINUATION', 'pause'],
  ['OTHER', 'error'],
  ['IMAGE_OTHER', 'error'],
  ['MALFORMED_FUNCTION_CALL', 'error'],
  ['MALFORMED_RESPONSE', 'error'],
  ['UNEXPECTED_TOOL_CALL', 'error'],
  ['TOO_MANY_TOOL_CALLS', 'error'],
])

/** Google says `STOP` after function calls too. A word nobody documented ends an answer as `stop`. */
export function readFinishReason(raw: string, hasToolCalls: boolean): FinishReason {
  const reason = reasons.get(raw) ?? 'stop'
  return reason === 'stop' && hasToolCalls ? 'toolCalls' : reason
}

const words: Record<FinishReason, string> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  toolCalls: 'STOP',
  contentFilter: 'SAFETY',
  pause: 'STOP',
  error: 'OTHER',
}

/** @param raw the provider's own word, kept where it is Google's and means the same. */
export function writeFinishReason(reason: FinishReason, raw: string): string {
  const known = reasons.get(raw)
  return known === reason || (known === 'stop' && reason === 'toolCalls') ? raw : words[reason]
}
