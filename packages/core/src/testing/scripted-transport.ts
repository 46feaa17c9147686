import type { Transport } from '@aigne-hub/protocol'

/** Nothing comes any more, and the connection stays open. */
export const silence = Symbol('silence')

/** What a provider does, step by step: bytes, an error that breaks the connection, or silence. */
export type Script = readonly (Uint8Array | string | Error | typeof silence)[]

/** A transport whose every answer is this script, each step in a turn of its own, and then the end. */
export function scriptedTransport(script: Script): Transport {
  const encoder = new TextEncoder()
  return {
    async send(_request, signal) {
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      })
      aborted.catch(() => {})
      async function* body() {
        for (const step of script) {
          signal.throwIfAborted()
          if (step instanceof Error) throw step
          if (step === silence) await aborted
          else yield typeof step === 'string' ? encoder.encode(step) : (step as Uint8Array)
        }
      }
      return {
        status: 200,
        headers: { 'content-type': 'text/event-stream' },
        body: Object.assign(body(), {
          bytes: () => Promise.reject(new TypeError('This transport only streams.')),
        }),
      }
    },
  }
}
