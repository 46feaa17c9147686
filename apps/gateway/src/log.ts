import type { HubError } from '@aigne-hub/protocol'
import type { FastifyRequest } from 'fastify'
import { type Logger, pino, stdTimeFunctions, transport } from 'pino'

export type { Logger }

/**
 * Log lines go to standard error, as JSON, or in colours for a person at a terminal. Only what is
 * listed in this file is ever logged: no header, no body, no URL with its query, and of foreign errors
 * neither message nor properties, which may quote any of these.
 */
export function createLog(level: string): Logger {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime }
  if (process.stderr.isTTY) {
    return pino(options, transport({ target: 'pino-pretty', options: { destination: 2 } }))
  }
  return pino(options, pino.destination({ dest: 2, sync: true }))
}

/** The frames of a stack, without the message above them. */
function frames(error: Error): string[] {
  const lines = (error.stack ?? '').split('\n').map((line) => line.trim())
  return lines.filter((line) => line.startsWith('at ')).slice(0, 12)
}

/** What a log line says of a foreign error. */
export function causeFields(cause: unknown): Record<string, unknown> {
  if (!(cause instanceof Error)) return { cause: typeof cause }
  const { code } = cause as NodeJS.ErrnoException
  return { cause: cause.name, ...(code ? { causeCode: code } : {}), frames: frames(cause) }
}

/** What a log line says of a call that failed. */
export function errorFields(error: HubError, request: FastifyRequest): Record<string, unknown> {
  return {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url,
    keyId: request.caller?.keyId,
    status: error.status,
    code: error.code,
    // A provider's words may quote the prompt: only ours are logged.
    ...(error.upstream ? { upstream: error.upstream.status } : { message: error.message }),
    attempts: error.attempts,
    ...(error.cause === undefined ? {} : causeFields(error.cause)),
  }
}
