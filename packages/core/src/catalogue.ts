import type { Model, Provider } from '@aigne-hub/protocol'

/** A provider's copy of a model: what a name can stand for. */
export interface Candidate {
  provider: Provider
  model: Model
}

/** Another name for a model. */
export interface ModelAlias {
  id: string
  /** A `provider/model` name. */
  target: string
}

/** One line of the list of models. */
export interface ListedModel {
  /** What callers write: `provider/model`, or an alias. */
  name: string
  /** Provider id, or `hub` for an alias. */
  ownedBy: string
  model: Model
}

/** Who hosts what: an immutable index, replaced as a whole when something changes. */
export interface Catalogue {
  provider(id: string): Provider | undefined
  alias(id: string): ModelAlias | undefined
  /** Every provider that lists the model of this bare name, in the order they were set up. */
  serving(modelId: string): readonly Candidate[]
  list(): readonly ListedModel[]
}

/** The index over these providers and aliases. A later provider of the same id replaces an earlier one. */
export function createCatalogue({
  providers,
  aliases = [],
}: {
  providers: readonly Provider[]
  aliases?: readonly ModelAlias[]
}): Catalogue {
  const byId = new Map(providers.map((provider) => [provider.adapter.id, provider]))
  const byModel = new Map<string, Candidate[]>()
  const listed: ListedModel[] = []
  for (const provider of byId.values()) {
    for (const model of provider.adapter.models) {
      const candidates = byModel.get(model.id) ?? []
      byModel.set(model.id, [...candidates, { provider, model }])
      listed.push({
        name: `${provider.adapter.id}/${model.id}`,
        ownedBy: provider.adapter.id,
        model,
      })
    }
  }
  const byAlias = new Map(aliases.map((alias) => [alias.id, alias]))
  const nameOf = new Map(listed.map((entry) => [entry.name, entry.model]))
  for (const { id, target } of byAlias.values()) {
    const model = nameOf.get(target)
    listed.push({ name: id, ownedBy: 'hub', model: { operations: ['chat'], ...model, id } })
  }
  return {
    provider: (id) => byId.get(id),
    alias: (id) => byAlias.get(id),
    serving: (modelId) => byModel.get(modelId) ?? [],
    list: () => listed,
  }
}
