// One program for everything, then one for each pure package, which sees no Node types at all.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const isPure = (name) => {
  const { compilerOptions } = JSON.parse(readFileSync(`packages/${name}/tsconfig.json`, 'utf8'))
  return compilerOptions?.types?.length === 0
}
const projects = [
  '.',
  ...readdirSync('packages')
    .filter(isPure)
    .map((name) => `packages/${name}`),
]
const failed = projects.filter(
  (project) => spawnSync('tsc', ['-p', project], { stdio: 'inherit' }).status !== 0,
)
if (failed.length > 0) {
  console.error(`Type errors in: ${failed.join(', ')}`)
  process.exit(1)
}
