import type { WireTarget } from '@aigne-hub/protocol'
import { Losses } from '../losses.ts'
import { shortCallId } from './short-call-id.ts'

// Fields inside messages, parts and tools that many servers refuse. They stand in `quirks.unsupported`
// like top-level ones, and are always hints.
export const CACHE = 'cache_control'
export const REASONING = 'reasoning_content'
export const DETAILS = 'reasoning_details'
export const NAMES = 'messages.name'

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

/** The id of a call as the target takes it, in the call as in its result. */
export function wireCallId(id: string, { target }: WriteContext): string {
  return target.quirks.shortToolCallIds ? shortCallId(id) : id
}
