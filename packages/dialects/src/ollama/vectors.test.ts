import files from 'node:fs'
import { foldChat, usageOf } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bytesOf, everySplit, targetOf, textOf, withCrLf } from '../testing/bytes.ts'
import { vectorsOf } from '../testing/vector-suite.ts'
import { ollamaChat } from './index.ts'

const { file, having } = vectorsOf('ollama', files)
const target = targetOf({}, 'ollama')

function readPieces(pieces: Iterable<Uint8Array>) {
  const reader = ollamaChat.streamReader(target)
  return [...pieces].flatMap((piece) => reader.push(piece)).concat(reader.end())
}

test.each(having('request', 'request.json'))('$name: the request', ({ name, request }) => {
  const { path, body, dropped } = ollamaChat.writeRequest(request, target)
  expect(JSON.parse(body as string)).toStrictEqual(JSON.parse(textOf(file(`${name}.request.json`))))
  expect({ path, dropped }).toEqual({ path: '/api/chat', dropped: [] })
})

test.each(having('response', 'response.json'))('$name: the whole answer', ({ name, response }) => {
  const folded = foldChat(ollamaChat.readResponse(file(`${name}.response.json`), target))
  expect(folded).toStrictEqual({ ...response, usage: usageOf(response.usage) })
})

test.each(having('response', 'ndjson'))('$name: the stream', ({ name, response }) => {
  const folded = foldChat(readPieces([file(`${name}.ndjson`)]))
  expect(folded).toStrictEqual({ ...response, usage: usageOf(response.usage) })
})

test.each(having('error', 'ndjson'))('$name: the failing stream', ({ name, error }) => {
  const events = readPieces([file(`${name}.ndjson`)])
  const errors = events.filter(({ type }) => type === 'error')
  expect(errors).toEqual([{ type: 'error', error: expect.objectContaining(error) }])
  expect(events.at(-1)).toBe(errors[0])
})

test.each(having('error', 'response.json'))('$name: the failing answer', ({ name, error }) => {
  expect(() => ollamaChat.readResponse(file(`${name}.response.json`), target)).toThrow(
    expect.objectContaining(error),
  )
})

test.each(having('response', 'ndjson'))('$name: split anywhere', ({ name }) => {
  const bytes = file(`${name}.ndjson`)
  const whole = readPieces([bytes])
  for (const pieces of everySplit(bytes)) expect(readPieces(pieces)).toStrictEqual(whole)
})

test.each(having('response', 'ndjson'))('$name: with other line ends', ({ name }) => {
  const bytes = file(`${name}.ndjson`)
  const whole = readPieces([bytes])
  expect(readPieces([withCrLf(bytes)])).toStrictEqual(whole)
  expect(readPieces([bytesOf(`\n${textOf(bytes).trimEnd()}`)])).toStrictEqual(whole)
})
