import type { Model, Operation, Quirks } from '@aigne-hub/protocol'

/** What a `models/<provider>.json` holds. Written by `npm run models:update`. */
export interface ModelFile {
  /** What models have in common, by their names. The first that matches a name describes it. */
  families: readonly ModelFamily[]
  models: readonly ListedModel[]
}

type Described = Partial<Omit<Model, 'id' | 'created'>>

/** Models whose ids match `match`, a regular expression, in letters of either case. */
export interface ModelFamily extends Described {
  match: string
}

/** A model by its own id. What is said here comes before what its family says. */
export interface ListedModel extends Described {
  id: string
  /** An ISO date. */
  released?: string
  /** Earliest first; none = nobody has told the price. */
  prices: readonly PriceRow[]
}

/**
 * What a model costs from a date on: US dollars as decimals, for a million tokens of each kind. The
 * kinds are those of `Usage`; a kind that is not priced costs as much as `input` or `output`.
 */
export interface TokenRates {
  input?: string
  cacheRead?: string
  cacheWrite5m?: string
  cacheWrite1h?: string
  output?: string
  audioIn?: string
  audioOut?: string
  imageIn?: string
  imageOut?: string
}

export interface PriceRow extends TokenRates {
  /** An ISO date; absent = since there was the model. */
  from?: string
  /** For the whole of a request with more input tokens than that, where it differs. */
  above?: { inputTokens: number } & TokenRates
  /** One image, of the plainest kind. */
  image?: string
  /** One image of another kind. */
  imageOf?: readonly { quality: string; size: string; price: string }[]
  /** A thousand calls of a tool that runs at the provider, by its name. */
  serverTools?: Readonly<Record<string, string>>
}

/** What is known of a provider's models: the part of an adapter that a model file describes. */
export interface KnownModels {
  models: readonly Model[]
  /** @param operation that it is asked for, and so must have. */
  unlisted(id: string, operation?: Operation): Model
}

/** A date at the end of an id (`-2026-03-05`, `-20260305`, `@20260305`), or the words for the newest. */
const version = /(?:-(?:\d{4}-\d{2}-\d{2}|latest)|[-@]\d{8})$/

/**
 * Reads a provider's models. A model that is not listed is described by the listed one it is a dated
 * version of, else by its family. Quirks of a family are added to the provider's; fields it refuses are
 * refused in addition to the provider's.
 */
export function readModelFile(file: ModelFile, quirks: Quirks = {}): KnownModels {
  const families = file.families.map(({ match, ...described }) => ({
    pattern: new RegExp(match, 'i'),
    described,
  }))
  const complete = (id: string, own: Described & { released?: string }): Model => {
    const family = families.find(({ pattern }) => pattern.test(id))?.described ?? {}
    const { released, ...said } = own
    const model = { operations: ['chat'] as const, ...family, ...said, id }
    return {
      ...model,
      ...(released === undefined ? {} : { created: Date.parse(released) / 1000 }),
      ...(family.limits || own.limits ? { limits: { ...family.limits, ...own.limits } } : {}),
      quirks: addQuirks(addQuirks(quirks, family.quirks), own.quirks),
    }
  }
  const models = file.models.map(({ id, prices: _, ...own }) => complete(id, own))
  const byId = new Map(models.map((model) => [model.id, model]))
  return {
    models,
    unlisted(id, operation) {
      const model = byId.get(id.replace(version, '')) ?? complete(id, {})
      const { operations } = model
      const has = operation === undefined || operations.includes(operation)
      return { ...model, id, operations: has ? operations : [...operations, operation] }
    },
  }
}

function addQuirks(quirks: Quirks, more: Quirks | undefined): Quirks {
  const unsupported = [...(quirks.unsupported ?? []), ...(more?.unsupported ?? [])]
  return { ...quirks, ...more, ...(unsupported.length > 0 ? { unsupported } : {}) }
}
