import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { packageOf, publishedImports } from './imports.ts'
import { type PackageJson, published, root, type WorkspacePackage } from './workspace.ts'

const byName = published.map((entry) => [entry.shortName, entry] as const)

describe('who may import whom', () => {
  const everything = published.map(({ shortName }) => shortName)
  /** A name behind `type ` may only be imported for its types. */
  const allowed: Record<string, string[]> = {
    protocol: [],
    simulator: [],
    dialects: ['protocol'],
    core: ['protocol'],
    vault: ['protocol'],
    identity: ['protocol'],
    billing: ['protocol'],
    providers: ['protocol', 'dialects'],
    store: ['protocol', 'type core', 'type vault', 'type identity', 'type billing'],
    client: ['type protocol'],
    cli: ['client'],
    gateway: everything,
  }
  const pure = ['protocol', 'dialects', 'core', 'billing']

  test.for(byName)('%s imports only those packages of ours that it may', ([name, { path }]) => {
    expect(allowed, `say in this test what packages/${name} may import`).toHaveProperty(name)
    const may = allowed[name] ?? []
    const forbidden = publishedImports(path).filter(({ specifier, typeOnly }) => {
      if (!specifier.startsWith('@aigne-hub/')) return false
      const target = packageOf(specifier)?.slice('@aigne-hub/'.length) ?? ''
      return !(may.includes(target) || (typeOnly && may.includes(`type ${target}`)))
    })
    expect(forbidden).toEqual([])
  })

  test.for(byName)('%s reaches other packages by name, never through a path', ([, { path }]) => {
    const outside = publishedImports(path).filter(
      ({ from, specifier }) =>
        specifier.startsWith('.') && !join(dirname(from), specifier).startsWith(`${path}/`),
    )
    expect(outside).toEqual([])
  })

  test.for(byName)('%s declares every package it imports', ([, { path, json }]) => {
    const declared = [json.name, ...Object.keys(json.dependencies ?? {})]
    const undeclared = publishedImports(path).filter(({ specifier }) => {
      const target = packageOf(specifier)
      return target !== undefined && !isBuiltin(specifier) && !declared.includes(target)
    })
    expect(undeclared).toEqual([])
  })

  test.for(byName.filter(([name]) => pure.includes(name)))(
    '%s is pure: it imports nothing of Node and sees none of its types',
    ([, { path }]) => {
      const ofNode = publishedImports(path).filter(({ specifier }) => isBuiltin(specifier))
      expect(ofNode).toEqual([])
      const { compilerOptions } = JSON.parse(readFileSync(`${path}/tsconfig.json`, 'utf8'))
      expect(compilerOptions.types).toEqual([])
    },
  )
})

describe('what publishing needs', () => {
  test.for(byName)('%s names itself, its licence, its engine and its files', ([name, { json }]) => {
    expect(json).toMatchObject({
      name: `@aigne-hub/${name}`,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      description: expect.stringMatching(/\S/),
      license: 'Apache-2.0',
      files: expect.arrayContaining(['dist']),
      publishConfig: { access: 'public' },
      engines: { node: name === 'gateway' ? '>=24.7' : '>=22.19' },
    })
    expect(json).not.toHaveProperty('private')
  })

  test.for(byName)('%s is ESM only', ([, { json }]) => {
    expect(json.type).toBe('module')
    expect(json).not.toHaveProperty('main')
    expect(JSON.stringify(json.exports)).not.toContain('"require"')
  })

  const libraries = byName.filter(([name]) => name !== 'gateway')
  test.for(libraries)('every export of %s is source here and its build elsewhere', ([, entry]) => {
    const exports = Object.values(entry.json.exports as Record<string, Record<string, string>>)
    expect(exports).not.toEqual([])
    for (const conditions of exports) {
      const source = conditions['@aigne-hub/source'] ?? ''
      const built = source.replace('./src/', './dist/').replace(/\.ts$/, '')
      expect(existsSync(join(entry.path, source)), source).toBe(true)
      // In this order: the first condition that holds wins.
      expect(Object.entries(conditions)).toEqual([
        ['@aigne-hub/source', source],
        ['types', `${built}.d.ts`],
        ['default', `${built}.js`],
      ])
    }
  })

  test('the gateway is a program: one command, and nothing to import', () => {
    expect(published.find(({ shortName }) => shortName === 'gateway')?.json).toMatchObject({
      bin: { 'aigne-hub-gateway': './dist/main.js' },
      exports: { './package.json': './package.json' },
    })
  })

  test.for(byName)('%s depends on our other packages by range', ([, { json }]) => {
    const ours = Object.entries(json.dependencies ?? {}).filter(([n]) =>
      n.startsWith('@aigne-hub/'),
    )
    expect(ours.filter(([, range]) => range !== 'workspace:^')).toEqual([])
  })
})

describe('versions', () => {
  const folders: string[] = []
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
  })

  /** The workspace as `changeset version` sees it, as if everything had been released as 1.4.0. */
  function releasedWorkspace(): string {
    const folder = mkdtempSync(join(tmpdir(), 'hub-versions-'))
    folders.push(folder)
    for (const file of ['package.json', 'pnpm-workspace.yaml', '.changeset/config.json']) {
      cpSync(join(root, file), join(folder, file))
    }
    for (const { folder: name, json } of published) {
      mkdirSync(join(folder, name), { recursive: true })
      writeFileSync(
        join(folder, name, 'package.json'),
        JSON.stringify({ ...json, version: '1.4.0' }),
      )
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', ...args], {
        cwd: folder,
      })
    git('init', '--quiet', '--initial-branch=main')
    git('add', 'package.json', 'pnpm-workspace.yaml', '.changeset', 'packages', 'apps')
    git('commit', '--quiet', '--message=released')
    return folder
  }

  /** Names of the packages whose version a changeset for `changed` moves. */
  function movedBy(changed: string, bump: 'patch' | 'minor'): string[] {
    const folder = releasedWorkspace()
    writeFileSync(
      join(folder, '.changeset/change.md'),
      `---\n'${changed}': ${bump}\n---\n\nA change.\n`,
    )
    const cli = join(root, 'node_modules/@changesets/cli')
    const { bin } = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8'))
    execFileSync(process.execPath, [join(cli, bin.changeset ?? bin), 'version'], { cwd: folder })
    return published
      .map(({ folder: name }): PackageJson => {
        return JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'))
      })
      .filter(({ version }) => version !== '1.4.0')
      .map(({ name }) => name)
      .toSorted()
  }

  /** `changed` and everything that needs it, directly or not. */
  function withDependents(changed: string): string[] {
    const needs = ({ json }: WorkspacePackage, name: string) => name in (json.dependencies ?? {})
    const names = new Set([changed])
    for (const name of names) {
      for (const entry of published) if (needs(entry, name)) names.add(entry.json.name)
    }
    return [...names].toSorted()
  }

  test.for([
    ['@aigne-hub/simulator', 'patch'],
    ['@aigne-hub/core', 'patch'],
    ['@aigne-hub/core', 'minor'],
    ['@aigne-hub/gateway', 'minor'],
  ] as const)(
    'a changeset for %s (%s) moves it and its dependents, nothing else',
    ([name, bump]) => {
      const expected = withDependents(name)
      expect(expected.length).toBeLessThan(published.length)
      expect(movedBy(name, bump)).toEqual(expected)
    },
  )
})
