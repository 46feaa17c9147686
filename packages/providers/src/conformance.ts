import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import {
  type ChatEvent,
  type ChatResponse,
  foldChat,
  type HubError,
  type Json,
  type Operation,
  type OutboundDialect,
  type ProviderAdapter,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readBaseUrl } from './base-url.ts'
import { registry } from './registry.ts'

/** The two functions every test runner has. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  test(name: string, body: () => void | Promise<void>): unknown
}

export interface ConformanceOptions {
  /** Default: every provider of the registry. */
  adapters?: readonly ProviderAdapter[]
  /** The folder with one folder of recorded answers a provider, named after its id. */
  fixtures: URL
}

/** The recorded answers each operation needs. */
const needed: Readonly<Record<Operation, readonly string[]>> = {
  chat: [
    'chat.json',
    'chat.sse',
    'tool-call.sse',
    'error-401.json',
    'error-429.json',
    'error-500.json',
  ],
  embeddings: ['embeddings.json'],
  images: ['images.json'],
}

const canary = 'canary-0123456789-secret'

/**
 * What every provider keeps, as tests of your own runner:
 * `checkConformance({ describe, test }, { fixtures: new URL('./fixtures/', import.meta.url) })`.
 * `chat.json` and `chat.sse` hold the same answer, `tool-call.sse` one with at least one tool call,
 * `error-<status>.json` the bodies of those errors, `models.json` the list of models.
 */
export function checkConformance(runner: TestRunner, options: ConformanceOptions): void {
  for (const adapter of options.adapters ?? registry) {
    runner.describe(adapter.id, () => checkAdapter(runner, adapter, options.fixtures))
  }
}

function checkAdapter({ test }: TestRunner, adapter: ProviderAdapter, fixtures: URL): void {
  const folder = new URL(`${adapter.id}/`, fixtures)
  const read = (file: string): Uint8Array => readFileSync(new URL(file, folder))
  const target: WireTarget = {
    provider: adapter.id,
    model: adapter.models[0]?.id ?? 'model',
    quirks: adapter.quirks,
  }
  test('its data holds together', () => checkData(adapter))
  test('its answers are recorded', () => checkFolder(adapter, folder))
  test('its secrets enter headers and nothing else', () => checkSigning(adapter))
  const { chat, embeddings, images } = adapter.dialects
  if (chat) checkChat(test, chat, target, read)
  if (embeddings) {
    test('embeddings: one vector an input, all of one length', () => {
      const { vectors, usage } = embeddings.readResponse(read('embeddings.json'), target)
      assert.ok(vectors.length > 0 && (vectors[0]?.length ?? 0) > 0, 'there are no vectors')
      assert.equal(new Set(vectors.map(({ length }) => length)).size, 1)
      assert.ok(usage.input > 0, 'usage.input is missing')
    })
  }
  if (images) {
    test('images: data or address of each', () => {
      const reply = images.readResponse(read('images.json'), target)
      assert.ok(reply.images.length > 0, 'there are no images')
      for (const { data, url } of reply.images) assert.ok(data || url, 'an image without content')
    })
  }
  const { listModels } = adapter
  if (listModels) {
    test('models: the list is read', () => {
      const body = JSON.parse(new TextDecoder().decode(read('models.json'))) as Json
      const models = listModels.read(body)
      assert.ok(models.length > 0, 'there are no models')
      for (const { id, operations } of models) {
        assert.ok(id !== '' && operations.length > 0, `"${id}" has no name or no operation`)
      }
    })
  }
}

function checkData(adapter: ProviderAdapter): void {
  const { id, baseUrl, dialects, models, relay } = adapter
  assert.match(id, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'the id is lower-case letters, digits, dashes')
  assert.equal(readBaseUrl(baseUrl), baseUrl)
  assert.equal(new Set(models.map((model) => model.id)).size, models.length, 'a model is repeated')
  for (const model of models) {
    for (const operation of model.operations) {
      assert.ok(dialects[operation], `no dialect serves ${operation} of ${model.id}`)
    }
  }
  const passable = Object.values(dialects).flatMap(({ id, relay }) => (relay ? [id] : []))
  for (const dialect of relay) {
    assert.ok(passable.includes(dialect), `${dialect} cannot be passed through`)
  }
}

function checkFolder({ id, dialects, listModels }: ProviderAdapter, folder: URL): void {
  const operations = Object.keys(dialects) as Operation[]
  const files = [
    ...operations.flatMap((name) => needed[name]),
    ...(listModels ? ['models.json'] : []),
  ]
  const missing = files.filter((file) => !existsSync(new URL(file, folder)))
  assert.deepEqual(missing, [], `provider "${id}" lacks recorded answers in ${folder.pathname}`)
}

async function checkSigning({ sign, credentialFields, baseUrl }: ProviderAdapter): Promise<void> {
  const secrets = Object.fromEntries(credentialFields.map(({ name }) => [name, canary]))
  const request = {
    method: 'POST',
    url: `${baseUrl}/path`,
    headers: { 'content-type': 'application/json' },
    body: '{}',
    allowPrivateNetwork: false,
  } as const
  const { headers, ...rest } = await sign(request, secrets)
  const { headers: _, ...before } = request
  assert.deepEqual(rest, before)
  if (credentialFields.some(({ secret, required }) => secret && required)) {
    assert.ok(JSON.stringify(headers).includes(canary), 'no header carries the secret')
  }
}

function checkChat(
  test: TestRunner['test'],
  chat: OutboundDialect<'chat'>,
  target: WireTarget,
  read: (file: string) => Uint8Array,
): void {
  /** The events of a recorded stream that arrives `size` bytes at a time. */
  const stream = (bytes: Uint8Array, size: number): ChatEvent[] => {
    const reader = chat.streamReader?.(target)
    assert.ok(reader, 'the dialect cannot stream')
    const events: ChatEvent[] = []
    for (let at = 0; at < bytes.length; at += size) {
      events.push(...reader.push(bytes.subarray(at, at + size)))
    }
    return [...events, ...reader.end()]
  }
  const plain = (): ChatResponse => foldChat(chat.readResponse(read('chat.json'), target))

  test('chat: a plain answer has text, an end and usage', () => {
    const { choices, usage } = plain()
    const [part] = choices[0]?.parts ?? []
    assert.ok(part?.type === 'text' && part.text !== '', 'there is no text')
    assert.equal(choices[0]?.finish?.reason, 'stop')
    assert.ok(usage.input > 0 && usage.output > 0 && !usage.estimated, 'usage is missing')
  })

  for (const [size, how] of [
    [Number.MAX_SAFE_INTEGER, 'at once'],
    [7, 'in small pieces'],
    [1, 'byte by byte'],
  ] as const) {
    test(`chat: the streamed answer is the plain one, ${how}`, () => {
      // Two calls have two ids.
      const { id, created } = plain()
      const streamed = foldChat(stream(read('chat.sse'), size))
      assert.deepEqual({ ...streamed, id, created }, plain())
    })
    test(`chat: tool calls are whole, ${how}`, () => {
      const [choice] = foldChat(stream(read('tool-call.sse'), size)).choices
      const calls = choice?.parts.filter((part) => part.type === 'toolCall') ?? []
      assert.ok(calls.length > 0, 'there is no tool call')
      for (const { id, name, input } of calls) {
        assert.ok(id !== '' && name !== '', 'a tool call without id or name')
        assert.doesNotThrow(() => JSON.parse(input), `the arguments of ${name} are cut`)
      }
      assert.equal(choice?.finish?.reason, 'toolCalls')
    })
  }

  test('chat: a stream that breaks off is incomplete', () => {
    const bytes = read('chat.sse')
    const last = stream(bytes.subarray(0, bytes.length / 2), bytes.length).at(-1)
    assert.equal(last?.type === 'error' && last.error.code, 'upstream_incomplete')
  })
  checkErrors(test, chat, target, read)
}

function checkErrors(
  test: TestRunner['test'],
  chat: OutboundDialect<'chat'>,
  target: WireTarget,
  read: (file: string) => Uint8Array,
): void {
  const error = (status: number, body: Uint8Array): HubError =>
    chat.readError(status, { 'retry-after': '7' }, body, target)

  test('errors: a refused credential, haste and failure are told apart', () => {
    const codes = [401, 429, 500].map((status) => error(status, read(`error-${status}.json`)).code)
    assert.deepEqual(codes, ['credential_rejected', 'rate_limit_exceeded', 'upstream_failed'])
  })

  test('errors: Retry-After is read', () => {
    assert.equal(error(429, read('error-429.json')).retryAfterMs, 7_000)
  })

  test('errors: a key that the provider repeats goes no further', () => {
    const body = new TextDecoder().decode(read('error-401.json'))
    const echoing = JSON.stringify(JSON.parse(body), (_, value: unknown) =>
      typeof value === 'string' ? `${value} ${canary}` : value,
    )
    for (const status of [401, 403]) {
      const { message, cause, upstream, param } = error(status, new TextEncoder().encode(echoing))
      const told = `${message} ${String(cause)} ${JSON.stringify(upstream)} ${param}`
      assert.ok(!told.includes(canary), `the error of a ${status} repeats the key`)
    }
  })

  test('errors: no body is too strange', () => {
    for (const body of ['', '<html>bad gateway</html>', 'null', '[]', '{"error":7}', '\u0000']) {
      assert.equal(error(502, new TextEncoder().encode(body)).code, 'upstream_failed')
    }
  })
}
