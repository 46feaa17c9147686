import type { Catalogue, PinnedTarget } from '@aigne-hub/core'
import { openAiResponses } from '@aigne-hub/dialects'
import { HubError, type Transport } from '@aigne-hub/protocol'
import { askProvider } from '@aigne-hub/providers'

const timeLimitMs = 30_000

/**
 * Asks the provider that keeps an answer for it, or to delete it, and gives what it says.
 * @throws HubError what the provider answers, or `no_target_available` when it is not set up any more.
 */
export type AskProvider = (
  method: 'GET' | 'DELETE',
  at: PinnedTarget,
  id: string,
) => Promise<Uint8Array>

export function createAskProvider(ports: {
  catalogue: () => Catalogue
  transport: Transport
}): AskProvider {
  return async (method, at, id) => {
    const provider = ports.catalogue().provider(at.provider)
    const credential = provider?.credentials.find(({ id }) => id === at.credentialId)
    if (!provider || !credential) {
      throw new HubError(
        'no_target_available',
        `This response is kept at ${at.provider}, which is not set up with the credential it was made with any more. The operator can bring it back.`,
      )
    }
    const { adapter } = provider
    const question = { method, path: `/responses/${encodeURIComponent(id)}` }
    const options = { transport: ports.transport, signal: AbortSignal.timeout(timeLimitMs) }
    const { status, headers, body } = await askProvider(adapter, credential, question, options)
    if (status >= 200 && status < 300) return body
    const target = { provider: adapter.id, model: '', quirks: {} }
    throw openAiResponses.readError(status, headers, body, target)
  }
}
