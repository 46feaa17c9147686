import { HubError, type Operation, type Provider } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { planRoute } from './route-plan.ts'
import { credential, host, model } from './testing/providers.ts'

const resolved = (providers: readonly Provider[], line = 'm') => ({
  name: 'm',
  isAlias: false,
  candidates: providers.map((provider) => ({ provider, model: model(line) })),
})

function credentialOf(provider: Provider): string | undefined {
  return planRoute(resolved([provider]), { operation: 'chat' }).targets[0].credential.name
}

function refusalOf(providers: readonly Provider[], operation: Operation, line?: string): HubError {
  try {
    planRoute(resolved(providers, line), { operation })
  } catch (error) {
    if (error instanceof HubError) return error
    throw error
  }
  throw new Error('There is a plan.')
}

test('a credential for the model goes before a general one', () => {
  const credentials = [credential('general'), credential('own', ['m'])]
  expect(credentialOf(host('lab', ['m'], { credentials }))).toBe('own')
})

test('a credential for other models is not used', () => {
  const credentials = [credential('other', ['x']), credential('general')]
  expect(credentialOf(host('lab', ['m'], { credentials }))).toBe('general')
})

test('the first provider with a credential is the target; the others are left out with a reason', () => {
  const without = host('one', ['m'], { credentials: [] })
  const { targets, leftOut } = planRoute(resolved([without, host('two', ['m'])]), {
    operation: 'chat',
  })
  expect(targets.map(({ provider }) => provider.id)).toEqual(['two'])
  expect(leftOut).toEqual([{ name: 'one/m', reason: 'has no credential' }])
})

test('a model for something else is a bad request that says so', () => {
  expect(refusalOf([host('lab', [])], 'embeddings', 'm chat')).toMatchObject({
    code: 'invalid_request',
    param: 'model',
    message:
      'The model "m" cannot be asked for embeddings (lab/m does not serve embeddings). Choose another model.',
  })
})

test('a provider without a dialect for the operation cannot be asked, whatever its model says', () => {
  const { adapter, credentials } = host('lab', [])
  const chatOnly = {
    credentials,
    adapter: { ...adapter, dialects: { chat: adapter.dialects.chat } },
  }
  expect(refusalOf([chatOnly as Provider], 'images', 'm images').code).toBe('invalid_request')
})

test('without any credential there is no target, and the message says why', () => {
  const providers = [
    host('one', ['m'], { credentials: [] }),
    host('two', ['m'], { credentials: [credential('other', ['x'])] }),
  ]
  expect(refusalOf(providers, 'chat')).toMatchObject({
    code: 'no_target_available',
    status: 503,
    message:
      'No provider can serve "m" now (one/m has no credential; two/m has no credential). The operator can add a credential.',
  })
})
