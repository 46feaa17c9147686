import type { Catalogue } from '@aigne-hub/core'
import { mayUseModel } from '@aigne-hub/identity'
import { HubError } from '@aigne-hub/protocol'
import type { FastifyInstance } from 'fastify'
import { callerOf } from '../plugins/auth.ts'

/** `GET /v1/models` and `GET /v1/models/{id}` in OpenAI's form: the models the caller's key may use. */
export function registerModels(app: FastifyInstance, catalogue: () => Catalogue): void {
  const config = { access: 'key' } as const

  const visibleTo = (caller: Parameters<typeof mayUseModel>[0]) =>
    catalogue()
      .list()
      .filter(({ name }) => mayUseModel(caller, name))
      .map(({ name, ownedBy, model }) => ({
        id: name,
        object: 'model',
        created: model.created ?? 0,
        owned_by: ownedBy,
      }))

  app.get('/v1/models', { config }, async (request) => ({
    object: 'list',
    data: visibleTo(callerOf(request)),
  }))

  // Model ids hold slashes, written as they are or as %2F.
  app.get<{ Params: { '*': string } }>('/v1/models/*', { config }, async (request) => {
    const id = request.params['*']
    const model = visibleTo(callerOf(request)).find((entry) => entry.id === id)
    if (model) return model
    throw new HubError(
      'model_not_found',
      `The model "${id.slice(0, 200)}" does not exist here. GET /v1/models lists the models your key may use.`,
      { param: 'model' },
    )
  })
}
