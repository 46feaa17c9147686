import type { EmbeddingsRequest, JsonObject, WireRequest } from '@aigne-hub/protocol'

export const embedding = (
  input: EmbeddingsRequest['input'],
  rest: Partial<EmbeddingsRequest> = {},
): EmbeddingsRequest => ({ model: 'm', input, encoding: 'float', ...rest })

/** The requests with their bodies read. */
export const bodiesOf = (requests: readonly WireRequest[]) =>
  requests.map(({ path, body }) => ({ path, body: JSON.parse(body as string) as JsonObject }))
