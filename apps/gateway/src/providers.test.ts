import { expect, test } from 'vitest'
import { providersFromEnvironment } from './providers.ts'

const found = (environment: Record<string, string>) =>
  providersFromEnvironment(environment).map(({ adapter, credentials: [credential] }) => ({
    id: adapter.id,
    fields: Object.keys(credential?.open() ?? {}).sort(),
  }))

const accessKey = { AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 'secret' }
const tenant = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's' }

test.each([
  ['half of an access key', { AWS_REGION: 'eu-west-1', AWS_SECRET_ACCESS_KEY: 'secret' }],
  ['a key without its region', { AWS_BEARER_TOKEN_BEDROCK: 'k', ...accessKey }],
  ['a tenant without a resource', tenant],
  ['what is no secret', { AWS_REGION: 'eu-west-1', GOOGLE_VERTEX_PROJECT: 'project-1' }],
  ['an empty key', { OPENAI_API_KEY: ' ' }],
])('%s in the environment sets up nothing', (_, environment) => {
  expect(found(environment)).toEqual([])
})

test.each([
  [
    'a key of Bedrock beside an access key and a session',
    {
      AWS_REGION: 'eu-west-1',
      AWS_BEARER_TOKEN_BEDROCK: 'k',
      ...accessKey,
      AWS_SESSION_TOKEN: 'token',
    },
    [{ id: 'bedrock', fields: ['apiKey', 'region'] }],
  ],
  [
    'an access key',
    { AWS_REGION: 'eu-west-1', ...accessKey },
    [{ id: 'bedrock', fields: ['accessKeyId', 'region', 'secretAccessKey'] }],
  ],
  [
    'a key of Azure OpenAI beside a tenant for something else',
    { AZURE_RESOURCE_NAME: 'my-hub', AZURE_OPENAI_API_KEY: 'k', ...tenant },
    [{ id: 'azure-openai', fields: ['apiKey', 'resource'] }],
  ],
  [
    'a tenant beside no key',
    { AZURE_RESOURCE_NAME: 'my-hub', ...tenant },
    [{ id: 'azure-openai', fields: ['clientId', 'clientSecret', 'resource', 'tenantId'] }],
  ],
  [
    'a key of Vertex beside a project',
    {
      GOOGLE_VERTEX_API_KEY: 'k',
      GOOGLE_VERTEX_PROJECT: 'project-1',
      GOOGLE_VERTEX_LOCATION: 'eu',
    },
    [{ id: 'vertex', fields: ['apiKey'] }],
  ],
])('%s in the environment is one credential', (_, environment, expected) => {
  expect(found(environment)).toEqual(expected)
})
