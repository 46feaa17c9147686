// Which of the simulator's models stands behind an id of Bedrock's.

import type { Behaviour } from '../../behaviour/index.ts'
import type { SimulatedOperation } from '../../behaviour/models.ts'
import { Problem } from '../../problem.ts'
import { decodedId } from '../openai/replies.ts'
import { refused } from './errors.ts'

/** Whose rules a model keeps beside those that all have. */
export type Family =
  | 'anthropic'
  | 'openai'
  | 'nova2'
  | 'titan'
  | 'cohere'
  | 'novaEmbeddings'
  | 'other'

interface IdRow {
  /** Of an id without its geography. */
  pattern: RegExp
  /** The simulator's model. */
  model: string
  family: Family
  /** Only through an inference profile. */
  needsProfile?: boolean
}

/** The first row that fits. `simulator.<model>-v1:0` is the simulator's model of that name. */
const rows: readonly IdRow[] = [
  { pattern: /^amazon\.titan-embed-text-v2/, model: 'embed-256', family: 'titan' },
  { pattern: /^cohere\.embed-/, model: 'embed-256', family: 'cohere' },
  {
    pattern: /^amazon\.nova-[\w-]*multimodal-embeddings/,
    model: 'embed-256',
    family: 'novaEmbeddings',
  },
  { pattern: /^amazon\.nova-canvas/, model: 'image', family: 'other' },
  { pattern: /^amazon\.nova-2-/, model: 'reason', family: 'nova2' },
  { pattern: /^openai\./, model: 'reason', family: 'openai' },
  { pattern: /^deepseek\.(r|v3)/, model: 'reason', family: 'other' },
  { pattern: /^anthropic\.claude-\d/, model: 'tools', family: 'anthropic' },
  { pattern: /^anthropic\./, model: 'tools', family: 'anthropic', needsProfile: true },
  { pattern: /^[a-z0-9]+\.[a-z0-9]/, model: 'tools', family: 'other' },
]

const own = /^simulator\.([a-z0-9-]+?)(?:-v\d+)?(?::\d+)?$/
const geography = /^(?:us|eu|apac|jp|au|ca|us-gov|global)\.(?=[a-z0-9]+\.)/
const arn = /^arn:aws[a-z-]*:bedrock:[a-z0-9-]*:\d*:([a-z-]+)\/(.+)$/

export interface ResolvedModel {
  /** The simulator's name for it. */
  model: string
  family: Family
}

/**
 * @param segment of the path, percent-encoded
 * @throws Problem when there is no such model, or it cannot be called by this id.
 */
export function resolveModel(
  segment: string,
  operation: SimulatedOperation,
  behaviour: Behaviour,
): ResolvedModel {
  const id = decodedId(segment)
  const resolved = lookUp(id, behaviour)
  behaviour.model(resolved.model, operation)
  return resolved
}

function lookUp(id: string, { models }: Behaviour): ResolvedModel {
  const isOwn = (name: string) => models.some((model) => model.id === name)
  if (isOwn(id)) return { model: id, family: 'other' }
  const [, kind, inner = id] = arn.exec(id) ?? []
  // What is behind a profile of one's own cannot be told by its id.
  if (kind === 'application-inference-profile') {
    return { model: isOwn(inner) ? inner : 'tools', family: 'other' }
  }
  const bare = inner.replace(geography, '')
  const isProfile = bare !== inner
  const name = own.exec(bare)?.[1]
  const row = name === undefined ? rows.find(({ pattern }) => pattern.test(bare)) : undefined
  const model = name ?? row?.model
  if (model === undefined || !isOwn(model)) {
    const message = 'Could not resolve the foundation model from the provided model identifier.'
    throw new Problem('modelNotFound', message, 'modelId')
  }
  const needsProfile = name !== undefined || row?.needsProfile === true
  if (needsProfile && !isProfile) throw onDemand(bare)
  return { model, family: row?.family ?? 'other' }
}

function onDemand(id: string): Problem {
  return refused(
    `Invocation of model ID ${id} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
  )
}
