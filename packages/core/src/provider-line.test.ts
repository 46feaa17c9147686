import { openAiEmbeddings } from '@aigne-hub/dialects'
import { CallAbort, jsonBody, type Provider, type Sign } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { createCatalogue } from './catalogue.ts'
import { createRouter } from './router.ts'
import { answeringTransport } from './testing/answering-transport.ts'
import { fakeClock, quiet } from './testing/fake-clock.ts'
import { host } from './testing/providers.ts'
import { failureOf } from './testing/set-up.ts'

/** A provider whose signature waits for what never comes. */
function setUp() {
  const { transport, requests } = answeringTransport(() => ({}))
  const base = host('acme', ['e embeddings'])
  const sign: Sign = () => new Promise(() => {})
  const provider: Provider = { ...base, adapter: { ...base.adapter, sign } }
  const clock = fakeClock()
  const router = createRouter({
    catalogue: createCatalogue({ providers: [provider] }),
    transport,
    clock,
  })
  const body = jsonBody({ model: 'acme/e', input: 'x' })
  const signal = new CallAbort()
  const failing = failureOf(router.route({ dialect: openAiEmbeddings, body, signal }))
  return { failing, signal, clock, requests }
}

test('a hang-up ends a call that waits for its signature', async () => {
  const { failing, signal, clock, requests } = setUp()
  await quiet()
  signal.abort(undefined)
  expect(await failing).toMatchObject({ code: 'client_closed' })
  expect(requests).toEqual([])
  expect(clock.pending).toBe(0)
})

test('a signature that takes too long is a deadline missed', async () => {
  const { failing, clock } = setUp()
  await quiet()
  clock.advance(600_000)
  expect(await failing).toMatchObject({ code: 'upstream_timeout' })
})
