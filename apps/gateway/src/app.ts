import fastify, { type FastifyInstance } from 'fastify'
import type { CallsInFlight } from './calls-in-flight.ts'
import type { Hub } from './compose.ts'
import type { Settings } from './config.ts'
import type { Logger } from './log.ts'
import { registerAuth } from './plugins/auth.ts'
import { registerDraining } from './plugins/draining.ts'
import { registerErrors, sendError } from './plugins/errors.ts'
import { newRequestId, registerRequestId } from './plugins/request-id.ts'
import { answerUnreadable, registerUnreadable } from './plugins/unreadable.ts'
import { registerHealth } from './routes/health.ts'
import { registerModels } from './routes/models.ts'
import { registerResponses } from './routes/responses.ts'
import { mountSurface } from './surface.ts'
import { aigneSurface } from './surfaces/aigne.ts'
import { anthropicSurface } from './surfaces/anthropic.ts'
import { googleSurface } from './surfaces/google.ts'
import { openAiSurface } from './surfaces/openai.ts'

/** The HTTP service: plugins, then routes, in order. */
export function createApp({
  hub,
  log,
  tls,
  version,
  isDraining,
  calls,
}: {
  hub: Hub
  log: Logger
  tls: Settings['tls']
  version: string
  isDraining: () => boolean
  calls: CallsInFlight
}): FastifyInstance {
  const app = fastify({
    ...(tls ? { https: tls } : {}),
    genReqId: newRequestId,
    // Answered by our own handler, in the caller's dialect.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerUnreadable,
    frameworkErrors: sendError,
    http: {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      connectionsCheckingInterval: 5_000,
      // Refused by our own hook, in our own words.
      requireHostHeader: false,
    },
    // The whole of a large upload, over a slow line.
    requestTimeout: 120_000,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 512 },
  }) as unknown as FastifyInstance

  // Bodies are read by the surfaces, as raw bytes: nothing is parsed before a route asks for it.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

  registerRequestId(app)
  registerErrors(app, log)
  registerUnreadable(app)
  registerAuth(app, hub.callers)
  registerDraining(app, isDraining)
  registerHealth(app, { version, isDraining })
  registerModels(app, hub.catalogue)
  registerResponses(app, hub)
  const surfaces = [...openAiSurface, ...anthropicSurface, ...googleSurface, ...aigneSurface]
  mountSurface(app, surfaces, {
    router: hub.router,
    memory: hub.memory,
    calls,
    log,
  })
  return app
}
