// A hub over one simulator, which it knows as four providers: one for each dialect of chat.
import {
  createSimulator,
  type FaultName,
  type Listening,
  type Simulator,
} from '@aigne-hub/simulator'
import { discard, type RunningHub, startHub } from './hub.ts'

/** The providers, by what they speak. */
export const voices = ['chat', 'responses', 'claude', 'google-like'] as const
type VoiceName = (typeof voices)[number]

const dialectOf: Record<VoiceName, string> = {
  chat: 'openai',
  responses: 'openai-responses',
  claude: 'anthropic',
  'google-like': 'gemini',
}

/** Models of the simulator, and two that are only in this hub's list. */
const models = [
  ...['chat', 'echo', 'reason', 'tools', 'vision', 'refuse', 'cached'],
  ...['error-401', 'error-429', 'error-500', 'midstream', 'busy', 'gone'],
]

export interface Lab {
  hub: RunningHub
  upstream: Simulator
  server: Listening
  close(): Promise<void>
}

/** `hub.yaml` with the four providers on this simulator, and more lines behind them. */
export function labFile({ url }: Pick<Listening, 'url'>, more = ''): string {
  const providers = voices.map((id) => {
    const path = id === 'google-like' ? 'v1beta' : 'v1'
    return `
  - id: ${id}
    dialect: ${dialectOf[id]}
    baseUrl: ${url}/${path}
    allowPrivateNetwork: true
    models: [${models.join(', ')}]
    credentials: [{ name: main, apiKey: upstream-key }]`
  })
  return `providers:${providers.join('')}\n${more}`
}

/** The simulator's model `busy` is overloaded, and it has none called `gone`. */
export async function startLab(options: { file?: string } = {}): Promise<Lab> {
  const faults: Record<string, FaultName> = { busy: 'overloaded' }
  const upstream = createSimulator({ requireKey: 'upstream-key', faults, keepRequests: 100 })
  const server = await upstream.listen()
  const hub = await startHub({ file: labFile(server, options.file) })
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

/** PNG, 3 × 2 pixels, in base64. */
export const pixels =
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAD0lEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg=='

/** The arguments of a tool that tells the weather. */
export const weatherSchema = {
  type: 'object' as const,
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}

/** The answer to a request for a person. */
export const personSchema = {
  type: 'object' as const,
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
}
