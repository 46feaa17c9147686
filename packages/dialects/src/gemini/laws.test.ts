import {
  type ChatEvent,
  type ChatResponse,
  foldChat,
  readJsonBody,
  unfoldChat,
} from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentRequest, contentResponse } from '../testing/arbitrary-gemini.ts'
import { asReadFrom, inPieces } from '../testing/arbitrary-reply.ts'
import { bytesOf, everySplit, targetOf, withBom, withCr, withCrLf } from '../testing/bytes.ts'
import { geminiContent } from './index.ts'

const target = targetOf({}, 'google')
const context = {
  requestId: 'req_1',
  arrivedAt: 7,
  request: { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: true } },
}

function readStreamed(events: ChatEvent[]): ChatEvent[] {
  const reader = geminiContent.streamReader(target)
  return [...reader.push(bytesOf(streamOf(events))), ...reader.end()]
}

function streamOf(events: ChatEvent[]): string {
  const writer = geminiContent.streamWriter(context)
  return events.map((event) => writer.push(event)).join('') + writer.end()
}

function readWhole(response: ChatResponse): ChatResponse {
  const wire = geminiContent.writeResponse(context, unfoldChat(response))
  return foldChat(geminiContent.readResponse(bytesOf(wire), target))
}

test('a request that is written and read again is the same request', () => {
  fc.assert(
    fc.property(contentRequest, (request) => {
      const { body, dropped } = geminiContent.writeRequest(request, target)
      const address = { model: request.model, stream: request.stream !== undefined }
      const read = geminiContent.readRequest(readJsonBody(bytesOf(body as string)), {}, address)
      expect(read).toStrictEqual(request)
      expect(dropped).toEqual([])
    }),
    { numRuns: 300 },
  )
})

test('a whole answer that is written and read again is the same answer', () => {
  fc.assert(
    fc.property(contentResponse, (response) => {
      expect(readWhole(response)).toStrictEqual(asReadFrom('google', response))
    }),
    { numRuns: 300 },
  )
})

test('an answer streamed part by part, or in small pieces, folds to the same answer', () => {
  fc.assert(
    fc.property(contentResponse, (response) => {
      const expected = asReadFrom('google', response)
      expect(foldChat(readStreamed(unfoldChat(response)))).toStrictEqual(expected)
      expect(foldChat(readStreamed(inPieces(response)))).toStrictEqual(expected)
    }),
    { numRuns: 300 },
  )
})

test('every part of a stream ends once, before its choice finishes', () => {
  fc.assert(
    fc.property(contentResponse, (response) => {
      const open = new Set<string>()
      const finished = new Set<number>()
      for (const event of readStreamed(inPieces(response))) {
        if (event.type === 'partStart') open.add(`${event.choice}/${event.index}`)
        if (event.type === 'partEnd') {
          expect(open.delete(`${event.choice}/${event.index}`)).toBe(true)
          expect(finished).not.toContain(event.choice)
        }
        if (event.type === 'finish') {
          expect(finished).not.toContain(event.choice)
          finished.add(event.choice)
        }
      }
      expect(open.size).toBe(0)
      expect(finished.size).toBe(response.choices.length)
    }),
    { numRuns: 100 },
  )
})

test('how a stream is cut and how its lines end make no difference', () => {
  fc.assert(
    fc.property(contentResponse, (response) => {
      const bytes = bytesOf(streamOf(inPieces(response)).slice(0, 4000))
      const reader = geminiContent.streamReader(target)
      const expected = [...reader.push(bytes), ...reader.end()]
      for (const variant of [bytes, withCrLf(bytes), withCr(bytes), withBom(bytes)]) {
        const middle = Math.floor(variant.length / 2)
        const cut = geminiContent.streamReader(target)
        const events = [
          ...cut.push(variant.subarray(0, middle)),
          ...cut.push(variant.subarray(middle)),
          ...cut.end(),
        ]
        expect(events).toEqual(expected)
      }
    }),
    { numRuns: 50 },
  )
})

test('any byte split of a stream gives the same events', () => {
  const frame = (parts: unknown[], rest = {}) =>
    `data: ${JSON.stringify({ candidates: [{ content: { parts }, ...rest }] })}\n\n`
  const bytes = bytesOf(
    frame([{ text: 'Zeit ⏳' }]) +
      frame([{ functionCall: { name: 'f' } }], { finishReason: 'STOP' }),
  )
  const read = (pieces: Uint8Array[]) => {
    const reader = geminiContent.streamReader(target)
    return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
  }
  const expected = read([bytes])
  expect(foldChat(expected).choices[0]?.parts).toHaveLength(2)
  for (const pieces of everySplit(bytes)) expect(read(pieces)).toEqual(expected)
})
