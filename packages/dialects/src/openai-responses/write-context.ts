import type { WireTarget } from '@aigne-hub/protocol'
import type { Losses } from '../losses.ts'

/** What the writers of items and tools need to know. */
export interface WriteContext {
  target: WireTarget
  losses: Losses
}
