import { HubError, type Operation } from '@aigne-hub/protocol'
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

/**
 * `provider/model`, an alias, or a bare model name over every provider that lists it. A name behind a
 * provider's prefix that is not listed goes to that provider, unless its list is complete.
 * @throws HubError `model_not_found` with the nearest name the caller may use.
 */
export function resolveModel(
  requested: string,
  operation: Operation,
  catalogue: Catalogue,
  mayUse: (name: string) => boolean,
): Resolution {
  const name = requested.replace(hubPrefix, '')
  const alias = catalogue.alias(name)
  const candidates = alias
    ? candidatesOf(alias.target, operation, catalogue)
    : candidatesOf(name, operation, catalogue)
  if (candidates.length > 0) return { name, isAlias: alias !== undefined, candidates }
  throw modelNotFound(requested, catalogue, mayUse)
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
  const model = provider.adapter.models.find((known) => known.id === id)
  if (model) return [{ provider, model }]
  if (provider.adapter.modelsAreComplete || id === '') return []
  return [{ provider, model: { id, operations: [operation] } }]
}

/** The 404 of a model name, with the nearest name the caller may use. */
export function modelNotFound(
  requested: string,
  catalogue: Catalogue,
  mayUse: (name: string) => boolean,
): HubError {
  const names = catalogue.list().flatMap(({ name }) => (mayUse(name) ? [name] : []))
  const nearest = nearestName(requested, names)
  const prefix = requested.replace(hubPrefix, '').split('/')[0] ?? ''
  const noProvider = requested.includes('/') && !catalogue.provider(prefix)
  const hint = [
    noProvider ? `No provider "${prefix}" is set up on this hub.` : '',
    nearest ? `Did you mean "${nearest}"?` : '',
    'GET /v1/models lists the models your key may use.',
  ]
  return new HubError(
    'model_not_found',
    [`The model "${requested}" does not exist here.`, ...hint].filter(Boolean).join(' '),
    { param: 'model' },
  )
}

/** The name with the smallest edit distance, if at most a third of its letters differ. */
function nearestName(wanted: string, names: readonly string[]): string | undefined {
  // Long names are no typing mistakes, and the distance is quadratic.
  if (wanted.length > 100) return undefined
  let best: { name: string; distance: number } | undefined
  for (const name of names) {
    // A bare name is compared with the part behind the provider.
    const comparable = wanted.includes('/') ? name : name.slice(name.indexOf('/') + 1)
    const distance = editDistance(wanted.toLowerCase(), comparable.toLowerCase())
    if (distance <= comparable.length / 3 && distance < (best?.distance ?? Infinity)) {
      best = { name, distance }
    }
  }
  return best?.name
}

/** Levenshtein distance, one row at a time. */
function editDistance(first: string, second: string): number {
  let row = Array.from({ length: second.length + 1 }, (_, column) => column)
  for (let line = 1; line <= first.length; line++) {
    const next = [line]
    for (let column = 1; column <= second.length; column++) {
      const change = first[line - 1] === second[column - 1] ? 0 : 1
      next.push(
        Math.min(
          (row[column] as number) + 1,
          (next[column - 1] as number) + 1,
          (row[column - 1] as number) + change,
        ),
      )
    }
    row = next
  }
  return row[second.length] as number
}
