import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { root } from './workspace.ts'

const folder = `${root}examples/embed`

/** Runs the example as its `npm start` does, without anybody's key. */
async function runEmbed() {
  const { OPENAI_API_KEY: _, ...env } = process.env
  const { scripts } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const [, ...args] = scripts.start.split(' ')
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 10_000,
  })
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await exit, stdout, stderr }
}

test('the embedding example streams an answer without a key and without a gateway, and ends', async () => {
  const { code, stdout, stderr } = await runEmbed()
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/^You asked: “Who are you\?”\n/)
  expect(stdout).toContain('simulator')
  expect(stdout).not.toContain('data:')
  expect(stderr).toMatch(/^chat: 200, [1-9]\d* tokens in, [1-9]\d* out\n$/)
})

test('the embedding example fits on a screen', () => {
  const source = readFileSync(`${folder}/main.ts`, 'utf8')
  expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(40)
})
