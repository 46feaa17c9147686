import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { foldChat, readJsonBody, usageOf } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { targetOf } from '../testing/bytes.ts'
import { geminiContent } from './index.ts'

// Exchanges as Google's own pages and client show them, with invented values. `ours.json` says what each
// is in our words: `request`, `response` (of the whole answer and of the stream), or the `error` it ends
// with.

const folder = new URL('../../vectors/gemini/', import.meta.url)
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.ours.json'))
  .map((name) => name.slice(0, -'.ours.json'.length))

const file = (name: string) => readFileSync(new URL(name, folder))

const ours = (name: string) => JSON.parse(file(`${name}.ours.json`).toString())

const complete = (response: { usage: object }) => ({
  ...response,
  usage: usageOf(response.usage ?? {}),
})

function readStream(bytes: Uint8Array) {
  const reader = geminiContent.streamReader(targetOf())
  return [...reader.push(bytes), ...reader.end()]
}

const cases = names.map((name) => ({ name, ...ours(name) }))
const having = (key: string, extension: string) =>
  cases.filter((one) => key in one && existsSync(new URL(`${one.name}.${extension}`, folder)))

test.each(having('request', 'request.json'))('$name: the request', ({ name, request }) => {
  const body = readJsonBody(file(`${name}.request.json`))
  expect(geminiContent.readRequest(body, {}, { model: 'm1' })).toStrictEqual(request)
})

test.each(having('response', 'response.json'))('$name: the whole answer', ({ name, response }) => {
  const events = geminiContent.readResponse(file(`${name}.response.json`), targetOf())
  expect(foldChat(events)).toStrictEqual(complete(response))
})

test.each(having('response', 'sse'))('$name: the stream', ({ name, response }) => {
  const folded = foldChat(readStream(file(`${name}.sse`)))
  expect(folded).toStrictEqual(complete(response))
})

test.each(having('error', 'sse'))('$name: the failing stream', ({ name, error }) => {
  const events = readStream(file(`${name}.sse`))
  const errors = events.filter(({ type }) => type === 'error')
  expect(errors).toEqual([{ type: 'error', error: expect.objectContaining(error) }])
  expect(events.at(-1)).toBe(errors[0])
})

test.each(having('error', 'response.json'))('$name: the failing answer', (failing) => {
  const body = file(`${failing.name}.response.json`)
  expect(() => geminiContent.readResponse(body, targetOf())).toThrow(
    expect.objectContaining(failing.error),
  )
})
