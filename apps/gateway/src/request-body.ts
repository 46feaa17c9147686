import type { IncomingMessage } from 'node:http'
import type { MemoryBudget } from '@aigne-hub/core'
import { type CallSignal, HubError } from '@aigne-hub/protocol'
import { isForm } from './form-body.ts'

/** A budget of `maxBytes` of requests for the whole process. */
export function createMemoryBudget(maxBytes: number): MemoryBudget {
  let inFlight = 0
  return {
    claim(bytes) {
      if (inFlight + bytes > maxBytes) {
        throw new HubError(
          'server_overloaded',
          'The hub holds as many large requests as it can. Try again in a moment.',
          { retryAfterMs: 1000 },
        )
      }
      inFlight += bytes
    },
    release(bytes) {
      inFlight -= bytes
    },
  }
}

/** What an address takes. */
export interface BodyRules {
  maxBytes: number
  /** Forms as well as JSON. */
  takesForms: boolean
}

function refuseEarly(request: IncomingMessage, { maxBytes, takesForms }: BodyRules): void {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
  const isJson = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)
  if (!isJson && !(takesForms && isForm(type))) {
    const what = takesForms ? 'JSON or a form (multipart/form-data with a boundary)' : 'JSON'
    const advice = takesForms ? '' : ' Send the header "content-type: application/json".'
    throw new HubError(
      'unsupported_media_type',
      `This address takes ${what}${type ? `, not ${type.slice(0, 100)}` : ''}.${advice}`,
    )
  }
  if (encoding.toLowerCase() !== 'identity') {
    throw new HubError(
      'unsupported_media_type',
      'Compressed request bodies are not accepted. Send the body without content-encoding.',
    )
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
}

function tooLarge(maxBytes: number): HubError {
  return new HubError(
    'request_too_large',
    `The request body is larger than the ${maxBytes / 1024 / 1024} MiB that this address accepts. Send less.`,
  )
}

/**
 * The bytes of a request body. They stay claimed in `budget` until the caller releases
 * `bytes.length`.
 * @param signal aborted when the sender went away, or with the `HubError` to answer with.
 * @throws HubError `unsupported_media_type`, `request_too_large`, `server_overloaded`, or
 *   `client_closed` when the sender went away.
 */
export function readBody(
  request: IncomingMessage,
  rules: BodyRules,
  budget: MemoryBudget,
  signal: CallSignal,
): Promise<Buffer> {
  const { maxBytes } = rules
  refuseEarly(request, rules)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0

    function fail(error: unknown) {
      budget.release(length)
      length = 0
      // What still comes is read and thrown away, so that the sender gets to see the answer.
      request.off('data', onData).off('end', onEnd).resume()
      signal.removeEventListener('abort', onAbort)
      reject(error)
    }
    function onData(chunk: Buffer) {
      try {
        if (length + chunk.length > maxBytes) throw tooLarge(maxBytes)
        budget.claim(chunk.length)
        length += chunk.length
        chunks.push(chunk)
      } catch (error) {
        fail(error)
      }
    }
    function onEnd() {
      signal.removeEventListener('abort', onAbort)
      const [only] = chunks
      const body = only && chunks.length === 1 ? only : Buffer.concat(chunks, length)
      // The request outlives the call on its connection, and its listeners know the chunks.
      chunks.length = 0
      resolve(body)
    }
    function onAbort() {
      const { reason } = signal
      const gone = 'The caller hung up before the request was complete.'
      fail(reason instanceof HubError ? reason : new HubError('client_closed', gone))
    }
    request.on('data', onData).on('end', onEnd)
    signal.addEventListener('abort', onAbort)
  })
}
