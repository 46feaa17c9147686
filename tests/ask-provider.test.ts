// What every provider is asked besides running a model: for its models, and whether a key is good.
import { createSimulator, type Listening } from '@aigne-hub/simulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  checkCredential,
  findProvider,
  listModels,
  type ProviderSetUp,
  setUpProvider,
} from '../packages/providers/src/index.ts'
import { createUndiciTransport } from '../packages/providers/src/undici-transport.ts'
import { type ProviderId, places, providerIds } from './every-provider.ts'

const goodKey = 'good-canary-key'
const badKey = 'bad-canary-key'

const simulator = createSimulator({ requireKey: goodKey })
const transport = createUndiciTransport()
let server: Listening

beforeAll(async () => {
  server = await simulator.listen()
})
afterAll(() => server.close())

function credentialOf(id: ProviderId, key: string): Record<string, string> {
  switch (id) {
    case 'bedrock':
      return { region: 'us-east-1', accessKeyId: key, secretAccessKey: `secret-of-${key}` }
    case 'azure-openai':
      return { resource: 'example', apiKey: key }
    default:
      return { apiKey: key }
  }
}

function setUp(id: ProviderId, more: ProviderSetUp) {
  const adapter = findProvider(id)
  if (!adapter) throw new TypeError(`There is no provider ${id}.`)
  const baseUrl = `${server.url}/${places[id]}`
  const provider = setUpProvider(adapter, { baseUrl, allowPrivateNetwork: true, ...more })
  const [credential] = provider.credentials
  if (!credential) throw new TypeError(`${id} has no credential.`)
  return { adapter: provider.adapter, credential }
}

const withKey = (id: ProviderId, key: string) => setUp(id, { credentials: [credentialOf(id, key)] })

/** The paths of the requests that `ask` makes. */
async function pathsOf(ask: () => Promise<unknown>): Promise<(string | undefined)[]> {
  const before = simulator.requests.length
  await ask()
  return simulator.requests.slice(before).map(({ path }) => path)
}

describe.each(providerIds)('%s', (id) => {
  test('takes a good key', async () => {
    const { adapter, credential } = withKey(id, goodKey)
    await expect(checkCredential(adapter, credential, { transport })).resolves.toBeUndefined()
  })

  test('refuses a bad one, and nobody repeats it', async () => {
    const { adapter, credential } = withKey(id, badKey)
    const refusal = await checkCredential(adapter, credential, { transport }).catch(
      (error: unknown) => error,
    )
    expect(refusal).toMatchObject({ code: 'credential_rejected' })
    const { message, cause, upstream } = refusal as {
      message: string
      cause: unknown
      upstream: unknown
    }
    expect(`${message} ${String(cause)} ${JSON.stringify(upstream)}`).not.toContain('canary')
  })

  test('tells its models, each with what it can be asked', async () => {
    const { adapter, credential } = withKey(id, goodKey)
    const models = await listModels(adapter, credential, { transport })
    expect(models.length).toBeGreaterThan(2)
    for (const { id, operations, created = 0 } of models) {
      expect(id).not.toBe('')
      expect(operations.length).toBeGreaterThan(0)
      // Seconds, whatever the provider counts in.
      expect(created).toBeLessThan(10_000_000_000)
    }
  })
})

describe('what the check of a key asks for', () => {
  test.each([
    ['openrouter', '/openrouter/api/v1/key'],
    ['deepseek', '/deepseek/user/balance'],
    ['xai', '/xai/v1/api-key'],
    ['poe', '/poe/usage/current_balance'],
    ['bedrock', '/bedrock/inference-profiles?maxResults=1'],
    ['ideogram', '/ideogram/models'],
  ] as const)('%s is asked for %s, which wants the key and costs nothing', async (id, path) => {
    const { adapter, credential } = withKey(id, goodKey)
    const paths = await pathsOf(() => checkCredential(adapter, credential, { transport }))
    expect(paths).toEqual([path])
  })

  test("bedrock: lists are asked of the control plane's host", () => {
    const bedrock = findProvider('bedrock')
    const address = bedrock?.baseUrlFor?.({ region: 'eu-west-1' }) ?? ''
    for (const question of [bedrock?.listModels, bedrock?.credentialCheck]) {
      expect(question?.at?.(address)).toBe('https://bedrock.eu-west-1.amazonaws.com')
    }
  })
})

describe('credentials that are exchanged for a token first', () => {
  const tenant = { resource: 'example', tenantId: 'tenant-1', clientId: 'client-1' }

  test('Entra ID, in the place that the credential names', async () => {
    const { adapter, credential } = setUp('azure-openai', {
      credentials: [{ ...tenant, clientSecret: goodKey, authority: `${server.url}/azure-openai` }],
    })
    const paths = await pathsOf(() => listModels(adapter, credential, { transport }))
    expect(paths).toEqual([
      '/azure-openai/tenant-1/oauth2/v2.0/token',
      '/azure-openai/openai/v1/models',
    ])
  })
})
