import type {
  CallSignal,
  Headers,
  Transport,
  TransportRequest,
  TransportResponse,
} from '@aigne-hub/protocol'

interface Answer {
  status?: number
  headers?: Headers
  body?: string | Uint8Array
}

/** A transport that answers each request as `answer` says, in a turn of its own, and remembers them. */
export function answeringTransport(answer: (request: TransportRequest) => Answer) {
  const requests: TransportRequest[] = []
  let open = 0
  const seen = { most: 0 }
  const transport: Transport = {
    async send(request: TransportRequest, signal: CallSignal): Promise<TransportResponse> {
      signal.throwIfAborted()
      requests.push(request)
      seen.most = Math.max(seen.most, ++open)
      await new Promise((resolve) => setImmediate(resolve))
      open--
      const { status = 200, headers = {}, body = '' } = answer(request)
      const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
      async function* chunks() {
        for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
      }
      return {
        status,
        headers,
        body: Object.assign(chunks(), { bytes: () => Promise.resolve(bytes) }),
      }
    },
  }
  return { transport, requests, seen }
}
