import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const folder = (path: string) => new URL(path, import.meta.url).pathname
const guide = readFileSync(folder('../../../CONTRIBUTING.md'), 'utf8').split('\n## ')
const section = guide.find((text) => text.startsWith('Adding a provider')) ?? ''
/** The first example in this language, as it stands in the list. */
const example = (language: string) => {
  const [, lines = ''] = section.split(`   \`\`\`${language}\n`)
  return lines.slice(0, lines.indexOf('   ```')).replaceAll(/^ {3}/gm, '')
}

/** Runs the conformance suite of the copy in Node's own test runner. */
const suite = `import { describe, test } from 'node:test'
import { checkConformance } from './src/conformance.ts'
checkConformance({ describe, test }, { fixtures: new URL('./fixtures/', import.meta.url) })
`

describe('a provider nobody had heard of', () => {
  const copy = mkdtempSync(join(tmpdir(), 'new-provider-'))
  const at = (path: string) => join(copy, path)

  const conformance = () => {
    const command = ['--conditions=@aigne-hub/source', '--test', 'suite.mjs']
    // Node's runner would take this process for its parent.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    return spawnSync(process.execPath, command, { cwd: copy, encoding: 'utf8', env })
  }
  const addToRegistry = () => {
    const path = at('src/registry.ts')
    const [importLine, entry] = [...example('diff').matchAll(/^\+(.*)$/gm)].map(([, line]) => line)
    const list = 'const entries: readonly Entry[] = [\n'
    const registry = readFileSync(path, 'utf8')
    expect(registry).toContain(list)
    writeFileSync(path, `${importLine}\n${registry.replace(list, `${list}${entry}\n`)}`)
  }

  beforeAll(() => {
    for (const part of ['src', 'models', 'fixtures', 'package.json']) {
      cpSync(folder(`../${part}`), at(part), { recursive: true })
    }
    symlinkSync(folder('../node_modules'), at('node_modules'))
    writeFileSync(at('suite.mjs'), suite)
    writeFileSync(at('src/catalog/acme.ts'), example('ts'))
    addToRegistry()
  })
  afterAll(() => rmSync(copy, { recursive: true }))

  test('is asked for by name until its answers are recorded', () => {
    const { status, stdout } = conformance()
    expect(status).toBe(1)
    expect(stdout).toMatch(/provider "acme" lacks recorded answers/)
    expect(stdout).not.toMatch(/provider "(?!acme")[^"]*" lacks/)
  })

  test('takes the file, the line and the folder of the guide, and nothing else', () => {
    const recorded = at('fixtures/acme')
    mkdirSync(recorded)
    for (const name of readdirSync(at('fixtures/openai'))) {
      if (section.includes(`\`${name}\``))
        cpSync(at(`fixtures/openai/${name}`), join(recorded, name))
    }
    const { status, stdout } = conformance()
    expect(stdout).toMatch(/acme/)
    expect(stdout).toMatch(/\bfail 0\b/)
    expect(status).toBe(0)
  })
})
