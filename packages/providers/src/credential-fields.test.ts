import { HubError } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { needsCredential, readCredential } from './credential-fields.ts'
import { findProvider, registry } from './registry.ts'

const adapterOf = (id: string) => {
  const adapter = findProvider(id)
  if (!adapter) throw new TypeError(`There is no provider ${id}.`)
  return adapter
}
const read = (id: string, given: Record<string, string | undefined>) =>
  readCredential(adapterOf(id), given)

/** Why a credential is refused. */
function refusal(id: string, given: Record<string, string>): HubError {
  try {
    read(id, given)
  } catch (error) {
    if (error instanceof HubError) return error
    throw error
  }
  throw new TypeError('The credential was taken.')
}

const account = { project: 'project-1', location: 'us-central1', serviceAccount: '{}' }
const accessKey = { region: 'eu-west-1', accessKeyId: 'AKIA1', secretAccessKey: 'secret' }
const entra = { resource: 'my-hub', tenantId: 't', clientId: 'c', clientSecret: 's' }

describe('the fields of a credential', () => {
  test.each([
    ['openai', { apiKey: 'sk-1' }],
    ['bedrock', { region: 'eu-west-1', apiKey: 'ABSK1' }],
    ['bedrock', accessKey],
    ['bedrock', { ...accessKey, sessionToken: 'token' }],
    ['vertex', account],
    ['vertex', { apiKey: 'AIza1' }],
    ['azure-openai', { resource: 'my-hub', apiKey: 'key' }],
    ['azure-openai', entra],
    ['azure-openai', { ...entra, authority: 'https://login.microsoftonline.us' }],
    ['ollama', {}],
  ])('%s takes %j', (id, given) => {
    expect(read(id, given)).toEqual(given)
  })

  test('what is empty is not there', () => {
    expect(read('bedrock', { region: 'eu-west-1', apiKey: 'k', accessKeyId: '' })).toEqual({
      region: 'eu-west-1',
      apiKey: 'k',
    })
    expect(read('openai', { apiKey: 'sk-1', region: undefined })).toEqual({ apiKey: 'sk-1' })
  })

  test.each([
    ['openai', {}, 'apiKey'],
    ['bedrock', { apiKey: 'k' }, 'region'],
    ['bedrock', { region: 'eu-west-1' }, 'apiKey'],
    ['bedrock', { region: 'eu-west-1', accessKeyId: 'AKIA1' }, 'secretAccessKey'],
    ['bedrock', { region: 'eu-west-1', sessionToken: 't' }, 'accessKeyId'],
    ['vertex', {}, 'apiKey'],
    ['vertex', { project: 'project-1', location: 'global' }, 'serviceAccount'],
    ['azure-openai', { apiKey: 'k' }, 'resource'],
    ['azure-openai', { resource: 'my-hub', clientId: 'c', clientSecret: 's' }, 'tenantId'],
  ])('%s with only %j: the message names %s', (id, given, missing) => {
    const { code, param, message } = refusal(id, given)
    expect({ code, param }).toEqual({ code: 'invalid_request', param: missing })
    expect(message).toContain('is missing')
  })

  test.each([
    ['bedrock', { ...accessKey, apiKey: 'k' }],
    ['vertex', { ...account, apiKey: 'k' }],
    ['azure-openai', { ...entra, apiKey: 'k' }],
  ])('%s takes one way to authenticate, and not two at once', (id, given) => {
    expect(refusal(id, given).message).toContain('one field too many')
  })

  test.each([
    'login.example',
    'https://user@login.example',
    'https://login.example?',
    'https://login.example/#',
    'https://login.example\\@evil.example',
    'javascript:alert(1)',
  ])('%s is no place to send a secret to', (authority) => {
    expect(refusal('azure-openai', { ...entra, authority })).toMatchObject({ param: 'authority' })
  })

  test('a field that the provider does not have is refused with those it has', () => {
    const { param, message } = refusal('bedrock', { ...accessKey, project: 'canary' })
    expect(param).toBe('project')
    expect(message).toContain('region, apiKey, accessKeyId')
    expect(message).not.toContain('canary')
    expect(() => read('openai', { constructor: 'x', apiKey: 'k' })).toThrow('is no field')
  })

  test.each(
    registry.flatMap(({ id, credentialFields }) => credentialFields.map(({ name }) => [id, name])),
  )('%s: whatever is wrong, no message repeats what %s is', (id = '', name = '') => {
    const given = { nobodyKnows: 'canary-1', [name]: ' canary-2\n' }
    const { message } = refusal(id, given)
    expect(message).not.toContain('canary')
    const { pattern } = adapterOf(id).credentialFields.find((field) => field.name === name) ?? {}
    if (pattern !== undefined) {
      expect(refusal(id, { [name]: ' canary-2\n' }).message).not.toContain('canary')
    }
  })

  test('only providers whose servers one runs oneself do without any', () => {
    const without = registry.filter((adapter) => !needsCredential(adapter)).map(({ id }) => id)
    expect(without).toEqual(['ollama', 'lmstudio'])
  })

  test('no two fields are kept in one environment variable', () => {
    const names = registry.flatMap(({ credentialFields }) =>
      credentialFields.flatMap(({ environment }) => environment ?? []),
    )
    expect(new Set(names).size).toBe(names.length)
  })
})
