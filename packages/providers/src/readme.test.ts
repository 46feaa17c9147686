import { readFileSync } from 'node:fs'
import type { CredentialField } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { registry } from './registry.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const rows = readme.split('\n').flatMap((line) => {
  const [, , provider, fields] = line.split('|').map((cell) => cell.trim())
  return fields?.startsWith('`') ? [{ provider, fields }] : []
})

const told = ({ name, required, environment }: CredentialField) =>
  `\`${name}\`${required ? '' : '?'}${environment === undefined ? '' : ` (\`${environment}\`)`}`

test('the README lists every provider with each way to authenticate', () => {
  const expected = registry
    .filter(({ id }) => id !== 'sim')
    .flatMap(({ name, credentialFields }) => {
      const ways = new Set(credentialFields.flatMap(({ way }) => way ?? []))
      return [...(ways.size > 0 ? ways : [undefined])].map((way, at) => ({
        provider: at === 0 ? name : 'or',
        fields: credentialFields
          .filter((field) => field.way === undefined || field.way === way)
          .map(told)
          .join(', '),
      }))
    })
  expect(rows).toEqual(expected)
})
