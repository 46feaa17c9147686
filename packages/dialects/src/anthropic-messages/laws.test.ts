import {
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  foldChat,
  type Part,
  readJsonBody,
  unfoldChat,
} from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bodyOf, bytesOf, everySplit, targetOf } from '../testing/bytes.ts'
import { anthropicMessages } from './index.ts'
import { inPieces, messagesResponse } from './testing/arbitrary-reply.ts'
import { messagesRequest } from './testing/arbitrary-request.ts'

const target = targetOf({}, 'anthropic')
const context = {
  requestId: 'r1',
  arrivedAt: 1_790_000_000,
  request: { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: true } },
}

function again(request: ChatRequest): ChatRequest {
  const { body, headers = {} } = anthropicMessages.writeRequest(request, target)
  return anthropicMessages.readRequest(readJsonBody(bytesOf(body as string)), headers)
}

test('a request that is written and read again is the same request', () => {
  fc.assert(
    fc.property(messagesRequest, (request) => {
      expect(again(request)).toStrictEqual(request)
    }),
    { numRuns: 500 },
  )
})

test('nothing of such a request is lost', () => {
  fc.assert(
    fc.property(messagesRequest, (request) => {
      expect(anthropicMessages.writeRequest(request, target).dropped).toEqual([])
    }),
    { numRuns: 200 },
  )
})

function streamOf(events: ChatEvent[]): string {
  const writer = anthropicMessages.streamWriter(context)
  return events.map((event) => writer.push(event)).join('') + writer.end()
}

function readStream(...pieces: Uint8Array[]): ChatEvent[] {
  const reader = anthropicMessages.streamReader(target)
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
}

const readWhole = (wire: string) => foldChat(anthropicMessages.readResponse(bytesOf(wire), target))
const wholeOf = (response: ChatResponse) =>
  anthropicMessages.writeResponse(context, unfoldChat(response))

/** Leaves out what a caller of this wire gets in other words: thoughts and their proofs. */
const withoutThoughts = (response: ChatResponse): ChatResponse => ({
  ...response,
  choices: response.choices.map((choice) => ({
    ...choice,
    parts: choice.parts.filter(({ type }) => type !== 'reasoning'),
  })),
})

test('a whole answer that is written and read again is the same answer', () => {
  fc.assert(
    fc.property(messagesResponse.map(withoutThoughts), (response) => {
      expect(readWhole(wholeOf(response))).toStrictEqual(response)
    }),
    { numRuns: 300 },
  )
})

test('an answer streamed part by part, or in small pieces, reads as the whole answer', () => {
  fc.assert(
    fc.property(messagesResponse, (response) => {
      const whole = readWhole(wholeOf(response))
      expect(foldChat(readStream(bytesOf(streamOf(unfoldChat(response)))))).toStrictEqual(whole)
      expect(foldChat(readStream(bytesOf(streamOf(inPieces(response)))))).toStrictEqual(whole)
    }),
    { numRuns: 300 },
  )
})

/** The assistant's message that a client sends with its next request. */
function sentBack(wire: string): Part[] {
  const { content } = JSON.parse(wire)
  const body = { model: 'm1', max_tokens: 1, messages: [{ role: 'assistant', content }] }
  return anthropicMessages.readRequest(bodyOf(body), {}).messages[0]?.parts ?? []
}

test('what a caller gets comes back as it was, with the proofs of every vendor', () => {
  fc.assert(
    fc.property(messagesResponse, (response) => {
      expect(sentBack(wholeOf(response))).toStrictEqual(response.choices[0]?.parts)
    }),
    { numRuns: 300 },
  )
})

test('parts that grow at the same time stand one after the other', () => {
  fc.assert(
    fc.property(messagesResponse, fc.infiniteStream(fc.nat()), (response, order) => {
      const events = shuffled(inPieces(response), order)
      const whole = readWhole(wholeOf(response))
      expect(foldChat(readStream(bytesOf(streamOf(events))))).toStrictEqual(whole)
    }),
    { numRuns: 200 },
  )
})

/** The parts begin in their order, and grow and end in any. */
function shuffled(events: ChatEvent[], order: Iterator<number>): ChatEvent[] {
  const ofParts = new Map<number, ChatEvent[]>()
  const rest: ChatEvent[] = []
  for (const event of events) {
    if (!('index' in event)) rest.push(event)
    else ofParts.set(event.index, [...(ofParts.get(event.index) ?? []), event])
  }
  const queues = [...ofParts.values()]
  const mixed = queues.map((queue) => queue.shift() as ChatEvent)
  while (queues.some(({ length }) => length > 0)) {
    const left = queues.filter(({ length }) => length > 0)
    mixed.push(left[(order.next().value as number) % left.length]?.shift() as ChatEvent)
  }
  const [start, ...end] = rest as [ChatEvent, ...ChatEvent[]]
  return [start, ...mixed, ...end]
}

test('every part of a stream ends once, before the answer finishes', () => {
  fc.assert(
    fc.property(messagesResponse, (response) => {
      const open = new Set<number>()
      let isFinished = false
      for (const event of readStream(bytesOf(streamOf(inPieces(response))))) {
        if (event.type === 'partStart') open.add(event.index)
        if (event.type === 'partEnd') {
          expect(open.delete(event.index)).toBe(true)
          expect(isFinished).toBe(false)
        }
        if (event.type === 'finish') isFinished = true
      }
      expect(open.size).toBe(0)
      expect(isFinished).toBe(true)
    }),
    { numRuns: 100 },
  )
})

test('a stream gives the same events wherever it is cut', () => {
  fc.assert(
    fc.property(messagesResponse, (response) => {
      const bytes = bytesOf(streamOf(inPieces(response)))
      const events = readStream(bytes)
      for (const pieces of everySplit(bytes.subarray(0, 4000))) {
        const rest = bytes.subarray(4000)
        expect(readStream(...pieces, rest)).toStrictEqual(events)
      }
    }),
    { numRuns: 2 },
  )
})
