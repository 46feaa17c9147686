// Every answer that Anthropic's dialect can express, for the laws of replies.

import {
  type Annotation,
  type ChatEvent,
  type ChatResponse,
  type FinishReason,
  type Part,
  type ReasoningPart,
  type Signature,
  type Usage,
  unfoldChat,
  usageOf,
} from '@aigne-hub/protocol'
import fc from 'fast-check'
import { base64, foreignFields, id, partial, text } from '../../testing/arbitrary-request.ts'
import { jsonText, ownAnnotation, serverTool } from './arbitrary-request.ts'

const dialect = 'anthropic-messages'
const count = fc.integer({ min: 0, max: 1_000_000 })
const vendor = fc.constantFrom('anthropic', 'google', 'openai', 'bedrock')
const signature: fc.Arbitrary<Signature> = partial<Signature>({ value: text, vendor, model: id }, [
  'value',
  'vendor',
])

const annotation: fc.Arbitrary<Annotation> = fc.oneof(
  ownAnnotation,
  fc
    .record({ url: fc.webUrl(), title: text })
    .map(({ url, title }): Annotation => ({ kind: 'url', url, title })),
)

const spoken: fc.Arbitrary<Part> = partial<Part & { type: 'text' }>(
  {
    type: fc.constant('text'),
    text,
    annotations: fc.array(annotation, { minLength: 1, maxLength: 2 }),
  } as never,
  ['type', 'text'],
)

/** Thoughts of all vendors: words, summaries, and what is only to be sent back. */
const thought: fc.Arbitrary<ReasoningPart> = fc.oneof(
  fc.tuple(text, fc.option(signature)).map(
    ([said, proof]): ReasoningPart => ({
      type: 'reasoning',
      text: said,
      ...(proof && { signature: proof }),
    }),
  ),
  signature.map((proof): ReasoningPart => ({ type: 'reasoning', signature: proof })),
  fc.tuple(base64, fc.option(vendor)).map(
    ([redacted, from]): ReasoningPart => ({
      type: 'reasoning',
      redacted,
      ...(from && { signature: { value: '', vendor: from } }),
    }),
  ),
  partial<ReasoningPart>(
    {
      type: fc.constant('reasoning'),
      text,
      summary: fc.array(text, { minLength: 1, maxLength: 3 }),
      redacted: base64,
      id,
      signature,
    } as never,
    ['type', 'summary', 'id'],
  ),
)

const call: fc.Arbitrary<Part> = fc
  .record({ id, name: id, input: jsonText })
  .map((fields): Part => ({ type: 'toolCall', kind: 'function', ...fields }))

const native: fc.Arbitrary<Part> = foreignFields.map(
  (fields): Part => ({ type: 'native', dialect, value: { ...fields, type: 'container_upload' } }),
)

const endings: { reason: FinishReason; raw: string; stopSequence?: string }[] = [
  { reason: 'stop', raw: 'end_turn' },
  { reason: 'stop', raw: 'stop_sequence', stopSequence: 'END' },
  { reason: 'length', raw: 'max_tokens' },
  { reason: 'length', raw: 'model_context_window_exceeded' },
  { reason: 'pause', raw: 'pause_turn' },
]

const usage: fc.Arbitrary<Usage> = fc
  .record({
    fresh: count,
    cacheRead: count,
    cacheWrite5m: count,
    cacheWrite1h: count,
    said: count,
    reasoning: count,
  })
  .chain(({ fresh, said, ...counts }) =>
    fc
      .record({
        searches: fc.integer({ min: 1, max: 9 }),
        tier: fc.constantFrom('default', 'priority'),
      })
      .map(({ searches, tier }) =>
        usageOf({
          ...counts,
          input: fresh + counts.cacheRead + counts.cacheWrite5m + counts.cacheWrite1h,
          output: said + counts.reasoning,
          serverToolRequests: { web_search: searches },
          serviceTier: tier,
        }),
      ),
  )

export const messagesResponse: fc.Arbitrary<ChatResponse> = fc
  .tuple(
    id,
    text,
    fc.array(fc.oneof(spoken, thought, call, serverTool, native), { maxLength: 5 }),
    fc.constantFrom(...endings),
    usage,
  )
  .map(([answerId, model, parts, ending, used]) => {
    const hasCalls = parts.some(({ type }) => type === 'toolCall')
    const finish: (typeof endings)[number] = hasCalls
      ? { reason: 'toolCalls', raw: 'tool_use' }
      : ending
    return { id: answerId, model, created: 0, choices: [{ index: 0, parts, finish }], usage: used }
  })

/** The answer as a stream of small events: parts that can grow begin empty and grow twice. */
export function inPieces(response: ChatResponse): ChatEvent[] {
  return unfoldChat(response).flatMap((event): ChatEvent[] => {
    if (event.type !== 'partStart') return [event]
    const { index, part } = event
    const grow = (delta: object): ChatEvent => ({ type: 'partDelta', choice: 0, index, ...delta })
    if (part.type === 'toolCall') {
      const begun = { ...event, part: { ...part, input: '' } }
      return [begun, ...halves(part.input).map((input) => grow({ input }))]
    }
    if (part.type === 'text') {
      const { annotations = [], ...rest } = part
      return [
        { ...event, part: { ...rest, text: '' } },
        ...halves(part.text).map((said) => grow({ text: said })),
        ...annotations.map((one) => grow({ annotation: one })),
      ]
    }
    if (part.type === 'reasoning' && part.text === undefined && part.summary !== undefined) {
      const { summary, ...rest } = part
      const pieces = summary.flatMap((said, summaryIndex) =>
        halves(said).map((half) => grow({ text: half, summaryIndex })),
      )
      return [{ ...event, part: rest }, ...pieces]
    }
    if (part.type === 'reasoning' && part.text !== undefined && part.summary === undefined) {
      const { text: said, ...rest } = part
      return [{ ...event, part: rest }, ...halves(said).map((half) => grow({ text: half }))]
    }
    return [event]
  })
}

function halves(said: string): string[] {
  const middle = Math.ceil(said.length / 2)
  return [said.slice(0, middle), said.slice(middle)].filter((half) => half !== '')
}
