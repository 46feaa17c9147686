// Installs what the lock file here says, then runs the tests here. Called by `npm run test:clients`,
// after a build.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const stamp = `${here}node_modules/.installed-lock.json`
const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined)

function run(command, ...args) {
  const { status } = spawnSync(command, args, { cwd: here, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

const lock = read(`${here}package-lock.json`)
if (read(stamp) !== lock) {
  run('npm', 'ci', '--no-audit', '--no-fund')
  writeFileSync(stamp, lock)
}
const { REPORT } = process.env
const reporters = ['--reporter=default']
if (REPORT) reporters.push('--reporter=json', `--outputFile.json=${REPORT}`)
run('node', 'node_modules/vitest/vitest.mjs', 'run', ...reporters)
