import type { JsonObject } from '../../json.ts'
import { type ResponsesStyle, responsesVoice } from '../responses.ts'
import { type ModelNames, personaFor } from './model-names.ts'
import type { Part } from './vendor.ts'

/** The Responses API at `path`. */
export function responsesPart(
  path: string,
  models: ModelNames,
  style: Pick<ResponsesStyle, 'read' | 'usage'> = {},
): Part {
  const voice = responsesVoice({
    ...style,
    personaFor: (name, { behaviour }) => personaFor(name, models, behaviour),
  })
  return { path, as: '/v1/responses', voice, ownErrors: true }
}

/** A body with the simulator's name of its model. */
export function withPersona(models: ModelNames): NonNullable<Part['read']> {
  return (body: JsonObject, { behaviour }) =>
    typeof body.model === 'string'
      ? { ...body, model: personaFor(body.model, models, behaviour) }
      : body
}
