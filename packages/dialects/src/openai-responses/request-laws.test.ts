import { type ChatRequest, readJsonBody } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { openAiResponses } from './index.ts'
import { inputRequest } from './testing/arbitrary-input.ts'

const target = targetOf({}, 'openai')

function again(request: ChatRequest): ChatRequest {
  const { body } = openAiResponses.writeRequest(request, target)
  return openAiResponses.readRequest(readJsonBody(bytesOf(body as string)), {})
}

test('a request that is written and read again is the same request', () => {
  fc.assert(
    fc.property(inputRequest, (request) => {
      expect(again(request)).toStrictEqual(request)
    }),
    { numRuns: 500 },
  )
})

test('nothing that this dialect can say is reported as dropped', () => {
  fc.assert(
    fc.property(inputRequest, (request) => {
      expect(openAiResponses.writeRequest(request, target).dropped).toEqual([])
    }),
    { numRuns: 100 },
  )
})
