import { type ChatEvent, type ChatResponse, foldChat, unfoldChat } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asReadFrom, chatResponse, inPieces } from '../testing/arbitrary-reply.ts'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { openAiChat } from './index.ts'

const context = {
  requestId: 'req_1',
  arrivedAt: 1_790_000_000,
  request: { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: true } },
}

function readWhole(response: ChatResponse): ChatResponse {
  const wire = openAiChat.writeResponse(context, unfoldChat(response))
  return foldChat(openAiChat.readResponse(bytesOf(wire), targetOf()))
}

function readStreamed(events: ChatEvent[]): ChatEvent[] {
  const writer = openAiChat.streamWriter(context)
  const reader = openAiChat.streamReader(targetOf())
  const wire = events.map((event) => writer.push(event)).join('') + writer.end()
  return [...reader.push(bytesOf(wire)), ...reader.end()]
}

test('a whole answer that is written and read again is the same answer', () => {
  fc.assert(
    fc.property(chatResponse, (response) => {
      expect(readWhole(response)).toStrictEqual(asReadFrom('acme', response))
    }),
    { numRuns: 300 },
  )
})

test('an answer streamed part by part folds to the same answer', () => {
  fc.assert(
    fc.property(chatResponse, (response) => {
      const events = readStreamed(unfoldChat(response))
      expect(foldChat(events)).toStrictEqual(asReadFrom('acme', response))
    }),
    { numRuns: 300 },
  )
})

test('an answer streamed in small pieces folds to the same answer', () => {
  fc.assert(
    fc.property(chatResponse, (response) => {
      const events = readStreamed(inPieces(response))
      expect(foldChat(events)).toStrictEqual(asReadFrom('acme', response))
    }),
    { numRuns: 300 },
  )
})

test('every part of a stream ends once, before its choice finishes', () => {
  fc.assert(
    fc.property(chatResponse, (response) => {
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
    }),
    { numRuns: 100 },
  )
})
