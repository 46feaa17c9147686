import { existsSync, readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

const folders = [
  ...['packages', 'apps'].flatMap((group) =>
    readdirSync(new URL(group, import.meta.url)).map((name) => `${group}/${name}`),
  ),
  'tests',
].filter((folder) => existsSync(new URL(folder, import.meta.url)))

// `module` is for bundlers: what the AWS SDK has there, Node cannot load.
const conditions = defaultServerConditions.filter((condition) => condition !== 'module')

// Workspace packages resolve to their TypeScript source, so tests need no build.
export default defineConfig({
  ssr: { resolve: { conditions: ['@aigne-hub/source', ...conditions] } },
  test: {
    projects: folders.map((root) => ({
      extends: true,
      root,
      test: { name: basename(root), testTimeout: 30_000, hookTimeout: 30_000 },
    })),
  },
})
