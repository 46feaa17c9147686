// Every answer that OpenAI's chat dialect can express, for the laws of replies.

import type {
  Annotation,
  ChatChoice,
  ChatEvent,
  ChatResponse,
  FinishReason,
  Part,
  Signature,
  TokenLogprob,
  Usage,
} from '@aigne-hub/protocol'
import { unfoldChat, usageOf } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { wrapSignature } from '../signature.ts'
import {
  base64,
  detailedReasoning,
  foreignFields,
  id,
  partial,
  text,
  toolCall,
} from './arbitrary-request.ts'

const count = fc.integer({ min: 0, max: 1_000_000 })
const signature: fc.Arbitrary<Signature> = partial<Signature>(
  { value: text, vendor: id, model: id },
  ['value', 'vendor'],
)

const token = fc.record(
  {
    token: fc.string(),
    logprob: fc.integer({ min: -100, max: 0 }).map((value) => (value === 0 ? 0 : value)),
    bytes: fc.option(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 3 })),
  },
  { noNullPrototype: true },
)
const logprobs: fc.Arbitrary<TokenLogprob[]> = fc.array(
  fc.tuple(token, fc.array(token, { maxLength: 2 })).map(([one, top]) => ({ ...one, top })),
  { minLength: 1, maxLength: 3 },
)

const annotation: fc.Arbitrary<Annotation> = fc.oneof(
  partial<Annotation & { kind: 'url' }>(
    { kind: fc.constant('url'), url: fc.webUrl(), title: text, start: count, end: count } as never,
    ['kind', 'url'],
  ),
  foreignFields.map((value): Annotation => ({ kind: 'native', dialect: 'openai-chat', value })),
)

const spoken: fc.Arbitrary<Part> = partial<Part & { type: 'text' }>(
  {
    type: fc.constant('text'),
    text,
    annotations: fc.array(annotation, { minLength: 1, maxLength: 2 }),
    logprobs,
  } as never,
  ['type', 'text'],
)

const refusal: fc.Arbitrary<Part> = partial<Part & { type: 'refusal' }>(
  { type: fc.constant('refusal'), text, logprobs } as never,
  ['type', 'text'],
)

/** One plain thought, or several that say more than their text. */
const thoughts: fc.Arbitrary<Part[]> = fc.oneof(
  fc.constant<Part[]>([]),
  text.map((said): Part[] => [{ type: 'reasoning', text: said }]),
  fc.array(
    fc.oneof(
      detailedReasoning,
      fc
        .tuple(detailedReasoning, signature)
        .map(([part, proof]) => ({ ...part, signature: proof })),
      signature.map((proof): Part => ({ type: 'reasoning', signature: proof })),
    ),
    { minLength: 1, maxLength: 3 },
  ),
)

const image: fc.Arbitrary<Part> = fc.oneof(
  base64.map((data): Part => ({ type: 'media', kind: 'image', data, mimeType: 'image/png' })),
  fc.webUrl().map((url): Part => ({ type: 'media', kind: 'image', url })),
)

const call: fc.Arbitrary<Part> = fc
  .tuple(toolCall, fc.option(signature))
  .map(([{ native: _, signature: __, ...part }, proof]) => ({
    ...part,
    ...(proof && { signature: proof }),
  }))

const maybe = (part: fc.Arbitrary<Part>) =>
  fc.option(part).map((value): Part[] => (value ? [value] : []))

const parts: fc.Arbitrary<Part[]> = fc
  .tuple(
    thoughts,
    maybe(spoken),
    maybe(refusal),
    fc.array(image, { maxLength: 1 }),
    fc.uniqueArray(call, { maxLength: 3, selector: (part) => (part as { id: string }).id }),
  )
  .map((groups) => groups.flat())

const words = new Map<FinishReason, string>([
  ['stop', 'stop'],
  ['length', 'length'],
  ['toolCalls', 'tool_calls'],
  ['contentFilter', 'content_filter'],
])

const choice: fc.Arbitrary<Omit<ChatChoice, 'index'>> = fc
  .tuple(parts, fc.constantFrom<FinishReason>('stop', 'length', 'contentFilter'))
  .map(([said, wanted]) => {
    const hasCalls = said.some(({ type }) => type === 'toolCall')
    const reason = hasCalls && wanted === 'stop' ? 'toolCalls' : wanted
    return { parts: said, finish: { reason, raw: words.get(reason) as string } }
  })

const usage: fc.Arbitrary<Usage> = fc
  .record({ fresh: count, cacheRead: count, cacheWrite5m: count, spoken: count, reasoning: count })
  .chain(({ fresh, cacheRead, cacheWrite5m, spoken: said, reasoning }) =>
    fc.record({ audioIn: count, audioOut: count, imageIn: count, imageOut: count }).map((kinds) =>
      usageOf({
        ...kinds,
        cacheRead,
        cacheWrite5m,
        reasoning,
        input: fresh + cacheRead + cacheWrite5m,
        output: said + reasoning,
      }),
    ),
  )

export const chatResponse: fc.Arbitrary<ChatResponse> = fc
  .tuple(
    partial<Omit<ChatResponse, 'choices' | 'usage'>>(
      {
        id,
        model: text,
        // 0 is no date: the writer puts that of the call.
        created: fc.integer({ min: 1, max: 1_000_000 }),
        serviceTier: fc.constantFrom('default', 'flex'),
        native: id.map((print) => ({ 'openai-chat': { system_fingerprint: print } })),
      },
      ['id', 'model', 'created'],
    ),
    fc.array(choice, { minLength: 1, maxLength: 3 }),
    usage,
  )
  .map(([start, choices, used]) => ({
    ...start,
    choices: choices.map((one, index) => ({ index, ...one })),
    usage: start.serviceTier === undefined ? used : { ...used, serviceTier: start.serviceTier },
  }))

/**
 * The answer as a provider's reader gives it back: a signature on the wire is wrapped, and belongs to
 * whoever sent it.
 */
export function asReadFrom(provider: string, response: ChatResponse): ChatResponse {
  const resign = (part: Part): Part =>
    part.signature
      ? { ...part, signature: { value: wrapSignature(part.signature), vendor: provider } }
      : part
  return {
    ...response,
    choices: response.choices.map((one) => ({ ...one, parts: one.parts.map(resign) })),
  }
}

/** The answer as a stream of small events: parts that can grow begin empty and grow twice. */
export function inPieces(response: ChatResponse): ChatEvent[] {
  return unfoldChat(response).flatMap((event): ChatEvent[] => {
    if (event.type !== 'partStart') return [event]
    const { choice: at, index, part } = event
    if (part.type === 'toolCall') {
      return [
        { ...event, part: { ...part, input: '' } },
        ...halves(part.input).map(
          (input): ChatEvent => ({ type: 'partDelta', choice: at, index, input }),
        ),
      ]
    }
    if (part.type === 'reasoning' && part.text !== undefined) {
      return [
        { ...event, part: { ...part, text: '' } },
        ...halves(part.text).map(
          (said): ChatEvent => ({ type: 'partDelta', choice: at, index, text: said }),
        ),
      ]
    }
    if (part.type !== 'text' && part.type !== 'refusal') return [event]
    const { logprobs: tokens, ...rest } = part
    const [first = '', second = ''] = halves(part.text)
    const odds = tokens ? { logprobs: tokens } : {}
    return [
      { ...event, part: { ...rest, text: '' } },
      { type: 'partDelta', choice: at, index, text: first, ...odds },
      { type: 'partDelta', choice: at, index, text: second },
    ]
  })
}

function halves(said: string): string[] {
  const middle = Math.ceil(said.length / 2)
  return [said.slice(0, middle), said.slice(middle)]
}
