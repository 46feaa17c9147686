import type { Catalogue, PinnedTarget } from '@aigne-hub/core'
import { openAiResponses } from '@aigne-hub/dialects'
import { HubError, type Transport } from '@aigne-hub/protocol'

const timeLimitMs = 30_000
const maxBytes = 128 * 1024 * 1024

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
    const { status, headers, body } = await (adapter.transport ?? ports.transport).send(
      await adapter.sign(
        {
          method,
          url: `${adapter.baseUrl}/responses/${encodeURIComponent(id)}`,
          headers: {},
          allowPrivateNetwork: adapter.allowPrivateNetwork === true,
        },
        credential.open(),
      ),
      AbortSignal.timeout(timeLimitMs),
    )
    const answer = await body.bytes(maxBytes)
    if (status >= 200 && status < 300) return answer
    const target = { provider: adapter.id, model: '', quirks: {} }
    throw openAiResponses.readError(status, headers, answer, target)
  }
}
