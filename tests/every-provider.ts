// A hub over one simulator, which it knows as every provider there is, each at its vendor's own paths.
import { generateKeyPairSync } from 'node:crypto'
import { createSimulator, type Listening, type Simulator } from '@aigne-hub/simulator'
import { discard, type RunningHub, startHub } from './hub.ts'

const upstreamKey = 'upstream-key'

/** Where a vendor's API is under its mount of the simulator. */
export const places = {
  openai: 'openai/v1',
  anthropic: 'anthropic/v1',
  bedrock: 'bedrock',
  deepseek: 'deepseek',
  google: 'google/v1beta',
  ollama: 'ollama',
  openrouter: 'openrouter/api/v1',
  xai: 'xai/v1',
  doubao: 'doubao/api/v3',
  poe: 'poe/v1',
  ideogram: 'ideogram',
  lmstudio: 'lmstudio/v1',
  'azure-openai': 'azure-openai/openai/v1',
  vertex: 'vertex/v1/projects/project-1/locations/us-central1/publishers/google',
  mistral: 'mistral/v1',
  groq: 'groq/openai/v1',
} as const

export type ProviderId = keyof typeof places
export const providerIds = Object.keys(places) as ProviderId[]
/** All of them but the one that only draws. */
export const chatProviderIds = providerIds.filter((id) => id !== 'ideogram')

/** The JSON key file of a service account, whose token service is the simulator's. */
function serviceAccount({ url }: Pick<Listening, 'url'>): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return JSON.stringify({
    type: 'service_account',
    project_id: 'project-1',
    private_key_id: 'k1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'hub@project-1.iam.gserviceaccount.com',
    token_uri: `${url}/vertex/token`,
  })
}

function credentialOf(id: ProviderId, server: Pick<Listening, 'url'>): Record<string, string> {
  switch (id) {
    case 'bedrock':
      return {
        region: 'us-east-1',
        accessKeyId: upstreamKey,
        secretAccessKey: `secret-of-${upstreamKey}`,
      }
    case 'azure-openai':
      return { resource: 'example', apiKey: upstreamKey }
    case 'vertex':
      return {
        project: 'project-1',
        location: 'us-central1',
        serviceAccount: serviceAccount(server),
      }
    default:
      return { apiKey: upstreamKey }
  }
}

export interface EveryProviderLab {
  hub: RunningHub
  upstream: Simulator
  server: Listening
  close(): Promise<void>
}

/** Starts a hub with all providers declared; `file` holds more lines of its `hub.yaml`. */
export async function startEveryProvider(
  options: { file?: string } = {},
): Promise<EveryProviderLab> {
  const upstream = createSimulator({ requireKey: upstreamKey, keepRequests: 100 })
  const server = await upstream.listen()
  const providers = providerIds.map((id) => ({
    id,
    baseUrl: `${server.url}/${places[id]}`,
    allowPrivateNetwork: true,
    credentials: [{ name: 'main', ...credentialOf(id, server) }],
  }))
  // JSON is YAML.
  const file = `providers: ${JSON.stringify(providers)}\n${options.file ?? ''}`
  const hub = await startHub({ file })
  return {
    hub,
    upstream,
    server,
    async close() {
      await discard(hub)
      await server.close()
    },
  }
}
