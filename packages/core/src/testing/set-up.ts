import { openAiChat } from '@aigne-hub/dialects'
import { HubError, type JsonObject, jsonBody, type Provider } from '@aigne-hub/protocol'
import { sim } from '@aigne-hub/providers'
import { createSimulator, type SimulatorOptions } from '@aigne-hub/simulator'
import { createCatalogue } from '../catalogue.ts'
import type { RouterPorts } from '../ports.ts'
import type { Reply } from '../reply.ts'
import type { RequestRecord } from '../request-record.ts'
import { type Call, createRouter, type Router } from '../router.ts'
import { fakeClock } from './fake-clock.ts'

export const lanes = ['relay', 'translate'] as const

/** The simulator knows nothing of our errors. */
const brokeOff = (cause: Error) =>
  new HubError('upstream_incomplete', 'The simulator hung up.', { cause })

interface SetUp {
  lane?: (typeof lanes)[number]
  simulator?: SimulatorOptions
  ports?: Partial<RouterPorts>
  /** Changes to the simulator as a provider. */
  adapter?: Partial<Provider['adapter']>
}

/** A router whose one provider is a simulator, over a clock that stands still. */
export function setUp({ lane = 'relay', simulator: options, ports, adapter }: SetUp = {}) {
  const clock = fakeClock()
  const simulator = createSimulator({ clock, lost: brokeOff, ...options })
  const simulated = sim({ transport: simulator })
  const relay = lane === 'relay' ? simulated.adapter.relay : []
  const provider = { ...simulated, adapter: { ...simulated.adapter, relay, ...adapter } }
  const records: RequestRecord[] = []
  const router = createRouter({
    catalogue: createCatalogue({ providers: [provider] }),
    transport: simulator,
    recorder: {
      async record(record) {
        records.push(structuredClone(record))
      },
    },
    clock,
    ...ports,
  })
  return { router, simulator, clock, records, provider }
}

/** Asks the model that repeats what it is told. */
export function askEcho(
  router: Router,
  fields: JsonObject = {},
  call: Partial<Call<'chat'>> = {},
): Promise<Reply> {
  const messages = [{ role: 'user', content: 'Tell me — 日本語 — of the sea, and of 🌍.' }]
  const body = jsonBody({ model: 'sim/echo', messages, ...fields })
  return router.route({ dialect: openAiChat, body, ...call })
}

/** The error that `work` rejects with. */
export async function failureOf(work: Promise<unknown>): Promise<HubError> {
  const thrown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (thrown instanceof HubError) return thrown
  throw new TypeError('Expected a HubError.', { cause: thrown })
}
