// Writes docs/translation-matrix.md from the golden files of the matrix: `npm run docs:matrix`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { matrixDocument } from '../packages/dialects/src/testing/matrix-document.ts'

const folder = new URL('../packages/dialects/vectors/matrix/', import.meta.url)
const features = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')))

writeFileSync(new URL('../docs/translation-matrix.md', import.meta.url), matrixDocument(features))
