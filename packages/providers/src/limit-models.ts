import type { Model, ProviderAdapter } from '@aigne-hub/protocol'

/** A model that someone names for a provider. */
export interface DeclaredModel {
  /** What the provider calls it there: an id, a deployment, an endpoint, an inference profile. */
  id: string
  /** The model that it is, where the id does not say so. */
  is?: string | undefined
}

/** Only these models exist. What is known of one by its name, or by the name of what it is, is kept. */
export function limitModels(
  adapter: ProviderAdapter,
  declared: readonly DeclaredModel[],
): ProviderAdapter {
  const operations = Object.keys(adapter.dialects) as Model['operations'][number][]
  const models = declared.map(({ id, is = id }): Model => {
    const known = adapter.models.find((model) => model.id === is)
    if (known) return { ...known, id }
    const described = adapter.unlisted?.(is)
    // Whoever names another model has said what it is; an unknown id may be asked anything.
    return {
      ...described,
      id,
      operations: is === id ? operations : (described?.operations ?? operations),
    }
  })
  return { ...adapter, models, modelsAreComplete: true }
}
