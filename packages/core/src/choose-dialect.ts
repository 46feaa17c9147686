import type {
  ChatRequest,
  DialectId,
  Model,
  Operation,
  OutboundDialect,
  ProviderAdapter,
  RequestOf,
} from '@aigne-hub/protocol'

/** The dialects in which a provider serves this operation of a model, the preferred one first. */
export function dialectsFor<O extends Operation>(
  { dialects }: ProviderAdapter,
  model: Model,
  operation: O,
): readonly OutboundDialect<O>[] {
  const all: readonly OutboundDialect<O>[] = dialects[operation] ?? []
  const served = model.dialects
  if (served === undefined || operation !== 'chat') return all
  return served.flatMap((id) => all.filter((dialect) => dialect.id === id))
}

/**
 * The dialect to send a call in: the caller's own when the model is served in it, else the one the
 * provider prefers. Some models take tools while they reason in one dialect only.
 */
export function chooseDialect<O extends Operation>(
  dialects: readonly OutboundDialect<O>[],
  caller: DialectId,
  request: RequestOf<O>,
  model: Model,
): OutboundDialect<O> | undefined {
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
