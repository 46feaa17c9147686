import type { Credential, Model, Operation, Provider } from '@aigne-hub/protocol'
import { openAiCompatible } from '@aigne-hub/providers'

/** `gpt-5` or `gpt-5 embeddings`: a model's id, and what it can be asked if that is not chat. */
export function model(line: string): Model {
  const [id = '', ...operations] = line.split(' ')
  return { id, operations: operations.length > 0 ? (operations as Operation[]) : ['chat'] }
}

/** A credential for these models, or for all of the provider's. */
export function credential(name: string, models?: readonly string[]): Credential {
  return { id: `cred-${name}`, name, ...(models ? { models } : {}), open: () => ({ apiKey: name }) }
}

/** A provider with one credential, as far as names and plans go. */
export function host(
  id: string,
  models: readonly string[],
  { isComplete = false, credentials = [credential('main')] } = {},
): Provider {
  const adapter = openAiCompatible({
    id,
    name: id.toUpperCase(),
    baseUrl: `http://${id}.invalid`,
    models: models.map(model),
    modelsAreComplete: isComplete,
  })
  return { adapter, credentials }
}
