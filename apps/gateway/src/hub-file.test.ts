import { expect, test } from 'vitest'
import { ConfigError } from './config-error.ts'
import { parseHubFile, readHubFile } from './hub-file.ts'

const read = (text: string, env: Record<string, string> = {}) => parseHubFile(text, 'hub.yaml', env)

function refusal(text: string, env: Record<string, string> = {}): string {
  try {
    read(text, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  throw new Error('It was accepted.')
}

test('the example of the documentation is accepted', () => {
  const file = read(
    `
providers:
  - id: openai
    credentials: [{ name: main, apiKey: "\${OPENAI_API_KEY}" }]
  - id: my-vllm
    dialect: openai
    baseUrl: http://10.0.0.5:8000/v1
    allowPrivateNetwork: true
    headers: { x-team: research }
models:
  - id: fast
    targets: [openai/gpt-4o-mini]
keys:
  - { name: ci, key: "\${CI_HUB_KEY}", models: [fast, my-vllm/*] }
billing: { enabled: false, signupGrant: "5" }
`,
    { OPENAI_API_KEY: 'sk-secret', CI_HUB_KEY: 'ci-key-of-sixteen-characters' },
  )
  expect(file.providers[0]?.credentials).toEqual([
    { name: 'main', fields: { apiKey: 'sk-secret' } },
  ])
  expect(file.models).toEqual([{ id: 'fast', targets: ['openai/gpt-4o-mini'] }])
  expect(file.keys[0]).toMatchObject({ name: 'ci', key: 'ci-key-of-sixteen-characters' })
})

test('an empty file and a missing optional one configure nothing', () => {
  expect(read('')).toEqual(read('{}'))
  expect(readHubFile({ path: '/nowhere/hub.yaml', required: false }, {})).toEqual(read(''))
})

test('a file that was asked for must exist', () => {
  expect(() => readHubFile({ path: '/nowhere/hub.yaml', required: true }, {})).toThrow(
    'HUB_CONFIG names /nowhere/hub.yaml, which cannot be read (ENOENT).',
  )
})

test.each([
  [
    'an unknown key',
    'providers:\n  - id: openai\n    baseURl: http://x\n',
    3,
    'unknown key "baseURl" in providers[0]',
  ],
  ['an unknown top-level key', 'providers: []\nprovider: []\n', 2, 'unknown key "provider"'],
  [
    'a missing variable',
    `keys:\n  - name: ci\n    key: \${NO_SUCH}\n`,
    3,
    'the environment variable NO_SUCH is not set',
  ],
  ['broken YAML', 'providers:\n  - id: openai\n   credentials: [\n', 3, 'Mend the YAML'],
  [
    'a wrong type',
    'providers:\n  - id: openai\n    allowPrivateNetwork: 1\n',
    3,
    'providers[0].allowPrivateNetwork: must be true or false.',
  ],
  ['a missing field', 'keys:\n  - name: ci\n', 2, 'keys[0].key: must be a text.'],
  [
    'a short key',
    'keys:\n  - name: ci\n    key: short\n',
    3,
    'keys[0].key: must have at least 16 characters.',
  ],
  [
    'two keys of one name',
    'keys:\n  - { name: a, key: 0123456789abcdef }\n  - { name: a, key: 0123456789abcdeg }\n',
    3,
    '"a" is there twice',
  ],
  [
    'a dialect nobody speaks',
    'providers:\n  - id: x\n    dialect: soap\n',
    3,
    'must be "openai", "openai-responses", "anthropic", "gemini" or "ollama"',
  ],
  [
    'two credentials',
    'providers:\n  - id: openai\n    credentials:\n      - { name: a, apiKey: x }\n      - { name: b, apiKey: y }\n',
    3,
    'not supported yet',
  ],
  [
    'two targets',
    'models:\n  - id: fast\n    targets:\n      - a/b\n      - c/d\n',
    3,
    'not supported yet',
  ],
  [
    'limits',
    'keys:\n  - name: ci\n    key: 0123456789abcdef\n    rpm: 600\n',
    4,
    'limits are not supported yet',
  ],
  ['billing', 'billing:\n  enabled: true\n', 2, 'billing is not supported yet'],
  ['a slip in billing', 'billing:\n  enabeld: true\n', 2, 'unknown key "enabeld" in billing'],
  [
    'an alias of a provider that is nowhere',
    'models:\n  - id: fast\n    targets: [opanai/gpt-4o]\n',
    3,
    'models[0].targets[0]: "opanai/gpt-4o" begins with no provider that is known or declared here',
  ],
  [
    'an alias of a bare name',
    'models:\n  - { id: fast, targets: [gpt-4o] }\n',
    2,
    '"gpt-4o" begins',
  ],
  ['a list where a map is due', '- 1\n- 2\n', 1, ''],
])('%s is refused with its line', (_, text, line, words) => {
  const message = refusal(text)
  expect(message).toContain(`hub.yaml:${line}: `)
  expect(message).toContain(words)
})

test('a refusal never repeats the value of a variable', () => {
  expect(refusal(`keys:\n  - name: ci\n    key: \${SHORT}\n`, { SHORT: 'hunter2' })).not.toContain(
    'hunter2',
  )
})
