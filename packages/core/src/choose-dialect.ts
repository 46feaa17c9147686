import type {
  ChatRequest,
  DialectId,
  Model,
  Operation,
  ProviderAdapter,
  ProviderDialect,
  RequestOf,
} from '@aigne-hub/protocol'

/** The dialects in which a provider serves this operation of a model, the preferred one first. */
export function dialectsFor<O extends Operation>(
  { dialects }: ProviderAdapter,
  model: Model,
  operation: O,
): readonly ProviderDialect<O>[] {
  const all = (dialects[operation] ?? []) as readonly ProviderDialect<O>[]
  const served = model.dialects?.flatMap((id) => all.filter((dialect) => dialect.id === id))
  // A model that lists its dialects of chat alone says nothing of what else it does.
  return served === undefined || (served.length === 0 && operation !== 'chat') ? all : served
}

/**
 * The dialect to send a call in: the caller's own when the model is served in it, else the one the
 * provider prefers. Some models take tools while they reason in one dialect only.
 */
export function chooseDialect<O extends Operation>(
  dialects: readonly ProviderDialect<O>[],
  caller: DialectId,
  request: RequestOf<O>,
  model: Model,
): ProviderDialect<O> | undefined {
  const { toolDialects } = model
  const fitting =
    toolDialects && 'messages' in request && reasonsWithTools(request)
      ? dialects.filter(({ id }) => toolDialects.includes(id))
      : dialects
  return fitting.find(({ id }) => id === caller) ?? fitting[0] ?? dialects[0]
}

function reasonsWithTools({ tools, reasoning }: ChatRequest): boolean {
  return tools !== undefined && reasoning?.effort !== 'none'
}
