// Fresh clone → runnable, on any Node with npm: installs what the lock file says (unless that is
// already there), then runs the scripts named on the command line with the pinned pnpm.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file) => (existsSync(root + file) ? readFileSync(root + file, 'utf8') : undefined)
const { packageManager } = JSON.parse(read('package.json'))

function pnpm(...args) {
  const { status } = spawnSync('npx', ['--yes', packageManager, ...args], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}

// pnpm leaves a copy of the lock file it installed from: that copy is the stamp.
const installed = read('node_modules/.pnpm/lock.yaml') === read('pnpm-lock.yaml')
if (!installed) pnpm('install', '--frozen-lockfile', '--prefer-offline')
for (const script of process.argv.slice(2)) pnpm('run', script)
