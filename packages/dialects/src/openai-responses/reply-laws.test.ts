import {
  type ChatEvent,
  type ChatResponse,
  foldChat,
  type Part,
  type ReasoningPart,
  unfoldChat,
} from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bodyOf, bytesOf, targetOf } from '../testing/bytes.ts'
import { openAiResponses } from './index.ts'
import { asReadFrom, inPieces, outputResponse } from './testing/arbitrary-output.ts'

const context = {
  requestId: 'req_1',
  arrivedAt: 7,
  request: { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: true } },
}

/** Of a caller who reads summaries. */
const summarised = {
  ...context,
  request: { ...context.request, reasoning: { summary: 'auto' } },
}

function readWhole(response: ChatResponse): ChatResponse {
  const wire = openAiResponses.writeResponse(context, unfoldChat(response))
  return foldChat(openAiResponses.readResponse(bytesOf(wire), targetOf()))
}

function streamed(events: ChatEvent[], to = context): string {
  const writer = openAiResponses.streamWriter(to)
  return events.map((event) => writer.push(event)).join('') + writer.end()
}

function readStreamed(events: ChatEvent[]): ChatEvent[] {
  const reader = openAiResponses.streamReader(targetOf())
  return [...reader.push(bytesOf(streamed(events))), ...reader.end()]
}

test('a whole answer that is written and read again is the same answer', () => {
  fc.assert(
    fc.property(outputResponse, (response) => {
      expect(readWhole(response)).toStrictEqual(asReadFrom('acme', response))
    }),
    { numRuns: 300 },
  )
})

test('an answer streamed part by part folds to the same answer', () => {
  fc.assert(
    fc.property(outputResponse, (response) => {
      const events = readStreamed(unfoldChat(response))
      expect(foldChat(events)).toStrictEqual(asReadFrom('acme', response))
    }),
    { numRuns: 300 },
  )
})

test('an answer streamed in small pieces folds to the same answer', () => {
  fc.assert(
    fc.property(outputResponse, (response) => {
      const events = readStreamed(inPieces(response))
      expect(foldChat(events)).toStrictEqual(asReadFrom('acme', response))
    }),
    { numRuns: 300 },
  )
})

test.each([
  ['', context],
  [', for who reads summaries', summarised],
])('the last frame of a stream holds what a whole answer would be%s', (_, to) => {
  fc.assert(
    fc.property(outputResponse, (response) => {
      const [last] = streamed(inPieces(response), to).trimEnd().split('\n').slice(-1)
      const terminal = JSON.parse((last as string).slice('data: '.length))
      const whole = openAiResponses.writeResponse(to, unfoldChat(response))
      expect(terminal.response).toStrictEqual(JSON.parse(whole))
    }),
    { numRuns: 200 },
  )
})

test('every part of a stream ends once, before the answer finishes', () => {
  fc.assert(
    fc.property(outputResponse, (response) => {
      const open = new Set<number>()
      let isFinished = false
      for (const event of readStreamed(inPieces(response))) {
        if (event.type === 'partStart') open.add(event.index)
        if (event.type === 'partEnd') {
          expect(open.delete(event.index)).toBe(true)
          expect(isFinished).toBe(false)
        }
        isFinished ||= event.type === 'finish'
      }
      expect(open.size).toBe(0)
      expect(isFinished).toBe(true)
    }),
    { numRuns: 100 },
  )
})

test('events are numbered without a gap and named like their data', () => {
  fc.assert(
    fc.property(outputResponse, (response) => {
      const frames = streamed(inPieces(response)).trimEnd().split('\n\n')
      frames.forEach((frame, at) => {
        const [name, data] = frame.split('\n') as [string, string]
        const event = JSON.parse(data.slice('data: '.length))
        expect(event.sequence_number).toBe(at)
        expect(name).toBe(`event: ${event.type}`)
      })
    }),
    { numRuns: 100 },
  )
})

const thoughtsOf = (parts: Part[] = []) => parts.filter(({ type }) => type === 'reasoning')

test('thoughts with a proof come back as they were, however they were shown', () => {
  fc.assert(
    fc.property(outputResponse, fc.constantFrom(context, summarised), (response, to) => {
      const answer = JSON.parse(openAiResponses.writeResponse(to, unfoldChat(response)))
      const input = [{ role: 'user', content: 'Hi' }, ...answer.output]
      const { messages } = openAiResponses.readRequest(bodyOf({ model: 'm1', input }), {})
      const proven = (part: Part) => part.type === 'reasoning' && (part.signature ?? part.redacted)
      const told = thoughtsOf(response.choices[0]?.parts).filter(proven)
      expect(thoughtsOf(messages[1]?.parts).filter(proven)).toStrictEqual(told)
    }),
    { numRuns: 300 },
  )
})

test('who reads summaries is shown no thought in any other form than that, unless it has both', () => {
  fc.assert(
    fc.property(outputResponse, (response) => {
      const bare = structuredClone(response)
      for (const part of thoughtsOf(bare.choices[0]?.parts)) delete (part as ReasoningPart).summary
      expect(streamed(inPieces(bare), summarised)).not.toContain('"type":"reasoning_text"')
    }),
    { numRuns: 100 },
  )
})
