import {
  type Credential,
  HubError,
  modelOperation,
  type Operation,
  type Provider,
  type Target,
} from '@aigne-hub/protocol'
import { dialectsFor } from './choose-dialect.ts'
import type { Resolution } from './resolve-model.ts'
import type { PinnedTarget } from './stored-answers.ts'

/** Why a candidate is not in the plan. */
interface LeftOut {
  name: string
  reason: string
}

/** The targets to try, in order; never empty. */
export interface RoutePlan {
  targets: readonly [Target, ...Target[]]
  leftOut: readonly LeftOut[]
}

/** The credential to use for a model: one that is for it alone goes before a general one. */
function credentialFor(
  { credentials }: Provider,
  modelId: string,
  pin: PinnedTarget | undefined,
): Credential | undefined {
  if (pin) return credentials.find(({ id }) => id === pin.credentialId)
  return (
    credentials.find(({ models }) => models?.includes(modelId)) ??
    credentials.find(({ models }) => models === undefined)
  )
}

/** What the route is for. */
interface Asked {
  operation: Operation
  /** There is an answer where the provider has none. */
  canEstimate?: boolean
  /** The conversation can only go on there. */
  pin?: PinnedTarget | undefined
}

/**
 * Which target to send to: the first candidate that can serve the operation and that we have a
 * credential for.
 * @throws HubError `invalid_request` when no candidate's model is for this operation, or none is where
 *   the conversation is kept; `no_target_available` when none can be reached now.
 */
export function planRoute(
  { name, candidates }: Resolution,
  { operation, canEstimate = false, pin }: Asked,
): RoutePlan {
  const targets: Target[] = []
  const leftOut: LeftOut[] = []
  let fits = false
  for (const { provider, model } of candidates) {
    const { adapter } = provider
    const leaveOut = (reason: string) => leftOut.push({ name: `${adapter.id}/${model.id}`, reason })
    const isServed = canEstimate || dialectsFor(adapter, model, operation).length > 0
    if (!isServed || !model.operations.includes(modelOperation(operation))) {
      leaveOut(`does not serve ${operation}`)
      continue
    }
    if (pin && pin.provider !== adapter.id) {
      leaveOut('is not there')
      continue
    }
    const credential = credentialFor(provider, model.id, pin)
    if (credential || !pin) fits = true
    if (credential) targets.push({ provider: adapter, model, credential })
    else leaveOut(pin ? 'is not used with that credential any more' : 'has no credential')
  }
  const [first] = targets
  if (first) return { targets: [first], leftOut }
  const reasons = leftOut.map((one) => `${one.name} ${one.reason}`).join('; ')
  if (!fits && pin) {
    throw new HubError(
      'invalid_request',
      `The conversation of previous_response_id is kept at ${pin.provider} (${reasons}). Choose a model there, or send the whole conversation as input.`,
      { param: 'previous_response_id' },
    )
  }
  if (!fits) {
    throw new HubError(
      'invalid_request',
      `The model "${name}" cannot be asked for ${operation} (${reasons}). Choose another model.`,
      { param: 'model' },
    )
  }
  throw new HubError(
    'no_target_available',
    `No provider can serve "${name}" now (${reasons}). The operator can add a credential.`,
  )
}
