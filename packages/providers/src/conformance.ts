import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import type {
  DialectId,
  Json,
  Model,
  Operation,
  OutboundDialect,
  ProviderAdapter,
  ProviderDialect,
  WireTarget,
} from '@aigne-hub/protocol'
import { readBaseUrl } from './base-url.ts'
import {
  type ChatRecordings,
  canary,
  checkChat,
  checkErrorsOf,
  type TestRunner,
} from './conformance-chat.ts'
import { checkReply, repliesOf } from './conformance-replies.ts'
import { registry } from './registry.ts'

export type { TestRunner } from './conformance-chat.ts'

export interface ConformanceOptions {
  /** Default: every provider of the registry. */
  adapters?: readonly ProviderAdapter[]
  /** The folder with one folder of recorded answers a provider, named after its id. */
  fixtures: URL
}

const errorFiles = ['error-401.json', 'error-429.json', 'error-500.json']

/** The recorded answers of each chat dialect: the preferred one's, then those with its id. */
function recordingsOf(adapter: ProviderAdapter): [OutboundDialect<'chat'>, ChatRecordings][] {
  return (adapter.dialects.chat ?? []).map((chat, at) => {
    const stem = at === 0 ? 'chat' : chat.id
    const toolCall = at === 0 ? 'tool-call.sse' : `${chat.id}-tool-call.sse`
    return [chat, { plain: `${stem}.json`, stream: `${stem}.sse`, toolCall }]
  })
}

/** The recorded count of tokens: the preferred dialect's, then those with its id. */
const countFile = (dialect: DialectId, at: number) =>
  at === 0 ? 'count-tokens.json' : `${dialect}.json`

/** Every file a provider's folder needs. */
function neededFiles(adapter: ProviderAdapter): string[] {
  const chats = recordingsOf(adapter).flatMap(([, files]) => Object.values(files))
  return [
    ...chats,
    ...(adapter.dialects.countTokens ?? []).map(({ id }, at) => countFile(id, at)),
    ...errorFiles,
    ...repliesOf(adapter).map(({ stem }) => `${stem}.json`),
    ...(adapter.listModels ? ['models.json'] : []),
  ]
}

/**
 * What every provider keeps, as tests of your own runner:
 * `checkConformance({ describe, test }, { fixtures: new URL('./fixtures/', import.meta.url) })`.
 * `chat.json` and `chat.sse` hold the same answer, `tool-call.sse` one with at least one tool call: in
 * the preferred chat dialect. Each further one has `<dialect>.json`, `<dialect>.sse` and
 * `<dialect>-tool-call.sse`. `error-<status>.json` are the bodies of those errors, `models.json` is the
 * list of models; `count-tokens.json`, `embeddings.json`, `images.json` and so on are answers, of further
 * dialects `<dialect>.json`; the answers of later requests of an exchange are `<name>-2.json` and so on.
 */
export function checkConformance(runner: TestRunner, options: ConformanceOptions): void {
  for (const adapter of options.adapters ?? registry) {
    runner.describe(adapter.id, () => checkAdapter(runner, adapter, options.fixtures))
  }
}

function checkAdapter({ test }: TestRunner, adapter: ProviderAdapter, fixtures: URL): void {
  const folder = new URL(`${adapter.id}/`, fixtures)
  const read = (file: string): Uint8Array => readFileSync(new URL(file, folder))
  test('its data holds together', () => checkData(adapter))
  test('its answers are recorded', () => checkFolder(adapter, folder))
  test('its secrets enter headers and nothing else', () => checkSigning(adapter))
  for (const [chat, recordings] of recordingsOf(adapter)) {
    const name = recordings.plain === 'chat.json' ? 'chat' : `chat in ${chat.id}`
    checkChat(test, { name, chat, recordings }, targetOf(adapter, 'chat', chat.id), read)
  }
  checkReplies(test, adapter, read)
  checkErrors(test, adapter, read)
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

function checkReplies(
  test: TestRunner['test'],
  adapter: ProviderAdapter,
  read: (file: string) => Uint8Array,
): void {
  for (const [at, dialect] of (adapter.dialects.countTokens ?? []).entries()) {
    const file = countFile(dialect.id, at)
    test(`${file}: there is a count`, () => {
      const target = targetOf(adapter, 'countTokens', dialect.id)
      const { inputTokens } = dialect.readResponse(read(file), target)
      assert.ok(inputTokens > 0, 'there is no count')
    })
  }
  for (const { dialect, stem } of repliesOf(adapter)) {
    test(`${stem}: the answer is read`, () => {
      checkReply(dialect, targetOf(adapter, dialect.operation, dialect.id), stem, read)
    })
  }
}

/** A model that is served this way, if the provider lists one. */
function targetOf(adapter: ProviderAdapter, operation: Operation, dialect: DialectId): WireTarget {
  const model = adapter.models.find(
    ({ operations, dialects }) =>
      operations.includes(operation) && (dialects?.includes(dialect) ?? true),
  )
  const { id = 'model', quirks = adapter.quirks, limits = {} } = model ?? {}
  return { provider: adapter.id, model: id, quirks, limits }
}

/** Providers that do not chat tell errors apart all the same. */
function checkErrors(
  test: TestRunner['test'],
  adapter: ProviderAdapter,
  read: (file: string) => Uint8Array,
): void {
  const [dialect] = Object.values(adapter.dialects).flat()
  if (adapter.dialects.chat || !dialect) return
  checkErrorsOf(test, 'errors', dialect, targetOf(adapter, dialect.operation, dialect.id), read)
}

function checkData(adapter: ProviderAdapter): void {
  const { id, baseUrl, dialects, models, relay } = adapter
  assert.match(id, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'the id is lower-case letters, digits, dashes')
  assert.equal(readBaseUrl(baseUrl), baseUrl)
  assert.equal(new Set(models.map((model) => model.id)).size, models.length, 'a model is repeated')
  for (const model of models) checkModel(model, dialects)
  const all: readonly ProviderDialect[] = Object.values(dialects).flat()
  for (const dialect of relay) {
    assert.ok(
      all.some((one) => one.id === dialect && 'relay' in one && one.relay),
      `${dialect} cannot be passed through`,
    )
  }
}

function checkModel(model: Model, dialects: ProviderAdapter['dialects']): void {
  for (const operation of model.operations) {
    const offered = dialects[operation]?.map(({ id }) => id) ?? []
    assert.ok(offered.length > 0, `no dialect serves ${operation} of ${model.id}`)
    if (operation !== 'chat') continue
    for (const some of [model.dialects, model.toolDialects]) {
      const served = some === undefined || some.some((dialect) => offered.includes(dialect))
      assert.ok(served, `${model.id} is served in ${some}, and its provider speaks ${offered}`)
    }
  }
}

function checkFolder(adapter: ProviderAdapter, folder: URL): void {
  const missing = neededFiles(adapter).filter((file) => !existsSync(new URL(file, folder)))
  const where = `provider "${adapter.id}" lacks recorded answers in ${folder.pathname}`
  assert.deepEqual(missing, [], where)
}

/** The credential fields of the first way to authenticate, all of them filled in. */
function canarySecrets({ credentialFields }: ProviderAdapter): Record<string, string> {
  const way = credentialFields.find((field) => field.way !== undefined)?.way
  const fields = credentialFields.filter((field) => field.way === undefined || field.way === way)
  return Object.fromEntries(fields.map(({ name, secret }) => [name, secret ? canary : 'eu-west-1']))
}

async function checkSigning(adapter: ProviderAdapter): Promise<void> {
  const { sign, credentialFields, baseUrl } = adapter
  const secrets = canarySecrets(adapter)
  const request = {
    method: 'POST',
    url: `${baseUrl}/path`,
    headers: { 'content-type': 'application/json' },
    body: '{}',
    allowPrivateNetwork: false,
  } as const
  const { headers, ...rest } = await sign(request, secrets, () => {
    throw new TypeError('The first way to authenticate of a provider needs no request of its own.')
  })
  const { headers: _, ...before } = request
  assert.deepEqual(rest, before)
  if (credentialFields.some(({ secret, required }) => secret && required)) {
    assert.ok(JSON.stringify(headers).includes(canary), 'no header carries the secret')
  }
}
