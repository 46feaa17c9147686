// What an operator writes to use a provider: a credential by the fields of that provider, in hub.yaml or in
// the environment; and what is said of one that is wrong.
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../apps/gateway/src/config-error.ts'
import { parseHubFile } from '../apps/gateway/src/hub-file.ts'
import { adminKey, discard, runToEnd, startHub } from './hub.ts'

/** Stands wherever a secret does; no message may hold it. */
const secret = 'hunter2-of-the-tests'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const serviceAccount = JSON.stringify(
  {
    type: 'service_account',
    project_id: 'project-1',
    private_key_id: 'k1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'hub@project-1.iam.gserviceaccount.com',
    token_uri: 'https://oauth2.googleapis.com/token',
  },
  undefined,
  2,
)

/** A provider with one credential of these lines; the first of them is line 5. */
const withCredential = (id: string, ...fields: string[]) =>
  `providers:\n  - id: ${id}\n    credentials:\n      - name: main\n${fields.map((field) => `        ${field}\n`).join('')}`

/** What is said of a file that cannot be used. */
function refusal(file: string): string {
  try {
    parseHubFile(file, './hub.yaml', {})
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  throw new Error('It was accepted.')
}

/** The models that a caller is shown, as `provider/model`. */
async function startedWith(options: Parameters<typeof startHub>[0]): Promise<string[]> {
  const hub = await startHub(options)
  try {
    expect(hub.printed + hub.log()).not.toContain(secret)
    const response = await fetch(`${hub.url}/v1/models`, {
      headers: { authorization: `Bearer ${adminKey}` },
    })
    const { data } = (await response.json()) as { data: { id: string }[] }
    return data.map(({ id }) => id)
  } finally {
    await discard(hub)
  }
}

const providersOf = (models: string[]) =>
  [...new Set(models.map((id) => id.slice(0, id.indexOf('/'))))].filter((id) => id !== 'sim').sort()

describe.concurrent('in hub.yaml', () => {
  test('a credential has the fields of its provider', async () => {
    const indented = serviceAccount.replaceAll('\n', '\n            ')
    const file = [
      'providers:',
      `  - id: bedrock\n    credentials: [{ name: main, region: eu-central-1, accessKeyId: AKIA1, secretAccessKey: ${secret} }]`,
      `  - id: azure-openai\n    credentials: [{ name: main, resource: my-resource, apiKey: ${secret} }]`,
      '    models: [{ id: my-deployment, is: gpt-5 }, gpt-5-mini]',
      '  - id: vertex\n    credentials:\n      - name: main\n        project: project-1\n        location: europe-west1',
      `        serviceAccount: |\n            ${indented}`,
      `  - id: xai\n    credentials: [{ name: main, apiKey: ${secret} }]`,
      'media: { allowPrivateNetwork: false }',
    ]
    const models = await startedWith({ file: `${file.join('\n')}\n` })
    expect(providersOf(models)).toEqual(['azure-openai', 'bedrock', 'vertex', 'xai'])
    expect(models.filter((id) => id.startsWith('azure'))).toEqual([
      'azure-openai/my-deployment',
      'azure-openai/gpt-5-mini',
    ])
  })

  test.for<[what: string, file: string, message: string]>([
    [
      'a field of another provider',
      withCredential('openai', `apiKey: ${secret}`, 'region: us-east-1'),
      './hub.yaml:6: providers[0].credentials[0].region: is no field of a credential of OpenAI: ',
    ],
    [
      'a misspelled field',
      withCredential('bedrock', 'region: us-east-1', `apikey: ${secret}`),
      './hub.yaml:6: providers[0].credentials[0].apikey: is no field of a credential of Amazon Bedrock: region, apiKey, accessKeyId, secretAccessKey, sessionToken.',
    ],
    [
      'no region',
      withCredential('bedrock', `apiKey: ${secret}`),
      './hub.yaml:4: providers[0].credentials[0].region: is missing: Amazon Bedrock needs it.',
    ],
    [
      'a region alone',
      withCredential('bedrock', 'region: us-east-1'),
      './hub.yaml:4: providers[0].credentials[0].apiKey: is missing. Give apiKey; or accessKeyId, secretAccessKey.',
    ],
    [
      'half an access key',
      withCredential('bedrock', 'region: us-east-1', 'accessKeyId: AKIA1'),
      './hub.yaml:4: providers[0].credentials[0].secretAccessKey: is missing. Give apiKey; or accessKeyId, secretAccessKey.',
    ],
    [
      'two ways at once',
      withCredential('bedrock', 'region: us-east-1', `apiKey: ${secret}`, 'accessKeyId: AKIA1'),
      './hub.yaml:7: providers[0].credentials[0].accessKeyId: is one field too many. Give apiKey; or accessKeyId, secretAccessKey.',
    ],
    [
      'a key and a service account',
      withCredential('vertex', `apiKey: ${secret}`, 'project: project-1'),
      './hub.yaml:6: providers[0].credentials[0].project: is one field too many. Give apiKey; or project, location, serviceAccount.',
    ],
    [
      'no resource',
      withCredential('azure-openai', `apiKey: ${secret}`),
      './hub.yaml:4: providers[0].credentials[0].resource: is missing: Azure OpenAI needs it.',
    ],
    [
      'an Entra client without its secret',
      withCredential('azure-openai', 'resource: r', 'tenantId: t', 'clientId: c'),
      './hub.yaml:4: providers[0].credentials[0].clientSecret: is missing. Give apiKey; or tenantId, clientId, clientSecret.',
    ],
    [
      'a number where a secret is wanted',
      withCredential('xai', 'apiKey: 5'),
      './hub.yaml:5: providers[0].credentials[0].apiKey: must be a text.',
    ],
    [
      'an empty secret',
      withCredential('xai', 'apiKey: ""'),
      './hub.yaml:5: providers[0].credentials[0].apiKey: must not be empty.',
    ],
    [
      'a credential without a proper name',
      `providers:\n  - id: xai\n    credentials: [{ name: my key, apiKey: ${secret} }]\n`,
      './hub.yaml:3: providers[0].credentials[0].name: must be 1 to 64 letters',
    ],
    [
      'a weight below zero',
      withCredential('xai', 'weight: -1', `apiKey: ${secret}`),
      './hub.yaml:5: providers[0].credentials[0].weight: must be above 0.',
    ],
    [
      'a secret of two lines',
      withCredential('groq', 'apiKey: |', `  ${secret}`, `  ${secret}`),
      './hub.yaml:5: providers[0].credentials[0].apiKey: holds a character that HTTP cannot carry',
    ],
    [
      'a deployment of no model',
      'providers:\n  - id: azure-openai\n    models:\n      - { id: mine, as: gpt-5 }\n',
      './hub.yaml:4: providers[0].models[0]',
    ],
    [
      'a model that is a number',
      'providers:\n  - id: ollama\n    models: [5]\n',
      './hub.yaml:3: providers[0].models[0]: must be a model name, or "{ id: my-deployment, is: gpt-5 }".',
    ],
    [
      'a wish for media in words',
      'media: { allowPrivateNetwork: yes please }\n',
      './hub.yaml:1: media.allowPrivateNetwork: must be true or false.',
    ],
    [
      'a setting of media that nobody knows',
      'media:\n  allowPrivateNetworks: true\n',
      './hub.yaml:2: unknown key "allowPrivateNetworks" in media. Check its spelling, or remove it.',
    ],
    ['media without settings', 'media: true\n', './hub.yaml:1: media: must hold names and values'],
  ])('%s is refused with file and line', ([, file, message]) => {
    const refused = refusal(file)
    expect(refused).toContain(message)
    expect(refused).toMatch(/^[^\n]+\.$/)
    expect(refused).not.toContain(secret)
  })

  test('the process that reads it says so in one line and ends', async () => {
    const file = withCredential('bedrock', 'region: us-east-1', `apikey: ${secret}`)
    const { code, stdout, stderr } = await runToEnd({ file })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(`aigne-hub-gateway: ${refusal(file)}\n`)
  })

  // All of them would make the hub sign for, or send a key to, somebody else's address.
  test.for<[id: string, field: string, rest: string, values: string[]]>([
    [
      'azure-openai',
      'resource',
      `apiKey: ${secret}`,
      [
        'evil.example/',
        'evil.example#',
        'a.b',
        'a@evil',
        '-a',
        '"a b"',
        '"a\\n"',
        '../a',
        '"a\\\\b"',
      ],
    ],
    [
      'bedrock',
      'region',
      `apiKey: ${secret}`,
      ['us-east-1.evil', 'us-east-1/', 'evil#', 'US-EAST-1', '"us-east-1\\n"', '"us-east-1:80"'],
    ],
    [
      'vertex',
      'location',
      'project: project-1',
      ['evil.example/', 'us-central1.evil', '"us-central1 "', 'a@evil', '"evil?"'],
    ],
    [
      'vertex',
      'project',
      'location: global',
      ['p/../../x', 'project-1?x', '"project-1\\n"', '"project%2f"'],
    ],
  ])('%s: no %s leads anywhere else', ([id, field, rest, values]) => {
    for (const value of values) {
      const refused = refusal(withCredential(id, `${field}: ${value}`, rest))
      const place = `./hub.yaml:5: providers[0].credentials[0].${field}: `
      expect(refused.startsWith(place), `${value}: ${refused}`).toBe(true)
      expect(refused).not.toMatch(/evil|hunter2|\n/)
    }
  })
})

describe.concurrent('in the environment', () => {
  test('the usual names make the providers they belong to', async () => {
    const keys = ['XAI', 'GROQ', 'MISTRAL', 'DEEPSEEK', 'OPENROUTER', 'POE', 'IDEOGRAM']
    const env = Object.fromEntries(keys.map((name) => [`${name}_API_KEY`, secret]))
    const models = await startedWith({
      env: {
        ...env,
        AWS_BEARER_TOKEN_BEDROCK: secret,
        AWS_REGION: 'eu-west-1',
      },
    })
    expect(providersOf(models)).toEqual(
      ['bedrock', ...keys.map((name) => name.toLowerCase())].sort(),
    )
  })

  test('half of what a provider needs makes none, and harms nobody', async () => {
    const models = await startedWith({
      env: {
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'AKIA1',
        AZURE_OPENAI_API_KEY: secret,
        AZURE_TENANT_ID: 'tenant',
        GOOGLE_VERTEX_PROJECT: 'project-1',
        GOOGLE_VERTEX_LOCATION: 'global',
      },
    })
    expect(providersOf(models)).toEqual([])
  })

  test('a region alone makes none, and a whole access key one', async () => {
    expect(providersOf(await startedWith({ env: { AWS_REGION: 'eu-west-1' } }))).toEqual([])
    const env = {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIA1',
      AWS_SECRET_ACCESS_KEY: secret,
    }
    expect(providersOf(await startedWith({ env }))).toEqual(['bedrock'])
  })

  test('what hub.yaml says of a provider goes before the environment', async () => {
    const models = await startedWith({
      file: `providers:\n  - id: xai\n    models: [only-this]\n    credentials: [{ name: main, apiKey: ${secret} }]\n`,
      env: { XAI_API_KEY: secret },
    })
    expect(models.filter((id) => id.startsWith('xai/'))).toEqual(['xai/only-this'])
  })
})
