import { aigneChat, openAiChat } from '@aigne-hub/dialects'
import {
  CallAbort,
  HubError,
  jsonBody,
  type Provider,
  type Transport,
  type TransportResponse,
} from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { createCatalogue } from './catalogue.ts'
import type { RequestRecord } from './request-record.ts'
import { createRouter } from './router.ts'
import { fakeClock, quiet } from './testing/fake-clock.ts'
import { host } from './testing/providers.ts'
import { failureOf } from './testing/set-up.ts'

/** A router whose provider takes no addresses, over a web in which nothing ever answers but `files`. */
function setUp(files: Record<string, () => Partial<TransportResponse>> = {}) {
  const asked: string[] = []
  const transport: Transport = {
    send: (request, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted()
        asked.push(request.url)
        const file = files[request.url]?.()
        if (file) resolve({ status: 200, headers: {}, body: bodyOf([]), ...file })
        else signal.addEventListener('abort', () => reject(signal.reason))
      }),
  }
  const base = host('acme', ['m'])
  const provider: Provider = {
    ...base,
    adapter: {
      ...base.adapter,
      models: base.adapter.models.map((known) => ({ ...known, quirks: { mediaByValue: true } })),
    },
  }
  const clock = fakeClock()
  const records: RequestRecord[] = []
  const router = createRouter({
    catalogue: createCatalogue({ providers: [provider] }),
    transport,
    clock,
    recorder: { record: async (record) => void records.push(structuredClone(record)) },
  })
  const ask = (urls: readonly string[], signal = new CallAbort()) => {
    const content = urls.map((url) => ({ type: 'image_url', image_url: { url } }))
    const body = jsonBody({ model: 'acme/m', messages: [{ role: 'user', content }] })
    return router.route({ dialect: openAiChat, body, signal })
  }
  return { ask, router, asked, clock, records }
}

/** A body that remembers how much of it was read. */
function bodyOf(chunks: readonly Uint8Array[]) {
  const seen = { chunks: 0 }
  async function* read() {
    for (const chunk of chunks) {
      seen.chunks++
      yield chunk
    }
  }
  const bytes = async () => {
    seen.chunks = chunks.length
    return Buffer.concat(chunks)
  }
  return Object.assign(read(), { seen, bytes })
}

const address = 'https://files.example/1.png'

describe('while a file of a request is fetched', () => {
  test('a hang-up ends the fetch, and is recorded as one', async () => {
    const { ask, asked, records, clock } = setUp()
    const signal = new CallAbort()
    const failing = failureOf(ask([address], signal))
    await quiet()
    expect(asked).toEqual([address])
    signal.abort(undefined)
    expect(await failing).toMatchObject({ code: 'client_closed' })
    expect(records).toMatchObject([{ status: 499, errorCode: 'client_closed' }])
    expect(clock.pending).toBe(0)
  })

  test('a stop of the hub is what the caller is told', async () => {
    const { ask } = setUp()
    const signal = new CallAbort()
    const failing = failureOf(ask([address], signal))
    await quiet()
    signal.abort(new HubError('shutting_down', 'Restarting.'))
    expect(await failing).toMatchObject({ code: 'shutting_down', message: 'Restarting.' })
  })

  test('time runs out for all files together', async () => {
    const { ask, clock } = setUp()
    const failing = failureOf(ask([address]))
    await quiet()
    clock.advance(20_000)
    expect(await failing).toMatchObject({ code: 'media_not_fetched' })
    expect(clock.pending).toBe(0)
  })

  test('the time counts for headers that have to go out early', async () => {
    const { router, clock } = setUp({
      [address]: () => {
        clock.advance(19_000)
        return { body: bodyOf([Uint8Array.of(1)]) }
      },
    })
    const content = [{ type: 'url', url: address, mimeType: 'image/png' }]
    const body = jsonBody({
      input: { messages: [{ role: 'user', content }], modelOptions: { model: 'acme/m' } },
    })
    const replying = router.route({ dialect: aigneChat, body, wantsEarlyHeaders: true })
    await quiet()
    clock.advance(45_000 - 19_000)
    expect(await Promise.race([replying.then(({ status }) => status), quiet()])).toBe(200)
  })
})

test('nobody fetches for a caller who has hung up already', async () => {
  const { ask, asked } = setUp()
  const signal = new CallAbort()
  signal.abort(undefined)
  expect(await failureOf(ask([address], signal))).toMatchObject({ code: 'client_closed' })
  expect(asked).toEqual([])
})

test('what stands behind a redirect’s head is not read', async () => {
  const body = bodyOf(Array.from({ length: 10 }, () => new Uint8Array(1024)))
  const { ask, asked } = setUp({
    [address]: () => ({ status: 302, headers: { location: '/2' }, body }),
  })
  void ask([address]).catch(() => {})
  await quiet()
  expect(asked).toEqual([address, 'https://files.example/2'])
  expect(body.seen.chunks).toBeLessThan(2)
})

test('a file counts as often as the request names it', async () => {
  const { ask, asked } = setUp({
    [address]: () => ({ body: bodyOf([new Uint8Array(18 * 2 ** 20)]) }),
  })
  const failing = failureOf(ask([address, address, address]))
  expect(await failing).toMatchObject({ code: 'request_too_large', status: 413 })
  expect(asked).toEqual([address])
})
