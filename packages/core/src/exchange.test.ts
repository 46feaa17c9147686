import { openAiEmbeddings } from '@aigne-hub/dialects'
import {
  type ExchangeDialect,
  type ExchangeStep,
  HubError,
  jsonBody,
  type Provider,
  usageOf,
} from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { createCatalogue } from './catalogue.ts'
import type { RequestRecord } from './request-record.ts'
import { createRouter } from './router.ts'
import { answeringTransport } from './testing/answering-transport.ts'
import { fakeClock, quiet } from './testing/fake-clock.ts'
import { host, model } from './testing/providers.ts'
import { bytesOf } from './testing/replies.ts'
import { failureOf } from './testing/set-up.ts'

/** A provider whose embeddings are an exchange: what it gets back becomes the name of the model. */
function exchanging(
  steps: readonly ExchangeStep[],
  transport: ReturnType<typeof answeringTransport>['transport'],
) {
  const dialect: ExchangeDialect<'embeddings'> = {
    id: 'bedrock-embeddings',
    operation: 'embeddings',
    *exchange() {
      const got: string[] = []
      for (const step of steps) {
        const answers = yield step
        got.push(...answers.map(({ body }) => new TextDecoder().decode(body)))
      }
      return { model: got.join(','), vectors: [Float32Array.of(1)], usage: usageOf({ input: 3 }) }
    },
    readError: (status) => new HubError('upstream_failed', `status ${status}`),
  }
  const base = host('acme', ['e embeddings'])
  const provider: Provider = {
    ...base,
    adapter: {
      ...base.adapter,
      dialects: { embeddings: [dialect] },
      models: [model('e embeddings')],
      sign: (request, { apiKey }) => ({
        ...request,
        headers: { ...request.headers, key: apiKey ?? '' },
      }),
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
  const ask = (signal?: AbortSignal) =>
    router.route({
      dialect: openAiEmbeddings,
      body: jsonBody({ model: 'acme/e', input: 'x' }),
      ...(signal && { signal }),
    })
  return { ask, clock, records }
}

const post = (path: string, dropped: string[] = []) => ({ path, body: '{}', dropped })

test('the answers of a step come back in its order, a few requests at a time', async () => {
  const paths = Array.from({ length: 20 }, (_, at) => `/${at}`)
  const { transport, requests, seen } = answeringTransport(({ url }) => ({
    body: new URL(url).pathname,
  }))
  const { ask, records } = exchanging(
    [{ do: 'send', requests: paths.map((path) => post(path, ['user'])) }],
    transport,
  )
  const reply = await ask()
  expect(JSON.parse((await bytesOf(reply)).toString()).model).toBe(paths.join(','))
  expect(requests).toHaveLength(20)
  expect(seen.most).toBe(4)
  expect(reply.headers['x-hub-dropped-params']).toBe('user')
  expect(records).toMatchObject([{ lane: 'translate', usage: { input: 3 }, status: 200 }])
})

test('a request that fails ends the exchange with its error, and no more are sent', async () => {
  const { transport, requests } = answeringTransport(({ url }) => ({
    status: url.endsWith('/1') ? 500 : 200,
  }))
  const paths = Array.from({ length: 20 }, (_, at) => post(`/${at}`))
  const { ask, records } = exchanging([{ do: 'send', requests: paths }], transport)
  expect(await failureOf(ask())).toMatchObject({ code: 'upstream_failed', message: 'status 500' })
  expect(requests.length).toBeLessThan(8)
  expect(records).toMatchObject([{ attempts: [{ status: 500, code: 'upstream_failed' }] }])
})

test('files are fetched with the credential from the own origin alone', async () => {
  const { transport, requests } = answeringTransport(({ url }) => ({ body: url }))
  const urls = ['http://acme.invalid/file?x=1', 'https://elsewhere.example/file']
  const { ask } = exchanging(
    [
      { do: 'send', requests: [post('/job')] },
      { do: 'fetch', urls },
    ],
    transport,
  )
  await ask()
  const [, own, other] = requests
  expect(own).toMatchObject({ method: 'GET', url: urls[0], headers: { key: 'main' } })
  expect(other).toMatchObject({
    method: 'GET',
    url: urls[1],
    headers: {},
    allowPrivateNetwork: false,
  })
  expect(other?.headers).not.toHaveProperty('key')
})

test('a redirect of a file to another origin takes the credential along no more', async () => {
  const { transport, requests } = answeringTransport(({ url }) =>
    url.endsWith('/file')
      ? { status: 302, headers: { location: 'https://cdn.example/signed' } }
      : { body: 'file' },
  )
  const { ask } = exchanging(
    [
      { do: 'send', requests: [post('/job')] },
      { do: 'fetch', urls: ['http://acme.invalid/file'] },
    ],
    transport,
  )
  await ask()
  expect(requests.at(-1)?.url).toBe('https://cdn.example/signed')
  expect(requests.at(-1)?.headers).not.toHaveProperty('key')
})

test('the files of a step may have 128 MiB together, not each', async () => {
  const large = new Uint8Array(50 * 2 ** 20)
  const { transport } = answeringTransport(({ method }) =>
    method === 'GET' ? { body: large } : {},
  )
  const urls = ['1', '2', '3'].map((name) => `https://cdn.example/${name}`)
  const { ask } = exchanging(
    [
      { do: 'send', requests: [post('/job')] },
      { do: 'fetch', urls },
    ],
    transport,
  )
  const { code, message } = await failureOf(ask())
  expect({ code, message }).toMatchObject({
    code: 'upstream_failed',
    message: expect.stringContaining('128 MiB together'),
  })
})

test('an exchange waits as long as it asks for, and a hang-up ends the waiting', async () => {
  const { transport, requests } = answeringTransport(() => ({}))
  const steps: ExchangeStep[] = [
    { do: 'send', requests: [post('/job')] },
    { do: 'wait', milliseconds: 5_000 },
    { do: 'send', requests: [{ method: 'GET', path: '/job/1', dropped: [] }] },
  ]
  const first = exchanging(steps, transport)
  const replying = first.ask()
  await expect.poll(() => requests.length).toBe(1)
  await quiet()
  first.clock.advance(4_999)
  await quiet()
  expect(requests).toHaveLength(1)
  first.clock.advance(1)
  expect((await replying).status).toBe(200)
  expect(requests[1]).toMatchObject({ method: 'GET' })
  expect(requests[1]).not.toHaveProperty('body')

  const gone = new AbortController()
  const second = exchanging(steps, transport)
  const failing = failureOf(second.ask(gone.signal))
  await expect.poll(() => requests.length).toBe(3)
  await quiet()
  gone.abort()
  expect(await failing).toMatchObject({ code: 'client_closed' })
  expect(requests).toHaveLength(3)
})
