import { errorCodes, type HubError, type JsonObject } from '@aigne-hub/protocol'

/** `message` and `type` are what the clients read. */
export function errorFields(error: HubError, requestId: string): JsonObject {
  const { message, code, param } = error
  return {
    message,
    type: errorCodes[code].type,
    code,
    ...(param !== undefined && { param }),
    request_id: requestId,
  }
}

/** The body of an error reply. */
export function writeError(error: HubError, requestId: string): string {
  const { attempts } = error
  const tried = attempts.length > 0 ? { attempts } : {}
  return JSON.stringify({ error: { ...errorFields(error, requestId), ...tried } })
}
