import type { FastifyInstance } from 'fastify'
import { shuttingDown } from '../calls-in-flight.ts'

/** `/healthz`: the process answers. `/readyz`: it also takes new calls. */
export function registerHealth(
  app: FastifyInstance,
  { version, isDraining }: { version: string; isDraining: () => boolean },
): void {
  const config = { access: 'public' } as const
  app.get('/healthz', { config }, async () => ({ status: 'ok', version }))
  app.get('/readyz', { config }, async () => {
    if (isDraining()) throw shuttingDown()
    return { status: 'ready' }
  })
  app.get('/', { config }, async (_request, reply) => {
    reply.type('text/plain; charset=utf-8')
    return `AIGNE Hub ${version} is running. Its API is at /v1: set that as the base URL of any OpenAI client.\n`
  })
}
