import {
  type ChatEvent,
  foldChat,
  HubError,
  isJsonObject,
  type Json,
  type JsonObject,
} from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { chatRequest } from '../testing/arbitrary-request.ts'
import { bytesOf, everySplit, targetOf } from '../testing/bytes.ts'
import { eventFrame, joined } from '../testing/event-frames.ts'
import { replaceSomewhere } from '../testing/replace-somewhere.ts'
import { bedrockConverse } from './index.ts'

const target = targetOf({}, 'bedrock')
const timeout = 600_000

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })
const base64 = fc.stringMatching(/^(?:[A-Za-z0-9+/]{4}){1,4}$/)
const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,10}$/)
const object = fc.dictionary(name, fc.oneof(fc.string(), fc.integer()), {
  maxKeys: 2,
  noNullPrototype: true,
})

const block: fc.Arbitrary<JsonObject> = fc.oneof(
  text.map((said) => ({ text: said })),
  fc
    .record({ toolUseId: name, name, input: object }, { noNullPrototype: true })
    .map((toolUse) => ({ toolUse })),
  fc
    .record({ text, signature: base64 }, { requiredKeys: [], noNullPrototype: true })
    .map((reasoningText) => ({ reasoningContent: { reasoningText } as JsonObject })),
  base64.map((redactedContent) => ({ reasoningContent: { redactedContent } })),
  base64.map((bytes) => ({ image: { format: 'webp', source: { bytes } } })),
)

const count = fc.integer({ min: 0, max: 1_000_000 })
const usage: fc.Arbitrary<JsonObject> = fc.record(
  {
    inputTokens: count,
    outputTokens: count,
    totalTokens: count,
    cacheReadInputTokens: count,
    cacheWriteInputTokens: count,
    cacheDetails: fc.array(
      fc.record(
        { ttl: fc.constantFrom('5m', '1h'), inputTokens: count },
        { noNullPrototype: true },
      ),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: ['inputTokens', 'outputTokens', 'totalTokens'], noNullPrototype: true },
)

const answer: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.array(block, { maxLength: 5 }),
    usage,
    fc.constantFrom('end_turn', 'max_tokens', 'content_filtered', 'a_new_reason'),
  )
  .map(([content, used, stopReason]) => ({
    output: { message: { role: 'assistant', content } },
    stopReason,
    usage: used,
    metrics: { latencyMs: 5 },
  }))

const half = (said: string) => Math.ceil(said.length / 2)
const halves = (said: string) => [said.slice(0, half(said)), said.slice(half(said))]

/** The deltas, and the start where there is one, in which a block is streamed. */
function deltasOf(whole: JsonObject): { start?: JsonObject; deltas: JsonObject[] } {
  if (typeof whole.text === 'string') {
    return { deltas: halves(whole.text).map((said) => ({ text: said })) }
  }
  const { toolUse, image, reasoningContent } = whole as Record<string, JsonObject | undefined>
  if (toolUse) {
    const { input, ...start } = toolUse
    const pieces = halves(JSON.stringify(input))
    return {
      start: { toolUse: start },
      deltas: pieces.map((part) => ({ toolUse: { input: part } })),
    }
  }
  if (image) {
    return {
      start: { image: { format: 'webp' } },
      deltas: [{ image: { source: image.source ?? {} } }],
    }
  }
  const thought = reasoningContent ?? {}
  if (!isJsonObject(thought.reasoningText)) return { deltas: [{ reasoningContent: thought }] }
  const { text: said, signature } = thought.reasoningText
  return {
    deltas: [
      ...(typeof said === 'string' ? halves(said).map((part) => ({ text: part })) : []),
      ...(typeof signature === 'string' ? [{ signature }] : []),
    ].map((delta) => ({ reasoningContent: delta })),
  }
}

/** The same answer as Bedrock would stream it. */
function framesOf(whole: JsonObject): Uint8Array[] {
  const { content } = (whole.output as { message: { content: JsonObject[] } }).message
  return [
    eventFrame('messageStart', { role: 'assistant', p: 'ab' }),
    ...content.flatMap((one, contentBlockIndex) => {
      const { start, deltas } = deltasOf(one)
      return [
        ...(start ? [eventFrame('contentBlockStart', { contentBlockIndex, start })] : []),
        ...deltas.map((delta) =>
          eventFrame('contentBlockDelta', { contentBlockIndex, delta, p: 'abcdefghijk' }),
        ),
        eventFrame('contentBlockStop', { contentBlockIndex }),
      ]
    }),
    eventFrame('messageStop', { stopReason: whole.stopReason }),
    eventFrame('metadata', { usage: whole.usage, metrics: { latencyMs: 5 } }),
  ]
}

function readStream(...pieces: Uint8Array[]): ChatEvent[] {
  const reader = bedrockConverse.streamReader(target)
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
}

const readWhole = (whole: Json) =>
  bedrockConverse.readResponse(bytesOf(JSON.stringify(whole)), target)

test('an answer that is streamed is the whole answer', () => {
  fc.assert(
    fc.property(answer, (whole) => {
      expect(foldChat(readStream(joined(framesOf(whole))))).toStrictEqual(
        foldChat(readWhole(whole)),
      )
    }),
    { numRuns: 500 },
  )
})

test('a stream gives the same events wherever it is cut', () => {
  fc.assert(
    fc.property(answer, (whole) => {
      const bytes = joined(framesOf(whole))
      const events = readStream(bytes)
      for (const pieces of everySplit(bytes.subarray(0, 1500))) {
        expect(readStream(...pieces, bytes.subarray(1500))).toStrictEqual(events)
      }
    }),
    { numRuns: 3 },
  )
})

test('every part of a stream ends once, before the answer finishes', () => {
  fc.assert(
    fc.property(answer, (whole) => {
      const open = new Set<number>()
      const ends: string[] = []
      for (const event of readStream(joined(framesOf(whole)))) {
        if (event.type === 'partStart') open.add(event.index)
        if (event.type === 'partEnd') ends.push(open.delete(event.index) ? 'end' : 'stray end')
        if (event.type === 'finish') ends.push(open.size === 0 ? 'finish' : 'early finish')
      }
      expect(new Set(ends.slice(0, -1))).not.toContain('finish')
      expect(ends.at(-1)).toBe('finish')
      expect(ends).not.toContain('stray end')
    }),
    { numRuns: 200 },
  )
})

test('usage adds up: what was written and read of a cache is part of the input', () => {
  fc.assert(
    fc.property(answer, (whole) => {
      const told = whole.usage as Record<string, number>
      const read = foldChat(readWhole(whole)).usage
      const written = read.cacheWrite5m + read.cacheWrite1h
      expect(written).toBe(told.cacheWriteInputTokens ?? 0)
      expect(read.input - read.cacheRead - written).toBe(told.inputTokens)
      expect(read.output).toBe(told.outputTokens)
    }),
  )
})

const changes = fc.record({ at: fc.infiniteStream(fc.nat()), value: fc.jsonValue() })

test('no change of a whole answer makes its reader throw anything but a HubError', {
  timeout,
}, () => {
  fc.assert(
    fc.property(answer, changes, (whole, { at, value }) => {
      replaceSomewhere(whole, at, value as Json)
      try {
        foldChat(readWhole(whole))
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
      }
    }),
    { numRuns: scale.malformedBodies },
  )
})

const payload = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      contentBlockIndex: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.jsonValue()),
      delta: fc.oneof(
        block.chain((one) => fc.constantFrom(...deltasOf(one).deltas, {})),
        fc.jsonValue(),
      ),
      start: fc.oneof(fc.jsonValue(), fc.constant({ toolUse: { toolUseId: 't', name: 'f' } })),
      stopReason: fc.oneof(fc.constant('tool_use'), fc.jsonValue()),
      usage: fc.oneof(usage, fc.jsonValue()),
      additionalModelResponseFields: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
)
const eventType = fc.constantFrom(
  'messageStart',
  'contentBlockStart',
  'contentBlockDelta',
  'contentBlockStop',
  'messageStop',
  'metadata',
  'newEvent',
)

test('no stream of well-formed frames makes the reader crash, and it ends in one way', {
  timeout,
}, () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(eventType, payload), { maxLength: 8 }), (events) => {
      const read = readStream(...events.map(([type, one]) => eventFrame(type, one)))
      const endings = read.filter(({ type }) => type === 'finish' || type === 'error')
      expect(endings).toHaveLength(1)
      foldChat(read.filter(({ type }) => type !== 'error'))
    }),
    { numRuns: scale.malformedBodies },
  )
})

test('bytes that are changed end in one error, after what could be read', { timeout }, () => {
  fc.assert(
    fc.property(answer, fc.nat(), fc.integer({ min: 1, max: 255 }), (whole, place, mask) => {
      const bytes = joined(framesOf(whole))
      const at = place % bytes.length
      bytes[at] = (bytes[at] as number) ^ mask
      const read = readStream(bytes)
      const errors = read.filter(({ type }) => type === 'error')
      // After `messageStop` the answer is complete, whatever becomes of the usage.
      expect(errors.length === 1 || read.some(({ type }) => type === 'finish')).toBe(true)
      expect(errors.length).toBeLessThanOrEqual(1)
    }),
    { numRuns: scale.malformedBodies },
  )
})

const legalId = /^[a-zA-Z0-9_.:-]{1,64}$/
const legalName = /^[a-zA-Z0-9_-]{1,64}$/

function checkBlock(one: JsonObject): void {
  const { text: said, toolUse, toolResult } = one as Record<string, Json | undefined>
  expect(Object.keys(one)).toHaveLength(1)
  if (said !== undefined) expect((said as string).trim()).not.toBe('')
  if (isJsonObject(toolUse)) {
    expect(toolUse.toolUseId).toMatch(legalId)
    expect(toolUse.name).toMatch(legalName)
    expect(toolUse.input).toBeTypeOf('object')
  }
  if (isJsonObject(toolResult)) expect(toolResult.toolUseId).toMatch(legalId)
}

test("whatever the request, turns take turns and hold only what Bedrock's rules allow", {
  timeout,
}, () => {
  const lenient = { ...target, dropsUnsupported: true }
  fc.assert(
    fc.property(chatRequest, (request) => {
      let wire: JsonObject
      try {
        wire = JSON.parse(bedrockConverse.writeRequest(request, lenient).body as string)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
        expect(thrown).toMatchObject({ code: 'invalid_request', status: 400 })
        return
      }
      const turns = wire.messages as { role: string; content: JsonObject[] }[]
      expect(turns.map(({ role }) => role)).toEqual(
        turns.map((_, at) => (at % 2 === 0 ? 'user' : 'assistant')),
      )
      for (const { content } of turns) {
        expect(content.length).toBeGreaterThan(0)
        content.forEach(checkBlock)
      }
      const blocks = turns.flatMap(({ content }) => content)
      const hasToolBlocks = blocks.some((one) => one.toolUse ?? one.toolResult)
      expect(hasToolBlocks && wire.toolConfig === undefined).toBe(false)
      const marks = JSON.stringify(wire).split('"cachePoint"').length - 1
      expect(marks).toBeLessThanOrEqual(4)
    }),
    { numRuns: 500 },
  )
})

test('without leave to drop, a request is written or refused with a 400', { timeout }, () => {
  fc.assert(
    fc.property(chatRequest, (request) => {
      try {
        bedrockConverse.writeRequest(request, target)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
        expect(thrown).toMatchObject({ status: 400, param: expect.any(String) })
      }
    }),
    { numRuns: 300 },
  )
})
