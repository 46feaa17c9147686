import type { FinishReason } from '@aigne-hub/protocol'

const reasons = new Map<string, FinishReason>([
  ['stop', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'length'], // Mistral: the context is full
  ['tool_calls', 'toolCalls'],
  ['function_call', 'toolCalls'],
  ['content_filter', 'contentFilter'],
  ['error', 'error'], // OpenRouter, Mistral
  ['insufficient_system_resource', 'error'], // DeepSeek
])

/** Words nobody documented end an answer as `stop`; some servers say `stop` after tool calls too. */
export function readFinishReason(raw: string, hasToolCalls: boolean): FinishReason {
  const reason = reasons.get(raw) ?? 'stop'
  return reason === 'stop' && hasToolCalls ? 'toolCalls' : reason
}

const words: Record<FinishReason, string> = {
  stop: 'stop',
  length: 'length',
  toolCalls: 'tool_calls',
  contentFilter: 'content_filter',
  pause: 'stop',
  // No word of OpenAI's own; OpenRouter's clients know it.
  error: 'error',
}

export function writeFinishReason(reason: FinishReason, legacyFunctions: boolean): string {
  return legacyFunctions && reason === 'toolCalls' ? 'function_call' : words[reason]
}
