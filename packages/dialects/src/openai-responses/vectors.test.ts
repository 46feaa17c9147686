import files from 'node:fs'
import { readJsonBody } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bytesOf, everySplit, targetOf, withBom, withCrLf } from '../testing/bytes.ts'
import { readPieces, testVectors, vectorsOf } from '../testing/vector-suite.ts'
import { openAiResponses } from './index.ts'

testVectors(openAiResponses, files)

const { names, file, having } = vectorsOf('openai-responses', files)

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

describe('wherever the bytes are cut, the events are the same', () => {
  test.each(names)('%s', (name) => {
    const bytes = file(`${name}.sse`)
    const whole = readPieces(openAiResponses, [bytes])
    for (const variant of [bytes, withCrLf(bytes), withBom(bytes)]) {
      for (const pieces of everySplit(variant)) {
        expect(readPieces(openAiResponses, pieces)).toEqual(whole)
      }
    }
  })
})
