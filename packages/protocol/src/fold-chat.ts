import type { ChatChoice, ChatEvent, ChatResponse, Part } from './chat.ts'
import { usageOf } from './usage.ts'

type PartDelta = Extract<ChatEvent, { type: 'partDelta' }>

function grow(part: Part, delta: PartDelta): void {
  switch (part.type) {
    case 'text':
    case 'refusal':
      if (delta.text !== undefined) part.text += delta.text
      // The part is the fold's own copy.
      if (delta.logprobs) {
        part.logprobs ??= []
        part.logprobs.push(...delta.logprobs)
      }
      if (delta.annotation && part.type === 'text') {
        part.annotations ??= []
        part.annotations.push(delta.annotation)
      }
      return
    case 'reasoning':
      if (delta.text === undefined) return
      if (delta.summaryIndex === undefined) part.text = (part.text ?? '') + delta.text
      else {
        part.summary ??= []
        while (part.summary.length <= delta.summaryIndex) part.summary.push('')
        part.summary[delta.summaryIndex] += delta.text
      }
      return
    case 'toolCall':
      if (delta.input !== undefined) part.input += delta.input
      return
    case 'media':
      if (delta.data !== undefined) part.data = (part.data ?? '') + delta.data
      if (delta.transcript !== undefined) {
        part.transcript = (part.transcript ?? '') + delta.transcript
      }
      return
    default:
      throw new TypeError(`A ${part.type} part does not grow.`)
  }
}

/**
 * The whole answer of a stream of events. The events are not changed.
 * @throws HubError the error of an `error` event, if there is one.
 */
export function foldChat(events: Iterable<ChatEvent>): ChatResponse {
  const response: ChatResponse = { id: '', model: '', created: 0, choices: [], usage: usageOf() }
  const choiceAt = (index: number): ChatChoice => {
    while (response.choices.length <= index) {
      response.choices.push({ index: response.choices.length, parts: [] })
    }
    return response.choices[index] as ChatChoice
  }
  for (const event of events) {
    switch (event.type) {
      case 'start': {
        const { type: _, ...start } = event
        Object.assign(response, start)
        break
      }
      case 'partStart':
        choiceAt(event.choice).parts[event.index] = structuredClone(event.part)
        break
      case 'partDelta': {
        const part = choiceAt(event.choice).parts[event.index]
        if (!part) throw new TypeError(`Part ${event.index} grew before it started.`)
        grow(part, event)
        break
      }
      case 'partEnd': {
        const { parts } = choiceAt(event.choice)
        if (event.part) parts[event.index] = structuredClone(event.part)
        const part = parts[event.index]
        if (part && event.signature) part.signature = event.signature
        break
      }
      case 'finish': {
        const { type: _, choice, ...finish } = event
        choiceAt(choice).finish = finish
        break
      }
      case 'usage':
        response.usage = event.usage
        break
      case 'keepAlive':
        break
      case 'error':
        throw event.error
    }
  }
  return response
}

/** The events of a whole answer, whose fold is that answer again. */
export function unfoldChat(response: ChatResponse): ChatEvent[] {
  const { choices, usage, ...start } = response
  const events: ChatEvent[] = [{ type: 'start', ...start }]
  for (const { index: choice, parts, finish } of choices) {
    parts.forEach((part, index) => {
      events.push({ type: 'partStart', choice, index, part }, { type: 'partEnd', choice, index })
    })
    if (finish) events.push({ type: 'finish', choice, ...finish })
  }
  events.push({ type: 'usage', usage })
  return events
}
