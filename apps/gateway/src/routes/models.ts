import type { Catalogue, ListedModel } from '@aigne-hub/core'
import { mayUseModel } from '@aigne-hub/identity'
import { type Caller, HubError, type JsonObject } from '@aigne-hub/protocol'
import type { FastifyInstance } from 'fastify'
import { vendorOf } from '../dialect-at.ts'
import { callerOf } from '../plugins/auth.ts'

/** Lists of models in the forms of the three vendors: the models the caller's key may use. */
export function registerModels(app: FastifyInstance, catalogue: () => Catalogue): void {
  const config = { access: 'key' } as const

  const visibleTo = (caller: Caller) =>
    catalogue()
      .list()
      .filter(({ name }) => mayUseModel(caller, name))

  const named = (caller: Caller, name: string): ListedModel => {
    const model = visibleTo(caller).find((entry) => entry.name === name)
    if (model) return model
    throw new HubError(
      'model_not_found',
      `The model "${name.slice(0, 200)}" does not exist here. GET /v1/models lists the models your key may use.`,
      { param: 'model' },
    )
  }

  app.get<{ Querystring: Page }>('/v1/models', { config }, async (request) => {
    const models = visibleTo(callerOf(request))
    switch (vendorOf(request)) {
      case 'anthropic':
        return anthropicPage(models, request.query)
      case 'google':
        return { models: models.map(googleModel) }
      case 'openai':
        return { object: 'list', data: models.map(openAiModel) }
    }
  })

  // Model ids hold slashes, written as they are or as %2F.
  app.get<{ Params: { '*': string } }>('/v1/models/*', { config }, async (request) => {
    const model = named(callerOf(request), request.params['*'])
    switch (vendorOf(request)) {
      case 'anthropic':
        return anthropicModel(model)
      case 'google':
        return googleModel(model)
      case 'openai':
        return openAiModel(model)
    }
  })

  app.get('/v1beta/models', { config }, async (request) => ({
    models: visibleTo(callerOf(request)).map(googleModel),
  }))

  app.get<{ Params: { '*': string } }>('/v1beta/models/*', { config }, async (request) =>
    googleModel(named(callerOf(request), request.params['*'])),
  )
}

function openAiModel({ name, ownedBy, model }: ListedModel): JsonObject {
  return { id: name, object: 'model', created: model.created ?? 0, owned_by: ownedBy }
}

interface Page {
  limit?: string
  after_id?: string
  before_id?: string
}

const defaultLimit = 20
const maxLimit = 1000

/** Anthropic's API reference, "List models": a page before or after an id. */
function anthropicPage(models: readonly ListedModel[], query: Page): JsonObject {
  const asked = Number(query.limit ?? defaultLimit)
  if (!Number.isInteger(asked) || asked < 1 || asked > maxLimit) {
    throw new HubError('invalid_request', `limit must be a whole number from 1 to ${maxLimit}.`, {
      param: 'limit',
    })
  }
  const placeOf = (id: string, param: string) => {
    const place = models.findIndex(({ name }) => name === id)
    if (place >= 0) return place
    throw new HubError('invalid_request', `${param} must be the id of a model of this list.`, {
      param,
    })
  }
  const start = query.after_id === undefined ? 0 : placeOf(query.after_id, 'after_id') + 1
  const end = query.before_id === undefined ? models.length : placeOf(query.before_id, 'before_id')
  const inRange = models.slice(start, end)
  const page = query.before_id === undefined ? inRange.slice(0, asked) : inRange.slice(-asked)
  return {
    data: page.map(anthropicModel),
    first_id: page[0]?.name ?? null,
    last_id: page.at(-1)?.name ?? null,
    has_more: page.length < inRange.length,
  }
}

function anthropicModel({ name, model }: ListedModel): JsonObject {
  return {
    type: 'model',
    id: name,
    display_name: model.name ?? name,
    created_at: new Date((model.created ?? 0) * 1000).toISOString(),
    max_input_tokens: model.limits?.context ?? null,
    max_tokens: model.limits?.output ?? null,
  }
}

/** Google's API reference, "Models": the name begins with `models/`. */
function googleModel({ name, model }: ListedModel): JsonObject {
  const { context, output } = model.limits ?? {}
  return {
    name: `models/${name}`,
    displayName: model.name ?? name,
    ...(context !== undefined && { inputTokenLimit: context }),
    ...(output !== undefined && { outputTokenLimit: output }),
    supportedGenerationMethods: model.operations.includes('chat')
      ? ['generateContent', 'streamGenerateContent', 'countTokens']
      : [],
  }
}
