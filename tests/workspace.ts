import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Root of the repository, with a slash at the end. */
export const root = fileURLToPath(new URL('..', import.meta.url))

export interface PackageJson {
  name: string
  version: string
  dependencies?: Record<string, string>
  [field: string]: unknown
}

/** One folder of the workspace that is published. */
export interface WorkspacePackage {
  /** `packages/core` */
  folder: string
  /** `core` */
  shortName: string
  /** Absolute, without a slash at the end. */
  path: string
  json: PackageJson
}

/** Everything that `npm run release` would publish. */
export const published: WorkspacePackage[] = [
  ...readdirSync(`${root}packages`).map((name) => `packages/${name}`),
  'apps/gateway',
]
  .filter((folder) => existsSync(`${root}${folder}/package.json`))
  .map((folder) => ({
    folder,
    shortName: folder.slice(folder.indexOf('/') + 1),
    path: root + folder,
    json: JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')),
  }))
