import type { Message } from '@aigne-hub/protocol'

/**
 * The messages with every tool's result directly behind the turn that called it: on this wire nothing
 * may stand between them, while elsewhere someone may have spoken before the result came. Results of
 * calls that are not in the conversation stay where they are.
 */
export function resultsBehindCalls(messages: readonly Message[]): readonly Message[] {
  const callers = new Map<string, number>()
  /** Results that have to move, by the place of the turn that called. */
  const moved = new Map<number, Message[]>()
  const stays: boolean[] = []
  /** The turn that only results have followed so far. */
  let open = -1
  messages.forEach((message, index) => {
    const [part] = message.parts
    const isResult = message.role === 'tool' && part?.type === 'toolResult'
    const caller = isResult ? callers.get(part.callId) : undefined
    stays.push(caller === undefined || caller === open)
    if (caller !== undefined && caller !== open) {
      const results = moved.get(caller)
      if (results) results.push(message)
      else moved.set(caller, [message])
    }
    if (!isResult) open = message.role === 'assistant' ? index : -1
    if (message.role !== 'assistant') return
    for (const said of message.parts) if (said.type === 'toolCall') callers.set(said.id, index)
  })
  if (moved.size === 0) return messages
  return messages.flatMap((message, index) => {
    const results = moved.get(index)
    if (!results) return stays[index] ? [message] : []
    return [message, ...results]
  })
}
