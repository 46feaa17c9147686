import { readdirSync, readFileSync } from 'node:fs'
import type { InboundDialect, OutboundDialect } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { aigneChat } from './aigne/index.ts'
import { anthropicMessages } from './anthropic-messages/index.ts'
import { bedrockConverse } from './bedrock-converse/index.ts'
import { geminiContent } from './gemini/index.ts'
import { ollamaChat } from './ollama/index.ts'
import { openAiChat } from './openai-chat/index.ts'
import { openAiResponses } from './openai-responses/index.ts'
import {
  type CallerDialect,
  type Cell,
  cellsOf,
  type Feature,
  impossibleAt,
  type ProviderDialect,
  strayKeys,
} from './testing/matrix.ts'
import { matrixDocument } from './testing/matrix-document.ts'
import {
  answerExpected,
  answerFor,
  type Halves,
  refusals,
  writtenExpected,
  writtenFor,
} from './testing/matrix-exchange.ts'

// The judges are the documents of each dialect, as golden files, and the providers' own clients.

const callers: Record<CallerDialect, InboundDialect<'chat'>> = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  'anthropic-messages': anthropicMessages,
  gemini: geminiContent,
  aigne: aigneChat,
}
const providers: Record<ProviderDialect, OutboundDialect<'chat'>> = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  'anthropic-messages': anthropicMessages,
  gemini: geminiContent,
  'bedrock-converse': bedrockConverse,
  ollama: ollamaChat,
}
const halvesOf = ({ from, to }: Cell): Halves => ({
  caller: callers[from],
  provider: providers[to],
})

const folder = new URL('../vectors/matrix/', import.meta.url)
const features = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name): Feature => JSON.parse(readFileSync(new URL(name, folder), 'utf8')))

const cells = features.flatMap(cellsOf)
const possible = cells.filter((cell) => impossibleAt(cell) === undefined)
const refused = cells.filter((cell) => impossibleAt(cell)?.error !== undefined)
const named = (list: Cell[]) => list.map((cell) => [cell.name, cell] as const)

test('the matrix holds at least 870 cells that must work', () => {
  expect(possible.length).toBeGreaterThanOrEqual(870)
})

test('a cell that cannot work is refused wherever the caller can say what it wants', () => {
  const impossible = cells.filter((cell) => impossibleAt(cell) !== undefined)
  const sayable = impossible.filter(({ feature, from }) => feature.requests[from] !== undefined)
  expect(named(sayable)).toEqual(named(refused))
})

test('every exception in the files is of two dialects', () => {
  expect(features.flatMap(strayKeys)).toEqual([])
})

test('the page about the matrix is what its files say', () => {
  const page = new URL('../../../docs/translation-matrix.md', import.meta.url)
  expect(readFileSync(page, 'utf8')).toBe(matrixDocument(features))
})

test.each(named(possible))('%s: the request', (_, cell) => {
  expect(writtenFor(cell, halvesOf(cell))).toStrictEqual(writtenExpected(cell))
})

test.each(named(possible))('%s: the answer', async (_, cell) => {
  expect(await answerFor(cell, halvesOf(cell))).toStrictEqual(answerExpected(cell))
})

test.each(named(refused))('%s: the refusal', (_, cell) => {
  const { expected, actual } = refusals(cell, halvesOf(cell))
  expect(actual).toMatchObject(expected)
})
