import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { foldChat, readJsonBody, usageOf } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bytesOf, everySplit, targetOf, textOf, withBom, withCrLf } from '../testing/bytes.ts'
import { openAiResponses } from './index.ts'

// Exchanges as OpenAI's own pages and types show them, with invented values. `ours.json` says what each
// is in our words: `request`, `response` (of the whole answer and of the stream; `whole`: what only the
// whole answer says), or the `error` it ends with.

const folder = new URL('../../vectors/openai-responses/', import.meta.url)
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.ours.json'))
  .map((name) => name.slice(0, -'.ours.json'.length))

const file = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)))
const cases = names.map((name) => ({ name, ...JSON.parse(textOf(file(`${name}.ours.json`))) }))
const having = (key: string, extension: string) =>
  cases.filter((one) => key in one && existsSync(new URL(`${one.name}.${extension}`, folder)))
const complete = (response: { usage: object }) => ({ ...response, usage: usageOf(response.usage) })

function readStream(...pieces: Uint8Array[]) {
  const reader = openAiResponses.streamReader(targetOf())
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
}

test.each(having('request', 'request.json'))('$name: the request', ({ name, request }) => {
  const body = readJsonBody(file(`${name}.request.json`))
  expect(openAiResponses.readRequest(body, {})).toStrictEqual(request)
})

test.each(having('request', 'request.json'))('$name: the request again', ({ name, request }) => {
  const body = readJsonBody(file(`${name}.request.json`))
  const target = targetOf({}, 'openai')
  const { body: wire, dropped } = openAiResponses.writeRequest(
    openAiResponses.readRequest(body, {}),
    target,
  )
  const again = openAiResponses.readRequest(readJsonBody(bytesOf(wire as string)), {})
  expect(again).toStrictEqual({
    ...request,
    store: false,
    include: ['reasoning.encrypted_content'],
  })
  expect(dropped).toEqual([])
})

test.each(having('response', 'response.json'))('$name: the whole answer', (one) => {
  const events = openAiResponses.readResponse(file(`${one.name}.response.json`), targetOf())
  expect(foldChat(events)).toStrictEqual({ ...complete(one.response), ...one.whole })
})

test.each(having('response', 'sse'))('$name: the stream', ({ name, response }) => {
  expect(foldChat(readStream(file(`${name}.sse`)))).toStrictEqual(complete(response))
})

test.each(having('error', 'sse'))('$name: the failing stream', ({ name, error }) => {
  const events = readStream(file(`${name}.sse`))
  const errors = events.filter(({ type }) => type === 'error')
  expect(errors).toEqual([{ type: 'error', error: expect.objectContaining(error) }])
  expect(events.at(-1)).toBe(errors[0])
})

test.each(having('error', 'response.json'))('$name: the failing answer', ({ name, error }) => {
  const body = file(`${name}.response.json`)
  expect(() => openAiResponses.readResponse(body, targetOf())).toThrow(
    expect.objectContaining(error),
  )
})

describe('wherever the bytes are cut, the events are the same', () => {
  test.each(names)('%s', (name) => {
    const bytes = file(`${name}.sse`)
    const whole = readStream(bytes)
    for (const variant of [bytes, withCrLf(bytes), withBom(bytes)]) {
      for (const pieces of everySplit(variant)) expect(readStream(...pieces)).toEqual(whole)
    }
  })
})
