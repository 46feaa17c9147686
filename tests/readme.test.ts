import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { published, type WorkspacePackage } from './workspace.ts'

/** The first `ts` block of a README, and the `text` block directly after it: what it prints. */
function readmeSnippet({ folder, path }: WorkspacePackage): { code: string; prints: string } {
  const file = `${path}/README.md`
  if (!existsSync(file)) throw new Error(`${folder} has no README.md.`)
  const [, code, prints] =
    /^```ts\n(.*?)^```\n\s*^```text\n(.*?)^```$/ms.exec(readFileSync(file, 'utf8')) ?? []
  if (code === undefined || prints === undefined) {
    throw new Error(
      `${folder}/README.md has no \`ts\` block with a \`text\` block directly after it: what it prints.`,
    )
  }
  if (code.includes('```'))
    throw new Error(`${folder}/README.md: the first \`ts\` block comes without its \`text\` block.`)
  return { code, prints }
}

async function run(folder: string, file: string) {
  const child = spawn(process.execPath, ['--conditions=@aigne-hub/source', file], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  })
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await exit, stdout, stderr }
}

// The gateway is a program rather than a library: its README may do without.
const withSnippet = published.filter(
  ({ folder, path }) =>
    folder !== 'apps/gateway' ||
    (existsSync(`${path}/README.md`) &&
      readFileSync(`${path}/README.md`, 'utf8').includes('```ts\n')),
)

test.for(withSnippet.map((entry) => [entry.folder, entry] as const))(
  'the README snippet of %s runs and prints what the README says',
  async ([, entry]) => {
    const { code, prints } = readmeSnippet(entry)
    const file = `${entry.path}/.readme-snippet.ts`
    writeFileSync(file, code)
    try {
      const result = await run(entry.path, file)
      expect(result, result.stderr).toMatchObject({ code: 0, stdout: prints })
    } finally {
      rmSync(file)
    }
  },
)
