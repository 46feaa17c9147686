import type { FastifyInstance } from 'fastify'
import { shuttingDown } from '../calls-in-flight.ts'

/** Once the hub was told to stop: no connection is kept for later, and no new call is taken. */
export function registerDraining(app: FastifyInstance, isDraining: () => boolean): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!isDraining()) return done()
    reply.header('connection', 'close')
    done(request.routeOptions.config.access === 'key' ? shuttingDown() : undefined)
  })
}
