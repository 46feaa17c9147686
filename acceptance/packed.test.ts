// What we would publish, as a stranger gets it: packed, installed by npm into an empty project, run by
// plain Node without our build conditions.
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const execute = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
// The Node the repository brings; npm's own runs on whatever started it.
const node = join(root, 'node_modules/.bin/node')
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const folders = [
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`),
  'apps/gateway',
]
const manifests = new Map(
  folders.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    return [manifest.name as string, { ...manifest, folder }]
  }),
)
const tarballs = new Map<string, string>()
const scratch = mkdtempSync(join(tmpdir(), 'aigne-hub-packed-'))

/** The tarballs of a package and of everything of ours it depends on. */
function withDependencies(name: string): string[] {
  const wanted = new Set<string>()
  const visit = (one: string) => {
    if (!manifests.has(one) || wanted.has(one)) return
    wanted.add(one)
    for (const dependency of Object.keys(manifests.get(one)?.dependencies ?? {})) visit(dependency)
  }
  visit(name)
  return [...wanted].map((one) => tarballs.get(one) as string)
}

function emptyFolder(label: string): string {
  return mkdtempSync(join(scratch, `${label}-`))
}

/** First ```ts block of a README, and the ```text block behind it that holds what it prints. */
function snippetOf(readme: string): { code: string; prints: string } {
  const match = /```ts\n([\s\S]*?)```\s*```text\n([\s\S]*?)```/.exec(readme)
  if (!match) throw new Error('The README has no ```ts block followed by a ```text block.')
  return { code: match[1] as string, prints: match[2] as string }
}

beforeAll(async () => {
  for (const [name, { folder }] of manifests) {
    const { stdout } = await execute(
      'npx',
      ['--yes', packageManager, 'pack', '--json', '--pack-destination', scratch],
      { cwd: join(root, folder) },
    )
    tarballs.set(name, join(scratch, JSON.parse(stdout).filename.split('/').at(-1)))
  }
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('every package, packed and installed alone, runs its README snippet', () => {
  const libraries = [...manifests].filter(([, { folder }]) => folder.startsWith('packages/'))
  test.each(libraries)('%s', async (name, { folder }) => {
    const project = emptyFolder('library')
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
    await execute('npm', ['install', '--no-audit', '--no-fund', ...withDependencies(name)], {
      cwd: project,
    })
    const { code, prints } = snippetOf(readFileSync(join(root, folder, 'README.md'), 'utf8'))
    writeFileSync(join(project, 'snippet.ts'), code)
    const { stdout } = await execute(node, ['snippet.ts'], { cwd: project })
    expect(stdout).toBe(prints)
  })
})

test('the packed gateway, run by npx in an empty folder, answers its demo key', async () => {
  const folder = emptyFolder('gateway')
  const packages = withDependencies('@aigne-hub/gateway').flatMap((tarball) => ['-p', tarball])
  const hub = spawn('npx', ['--yes', ...packages, 'aigne-hub-gateway'], {
    cwd: folder,
    env: {
      ...process.env,
      HUB_PORT: '0',
      PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const printed = await new Promise<string>((resolve, reject) => {
      let text = ''
      hub.stdout.on('data', (chunk) => {
        text += chunk
        if (/curl[\s\S]*\n\n/.test(text)) resolve(text)
      })
      hub.once('exit', (code) => reject(new Error(`The gateway ended with ${code}: ${text}`)))
    })
    const baseURL = `${/Address\s+(\S+)/.exec(printed)?.[1]}/v1`
    const apiKey = /Demo key\s+(\S+)/.exec(printed)?.[1] ?? ''
    const openai = new OpenAI({ baseURL, apiKey })
    const answer = await openai.chat.completions.create({
      model: 'sim/chat',
      messages: [{ role: 'user', content: 'Hello!' }],
    })
    expect(answer.choices[0]?.message.content).toMatch(/simulat/i)
  } finally {
    const ended = new Promise((resolve) => hub.once('exit', resolve))
    hub.kill('SIGTERM')
    expect(await ended).toBe(0)
  }
})
