import { describe, expect, test } from 'vitest'
import { readCredential } from '../credential-fields.ts'
import { findProvider } from '../registry.ts'
import { neverSent } from '../testing/answers.ts'

const adapterOf = (id: string) => {
  const adapter = findProvider(id)
  if (!adapter) throw new TypeError(`There is no provider ${id}.`)
  return adapter
}
const addressOf = (id: string, fields: Record<string, string>) =>
  adapterOf(id).baseUrlFor?.(readCredential(adapterOf(id), fields))

const account = { project: 'project-1', serviceAccount: '{}' }

describe('where a provider is depends on the credential', () => {
  test.each([
    ['bedrock', { region: 'us-east-1' }, 'bedrock-runtime.us-east-1.amazonaws.com'],
    ['bedrock', { region: 'us-gov-west-1' }, 'bedrock-runtime.us-gov-west-1.amazonaws.com'],
    ['bedrock', { region: 'cn-north-1' }, 'bedrock-runtime.cn-north-1.amazonaws.com.cn'],
    ['bedrock', { region: 'eusc-de-east-1' }, 'bedrock-runtime.eusc-de-east-1.amazonaws.eu'],
    ['azure-openai', { resource: 'my-hub-2' }, 'my-hub-2.openai.azure.com'],
    ['vertex', {}, 'aiplatform.googleapis.com'],
  ])('%s with %j is at %s', (id, fields, host) => {
    const url = new URL(addressOf(id, { ...fields, apiKey: 'k' }) ?? '')
    expect(url).toMatchObject({ protocol: 'https:', host, username: '', search: '' })
  })

  test.each([
    ['us-central1', 'us-central1-aiplatform.googleapis.com'],
    ['global', 'aiplatform.googleapis.com'],
    ['us', 'aiplatform.us.rep.googleapis.com'],
    ['eu', 'aiplatform.eu.rep.googleapis.com'],
  ])('Vertex AI serves %s at %s', (location, host) => {
    expect(addressOf('vertex', { ...account, location })).toBe(
      `https://${host}/v1/projects/project-1/locations/${location}/publishers/google`,
    )
  })

  test('bedrock#13: the region that is signed for is the one that is called', async () => {
    const adapter = adapterOf('bedrock')
    const secrets = { region: 'eu-west-1', accessKeyId: 'AKIA1', secretAccessKey: 's' }
    const url = `${adapter.baseUrlFor?.(secrets)}/model/m/converse`
    const { headers } = await adapter.sign(
      { method: 'POST', url, headers: {}, body: '{}', allowPrivateNetwork: false },
      secrets,
      neverSent,
    )
    expect(new URL(url).host).toContain('.eu-west-1.')
    expect(headers.authorization).toContain('/eu-west-1/bedrock/aws4_request')
  })

  /** What would lead a request, and the credential with it, elsewhere. */
  const hostile = [
    'evil.example/',
    'evil.example#',
    'evil.example?',
    'evil.example\\',
    '@evil.example',
    'x@evil.example/',
    'us-east-1.evil.example',
    'us-east-1:443',
    'us-east-1/../..',
    'us-east-1%2f',
    '127.0.0.1',
    '[::1]',
    'localhost:80',
    'us-east-1\n',
    ' us-east-1',
    'us-east-1\t',
    'us-east-1\u0000',
    'ｕs-east-1',
    'US-EAST-1',
    'us—east—1',
    '..',
    '-',
    'a'.repeat(300),
  ]

  test.each([
    ['bedrock', 'region', { apiKey: 'k' }],
    ['azure-openai', 'resource', { apiKey: 'k' }],
    ['vertex', 'location', account],
    ['vertex', 'project', { location: 'global', serviceAccount: '{}' }],
  ])('no %s of %s leads anywhere else', (id, field, rest) => {
    for (const value of hostile) {
      const given = { ...rest, [field]: value }
      expect(() => addressOf(id, given), JSON.stringify(value)).toThrow(
        expect.objectContaining({ code: 'invalid_request', param: field }),
      )
    }
  })

  test('a domain before the id of a project stays in the path', () => {
    const fields = { ...account, project: 'example.com:project-1', location: 'global' }
    expect(new URL(addressOf('vertex', fields) ?? '').host).toBe('aiplatform.googleapis.com')
  })
})
