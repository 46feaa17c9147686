import { HubError } from '@aigne-hub/protocol'
import type { FastifyInstance } from 'fastify'
import { callerOf } from '../plugins/auth.ts'
import type { AskProvider } from '../provider-answers.ts'
import type { AnswerKeeping } from '../stored-answers.ts'

const path = '/v1/responses/:id'

function notFound(id: string): HubError {
  return new HubError(
    'response_not_found',
    `The response "${id.slice(0, 100)}" is not stored here: it is unknown, has expired, or was made with store: false.`,
    { param: 'id' },
  )
}

/** `GET` and `DELETE /v1/responses/{id}`: the stored answers of the caller's account, wherever they are. */
export function registerResponses(
  app: FastifyInstance,
  { answers, askProvider }: { answers: AnswerKeeping; askProvider: AskProvider },
): void {
  const config = { access: 'key' } as const

  app.get<{ Params: { id: string } }>(path, { config }, async (request, reply) => {
    const { id } = request.params
    const { accountId } = callerOf(request)
    const at = await answers.place(accountId, id)
    const body = at ? await askProvider('GET', at, id) : await answers.read(accountId, id)
    if (!body) throw notFound(id)
    return reply.type('application/json').send(body)
  })

  app.delete<{ Params: { id: string } }>(path, { config }, async (request) => {
    const { id } = request.params
    const { accountId } = callerOf(request)
    const at = await answers.place(accountId, id)
    // There first: what we forget, nobody can delete any more.
    if (at) await askProvider('DELETE', at, id).catch(unlessGone)
    if (!(await answers.remove(accountId, id))) throw notFound(id)
    return { id, object: 'response', deleted: true }
  })
}

function unlessGone(error: unknown): void {
  if (!(error instanceof HubError) || error.upstream?.status !== 404) throw error
}
