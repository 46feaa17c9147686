import { HubError } from '@aigne-hub/protocol'
import type { FastifyInstance } from 'fastify'
import { callerOf } from '../plugins/auth.ts'
import type { AnswerKeeping } from '../stored-answers.ts'

const path = '/v1/responses/:id'

function notFound(id: string): HubError {
  return new HubError(
    'response_not_found',
    `The response "${id.slice(0, 100)}" is not stored here: it is unknown, has expired, is kept at its provider, or was made with store: false.`,
    { param: 'id' },
  )
}

/** `GET` and `DELETE /v1/responses/{id}`: the stored answers of the caller's account. */
export function registerResponses(app: FastifyInstance, answers: AnswerKeeping | undefined): void {
  const config = { access: 'key' } as const

  app.get<{ Params: { id: string } }>(path, { config }, async (request, reply) => {
    const { id } = request.params
    const body = await answers?.read(callerOf(request).accountId, id)
    if (!body) throw notFound(id)
    return reply.type('application/json').send(body)
  })

  app.delete<{ Params: { id: string } }>(path, { config }, async (request) => {
    const { id } = request.params
    const wasThere = await answers?.remove(callerOf(request).accountId, id)
    if (!wasThere) throw notFound(id)
    return { id, object: 'response', deleted: true }
  })
}
