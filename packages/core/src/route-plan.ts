import {
  type Credential,
  HubError,
  type Operation,
  type Provider,
  type Target,
} from '@aigne-hub/protocol'
import type { Resolution } from './resolve-model.ts'

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
function credentialFor(provider: Provider, modelId: string): Credential | undefined {
  const { credentials } = provider
  return (
    credentials.find(({ models }) => models?.includes(modelId)) ??
    credentials.find(({ models }) => models === undefined)
  )
}

/**
 * Which target to send to: the first candidate that can serve the operation and that we have a
 * credential for.
 * @throws HubError `invalid_request` when no candidate's model is for this operation,
 *   `no_target_available` when none can be reached now.
 */
export function planRoute(resolution: Resolution, operation: Operation): RoutePlan {
  const targets: Target[] = []
  const leftOut: LeftOut[] = []
  let fits = false
  for (const { provider, model } of resolution.candidates) {
    const name = `${provider.adapter.id}/${model.id}`
    const credential = credentialFor(provider, model.id)
    if (!provider.adapter.dialects[operation] || !model.operations.includes(operation)) {
      leftOut.push({ name, reason: `does not serve ${operation}` })
      continue
    }
    fits = true
    if (credential) targets.push({ provider: provider.adapter, model, credential })
    else leftOut.push({ name, reason: 'has no credential' })
  }
  const [first] = targets
  if (first) return { targets: [first], leftOut }
  const reasons = leftOut.map(({ name, reason }) => `${name} ${reason}`).join('; ')
  if (!fits) {
    throw new HubError(
      'invalid_request',
      `The model "${resolution.name}" cannot be asked for ${operation} (${reasons}). Choose another model.`,
      { param: 'model' },
    )
  }
  throw new HubError(
    'no_target_available',
    `No provider can serve "${resolution.name}" now (${reasons}). The operator can add a credential.`,
  )
}
