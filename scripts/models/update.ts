// npm run models:update: writes packages/providers/models/<provider>.json and docs/models/<provider>.md
// from the price list in node_modules and our overlays, and prints what is different.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { ModelFile } from '../../packages/providers/src/model-file.ts'
import { difference } from './difference.ts'
import { generateModels, root } from './generate.ts'

mkdirSync(new URL('docs/models/', root), { recursive: true })
for (const { id, file, texts } of generateModels()) {
  const path = new URL(`packages/providers/models/${id}.json`, root)
  const before: ModelFile = existsSync(path)
    ? JSON.parse(readFileSync(path, 'utf8'))
    : { families: [], models: [] }
  const lines = difference(before, file)
  for (const [path, text] of Object.entries(texts)) writeFileSync(new URL(path, root), text)
  console.log(`${id}: ${lines.length === 0 ? 'nothing new' : `${lines.length} differences`}`)
  for (const line of lines) console.log(`  ${line}`)
}
