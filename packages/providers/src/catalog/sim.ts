import type { Credential, Model, Operation, Provider, Transport } from '@aigne-hub/protocol'
import { openAiCompatible } from '../open-ai-compatible.ts'

const model = (id: string, ...operations: Operation[]): Model => ({ id, operations })

const working = [
  model('chat', 'chat'),
  model('echo', 'chat'),
  { ...model('reason', 'chat'), reasoning: true },
  model('tools', 'chat'),
  model('vision', 'chat'),
  model('embed-256', 'embeddings'),
  model('image', 'images'),
  model('speech', 'speech'),
  model('transcribe', 'transcription'),
  model('rerank', 'rerank'),
  model('moderation', 'moderations'),
  model('video', 'video'),
]
const everything: readonly Operation[] = [
  'chat',
  'embeddings',
  'images',
  'speech',
  'transcription',
  'rerank',
  'moderations',
  'video',
]
/** Whatever they are asked. */
const faulty = [
  'error-401',
  'error-429',
  'error-500',
  'timeout',
  'midstream',
  'slow',
  'flaky-30',
].map((id) => model(id, ...everything))

/** The built-in simulator as a provider. Its host is a reserved name (RFC 2606): it is never dialled. */
export const simAdapter = openAiCompatible({
  id: 'sim',
  name: 'Simulator',
  baseUrl: 'http://simulator.invalid/v1',
  models: [...working, ...faulty],
  modelsAreComplete: true,
})

function credential(name: string, models: readonly Model[]): Credential {
  const apiKey = `sim-${name}`
  return {
    id: `sim-${name}`,
    name,
    models: models.map(({ id }) => id),
    open: () => ({ apiKey }),
  }
}

/**
 * The simulator, reached over its own transport. Each fault has a credential of its own, so that what
 * the router learns from one (a refused key, a cool-down) does not touch the other models.
 */
export function sim({ transport }: { transport: Transport }): Provider {
  return {
    adapter: { ...simAdapter, transport },
    credentials: [
      credential('main', working),
      ...faulty.map((fault) => credential(fault.id, [fault])),
    ],
  }
}
