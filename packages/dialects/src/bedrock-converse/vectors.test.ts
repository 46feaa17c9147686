import files from 'node:fs'
import { foldChat, usageOf } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { everySplit, targetOf, textOf } from '../testing/bytes.ts'
import { fromHex } from '../testing/event-frames.ts'
import { vectorsOf } from '../testing/vector-suite.ts'
import { bedrockConverse } from './index.ts'

const { file, having } = vectorsOf('bedrock-converse', files)
const target = targetOf({}, 'bedrock')
const streamed = (name: string) => fromHex(file(`${name}.hex`))

function readPieces(pieces: Iterable<Uint8Array>) {
  const reader = bedrockConverse.streamReader(target)
  return [...pieces].flatMap((piece) => reader.push(piece)).concat(reader.end())
}

test.each(having('request', 'request.json'))('$name: the request', ({ name, request }) => {
  const { path, body, dropped } = bedrockConverse.writeRequest(request, target)
  expect(JSON.parse(body as string)).toStrictEqual(JSON.parse(textOf(file(`${name}.request.json`))))
  expect({ path, dropped }).toEqual({ path: '/model/m1/converse', dropped: [] })
})

test.each(having('response', 'response.json'))('$name: the whole answer', (one) => {
  const folded = foldChat(bedrockConverse.readResponse(file(`${one.name}.response.json`), target))
  const { response, whole } = one
  expect(folded).toStrictEqual({ ...response, usage: usageOf(response.usage), ...whole })
})

test.each(having('response', 'hex'))('$name: the stream', ({ name, response }) => {
  const folded = foldChat(readPieces([streamed(name)]))
  expect(folded).toStrictEqual({ ...response, usage: usageOf(response.usage) })
})

test.each(having('error', 'hex'))('$name: the failing stream', ({ name, error }) => {
  const events = readPieces([streamed(name)])
  const errors = events.filter(({ type }) => type === 'error')
  expect(errors).toEqual([{ type: 'error', error: expect.objectContaining(error) }])
  expect(events.at(-1)).toBe(errors[0])
})

test.each(having('error', 'response.json'))('$name: the failing answer', ({ name, error }) => {
  expect(() => bedrockConverse.readResponse(file(`${name}.response.json`), target)).toThrow(
    expect.objectContaining(error),
  )
})

test.each([...having('response', 'hex'), ...having('error', 'hex')])(
  '$name: split anywhere',
  ({ name }) => {
    const bytes = streamed(name)
    const whole = readPieces([bytes])
    for (const pieces of everySplit(bytes)) expect(readPieces(pieces)).toStrictEqual(whole)
  },
)
