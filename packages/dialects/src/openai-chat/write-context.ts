import type { ChatRequest, Part, Quirks, WireTarget } from '@aigne-hub/protocol'
import { Losses } from '../losses.ts'

// Fields inside messages, parts and tools that many servers refuse. They stand in `quirks.unsupported`
// like top-level ones, and are always hints.
const CACHE = 'cache_control'
const REASONING = 'reasoning_content'
const DETAILS = 'reasoning_details'
const NAMES = 'messages.name'

/** What the writers of messages, parts and tools need to know of the target. */
export interface WriteContext {
  target: WireTarget
  takesCache: boolean
  takesReasoning: boolean
  takesDetails: boolean
  takesNames: boolean
  losses: Losses
}

export function writeContext(target: WireTarget): WriteContext {
  const refused = target.quirks.unsupported ?? []
  return {
    target,
    takesCache: !refused.includes(CACHE),
    takesReasoning: !refused.includes(REASONING),
    takesDetails: !refused.includes(DETAILS),
    takesNames: !refused.includes(NAMES),
    losses: new Losses(target),
  }
}

/**
 * Whether the request holds something the target refuses inside its messages or tools, where edits of
 * top-level fields cannot reach.
 */
export function refusesWithin({ messages, tools }: ChatRequest, quirks: Quirks): boolean {
  const refused = quirks.unsupported
  if (refused === undefined) return false
  const cache = refused.includes(CACHE)
  const reasoning = refused.includes(REASONING) || refused.includes(DETAILS)
  const names = refused.includes(NAMES)
  if (!cache && !reasoning && !names) return false
  const refuses = (part: Part) =>
    (cache && part.cache !== undefined) || (reasoning && part.type === 'reasoning')
  return (
    messages.some(
      ({ name, cache: mark, parts }) =>
        (names && name !== undefined) || (cache && mark !== undefined) || parts.some(refuses),
    ) ||
    (cache && tools?.some((tool) => tool.type === 'function' && tool.cache !== undefined) === true)
  )
}
