import { HubError, modelOperation, type Operation } from '@aigne-hub/protocol'
import type { Candidate, Catalogue } from './catalogue.ts'

/** What a caller's model name stands for. */
export interface Resolution {
  /** The alias, or the caller's own spelling. */
  name: string
  /** True when the name is an alias: leave to use it covers its targets. */
  isAlias: boolean
  /** Never empty. */
  candidates: readonly Candidate[]
}

// The published AIGNE clients put the hub's name in front: `aignehub/openai/gpt-4o`.
const hubPrefix = /^aignehub[/:]/

/** No model has a longer name, and this much of one may stand in a message or a record. */
export const maxNameLength = 256

/**
 * `provider/model`, an alias, or a bare model name over every provider that lists it. A name behind a
 * provider's prefix that is not listed goes to that provider, unless its list is complete.
 * @throws HubError `model_not_found`, with the nearest name the caller may use.
 */
export function resolveModel(
  requested: string,
  operation: Operation,
  catalogue: Catalogue,
  mayUse: (name: string) => boolean,
): Resolution {
  if (requested.length > maxNameLength) {
    throw notFound(`No model's name is longer than ${maxNameLength} characters.`)
  }
  const name = requested.replace(hubPrefix, '')
  const alias = catalogue.alias(name)
  const candidates = candidatesOf(alias?.target ?? name, operation, catalogue)
  if (candidates.length > 0) return { name, isAlias: alias !== undefined, candidates }
  if (alias) {
    throw notFound(
      `The alias "${name}" stands for "${alias.target}", which does not exist here. The operator must mend it.`,
    )
  }
  throw unknownModel(name, catalogue, mayUse)
}

function candidatesOf(
  name: string,
  operation: Operation,
  catalogue: Catalogue,
): readonly Candidate[] {
  const slash = name.indexOf('/')
  const provider = slash > 0 ? catalogue.provider(name.slice(0, slash)) : undefined
  if (!provider) return catalogue.serving(name)
  const id = name.slice(slash + 1)
  const { adapter } = provider
  const listed = adapter.models.find((known) => known.id === id)
  if (listed) return [{ provider, model: listed }]
  if (adapter.modelsAreComplete || id === '') return []
  const asked = modelOperation(operation)
  const model = adapter.unlisted?.(id, asked) ?? { id, operations: [asked] }
  return [{ provider, model }]
}

function notFound(message: string): HubError {
  return new HubError('model_not_found', message, { param: 'model' })
}

function unknownModel(
  name: string,
  catalogue: Catalogue,
  mayUse: (name: string) => boolean,
): HubError {
  const names = catalogue.list().flatMap((listed) => (mayUse(listed.name) ? [listed.name] : []))
  const nearest = nearestName(name, names)
  const prefix = name.slice(0, Math.max(name.indexOf('/'), 0))
  const sentences = [
    `The model "${name}" does not exist here.`,
    prefix && !catalogue.provider(prefix) ? `No provider "${prefix}" is set up on this hub.` : '',
    nearest ? `Did you mean "${nearest}"?` : '',
    'GET /v1/models lists the models your key may use.',
  ]
  return notFound(sentences.filter(Boolean).join(' '))
}

/** The name with the smallest edit distance, if at most a third of its letters differ. */
function nearestName(wanted: string, names: readonly string[]): string | undefined {
  // Long names are no typing mistakes, and the distance is quadratic.
  if (wanted.length > 100) return undefined
  let best: { name: string; distance: number } | undefined
  for (const name of names) {
    // A bare name is compared with the part behind the provider.
    const comparable = wanted.includes('/') ? name : name.slice(name.indexOf('/') + 1)
    const most = Math.min(comparable.length / 3, (best?.distance ?? Infinity) - 1)
    // Never less than the difference in length.
    if (Math.abs(wanted.length - comparable.length) > most) continue
    const distance = editDistance(wanted.toLowerCase(), comparable.toLowerCase())
    if (distance <= most) best = { name, distance }
  }
  return best?.name
}

/** Levenshtein distance, one row at a time. */
function editDistance(first: string, second: string): number {
  const row = Array.from({ length: second.length + 1 }, (_, column) => column)
  for (let line = 1; line <= first.length; line++) {
    let diagonal = line - 1
    let left = line
    for (let column = 1; column <= second.length; column++) {
      const above = row[column] as number
      const isSame = first.charCodeAt(line - 1) === second.charCodeAt(column - 1)
      left = isSame ? diagonal : 1 + Math.min(diagonal, above, left)
      diagonal = above
      row[column] = left
    }
  }
  return row[second.length] as number
}
