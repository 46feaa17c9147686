import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChatChoice, ChatEvent, ChatResponse, Part } from './chat.ts'
import { HubError } from './errors.ts'
import { foldChat, unfoldChat } from './fold-chat.ts'
import { usageOf } from './usage.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)))

const logprob = fc.record({
  token: text,
  logprob: fc.constantFrom(-0.5, -2),
  bytes: fc.option(fc.array(fc.nat(255), { maxLength: 3 })),
  top: fc.array(fc.record({ token: text, logprob: fc.constant(-3), bytes: fc.constant(null) }), {
    maxLength: 2,
  }),
})
const signature = fc.record({ value: text, vendor: fc.constantFrom('anthropic', 'google') })
const base = { signature, native: fc.record({ gemini: json }) }

const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record(
    { type: fc.constant('text' as const), text, logprobs: fc.array(logprob), ...base },
    { requiredKeys: ['type', 'text'] },
  ),
  fc.record(
    { type: fc.constant('reasoning' as const), text, summary: fc.array(text), id: text, ...base },
    { requiredKeys: ['type'] },
  ),
  fc.record({
    type: fc.constant('media' as const),
    kind: fc.constantFrom('image' as const, 'audio' as const),
    data: fc.base64String(),
    mimeType: text,
  }),
  fc.record(
    {
      type: fc.constant('toolCall' as const),
      id: text,
      name: text,
      kind: fc.constantFrom('function' as const, 'custom' as const),
      input: text,
      ...base,
    },
    { requiredKeys: ['type', 'id', 'name', 'kind', 'input'] },
  ),
  fc.record({ type: fc.constant('refusal' as const), text }),
  fc.record({
    type: fc.constant('serverTool' as const),
    dialect: fc.constant('gemini' as const),
    id: text,
    name: text,
    phase: fc.constantFrom('call' as const, 'result' as const),
    data: json,
  }),
  fc.record({
    type: fc.constant('native' as const),
    dialect: fc.constant('gemini' as const),
    value: json,
  }),
)
const finish = fc.record(
  {
    reason: fc.constantFrom('stop' as const, 'length' as const, 'toolCalls' as const),
    raw: text,
    stopSequence: text,
    details: json,
  },
  { requiredKeys: ['reason', 'raw'] },
)
const choices: fc.Arbitrary<ChatChoice[]> = fc
  .array(fc.record({ parts: fc.array(part, { maxLength: 4 }), finish }), { maxLength: 3 })
  .map((choices) => choices.map((choice, index) => ({ index, ...choice })))
const response: fc.Arbitrary<ChatResponse> = fc.record(
  {
    id: text,
    model: text,
    created: fc.nat(),
    serviceTier: text,
    native: fc.record({ 'openai-chat': json }),
    choices,
    usage: fc.record({ input: fc.nat(), output: fc.nat() }).map(usageOf),
  },
  { requiredKeys: ['id', 'model', 'created', 'choices', 'usage'] },
)

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze)
  return Object.freeze(value)
}

/** The same answer as a stream would bring it: every text and input in pieces. */
function inPieces(events: ChatEvent[], pieceLength: number): ChatEvent[] {
  const split = (whole: string) => whole.match(new RegExp(`[^]{1,${pieceLength}}`, 'g')) ?? []
  return events.flatMap((event): ChatEvent[] => {
    if (event.type !== 'partStart') return [event]
    const { choice, index, part } = event
    const delta = { type: 'partDelta', choice, index } as const
    if (part.type === 'text' || part.type === 'refusal') {
      const pieces = split(part.text).map((text) => ({ ...delta, text }))
      return [{ ...event, part: { ...part, text: '' } }, ...pieces]
    }
    if (part.type === 'toolCall') {
      const pieces = split(part.input).map((input) => ({ ...delta, input }))
      return [{ ...event, part: { ...part, input: '' } }, ...pieces]
    }
    return [event]
  })
}

describe('foldChat', () => {
  test('gives back the answer that unfoldChat took apart', () => {
    fc.assert(
      fc.property(response, (response) => {
        expect(foldChat(unfoldChat(response))).toEqual(response)
      }),
    )
  })

  test('makes the same answer of any pieces it comes in', () => {
    fc.assert(
      fc.property(response, fc.integer({ min: 1, max: 4 }), (response, pieceLength) => {
        expect(foldChat(inPieces(unfoldChat(response), pieceLength))).toEqual(response)
      }),
    )
  })

  test('changes no event, so that events can be folded twice', () => {
    fc.assert(
      fc.property(response, (response) => {
        const events = freeze(inPieces(unfoldChat(response), 2))
        expect(foldChat(events)).toEqual(foldChat(events))
      }),
    )
  })

  const started = (part: Part): ChatEvent => ({ type: 'partStart', choice: 0, index: 0, part })
  const delta = { type: 'partDelta', choice: 0, index: 0 } as const
  const onlyPart = (...events: ChatEvent[]) => foldChat(freeze(events)).choices[0]?.parts[0]

  test('grows reasoning, its summary paragraphs by number', () => {
    const part = onlyPart(
      started({ type: 'reasoning' }),
      { ...delta, text: 'hm' },
      { ...delta, text: 'm' },
      { ...delta, text: 'second', summaryIndex: 1 },
      { ...delta, text: 'first', summaryIndex: 0 },
      { type: 'partEnd', choice: 0, index: 0, signature: { value: 's', vendor: 'v' } },
    )
    expect(part).toEqual({
      type: 'reasoning',
      text: 'hmm',
      summary: ['first', 'second'],
      signature: { value: 's', vendor: 'v' },
    })
  })

  test('grows audio and its transcript', () => {
    const part = onlyPart(
      started({ type: 'media', kind: 'audio' }),
      { ...delta, data: 'AAEC', transcript: 'Hel' },
      { ...delta, data: 'AwQF', transcript: 'lo' },
    )
    expect(part).toMatchObject({ data: 'AAECAwQF', transcript: 'Hello' })
  })

  test('grows the annotations and logprobs of a text', () => {
    const annotation = (url: string) => ({ kind: 'url' as const, url })
    const token = { token: 'a', logprob: -1, bytes: null, top: [] }
    const part = onlyPart(
      started({ type: 'text', text: '', annotations: [annotation('a')], logprobs: [token] }),
      { ...delta, annotation: annotation('b') },
      { ...delta, logprobs: [token] },
    )
    expect(part).toMatchObject({
      annotations: [annotation('a'), annotation('b')],
      logprobs: [token, token],
    })
  })

  test('takes the final part of a dialect that sends one', () => {
    const part = onlyPart(
      started({ type: 'text', text: 'a' }),
      { ...delta, text: 'b' },
      { type: 'partEnd', choice: 0, index: 0, part: { type: 'text', text: 'final' } },
    )
    expect(part).toEqual({ type: 'text', text: 'final' })
  })

  test('lets a later usage replace an earlier one', () => {
    const usage = (input: number): ChatEvent => ({ type: 'usage', usage: usageOf({ input }) })
    expect(foldChat([usage(1), usage(2)]).usage.input).toBe(2)
  })

  test('throws the error of an error event', () => {
    const error = new HubError('upstream_incomplete', 'The answer was cut off.')
    const events: ChatEvent[] = [started({ type: 'text', text: '' }), { type: 'error', error }]
    expect(() => foldChat(events)).toThrow(error)
  })

  test('does not accept a delta for a part that has not started', () => {
    expect(() => foldChat([{ ...delta, text: 'a' }])).toThrow(TypeError)
  })

  test('does not accept a delta for a part that cannot grow', () => {
    const native: Part = { type: 'native', dialect: 'gemini', value: null }
    expect(() => foldChat([started(native), { ...delta, text: 'a' }])).toThrow(TypeError)
  })
})
