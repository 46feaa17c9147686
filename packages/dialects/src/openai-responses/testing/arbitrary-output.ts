// Every answer that the Responses dialect can express, for the laws of replies.

import type {
  Annotation,
  ChatEvent,
  ChatResponse,
  Part,
  TokenLogprob,
  Usage,
} from '@aigne-hub/protocol'
import { unfoldChat, usageOf } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { base64, foreignFields, id, partial, text } from '../../testing/arbitrary-request.ts'
import { isSpoken } from '../items.ts'
import { itemFields, ownFields } from '../own-fields.ts'
import { sealThought } from '../seal.ts'

const dialect = 'openai-responses' as const
const count = fc.integer({ min: 0, max: 1_000_000 })
const anyText = fc.string({ unit: 'binary' })

const token = fc.record(
  {
    token: fc.string(),
    logprob: fc.integer({ min: -100, max: 0 }).map((value) => (value === 0 ? 0 : value)),
    bytes: fc.option(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 3 })),
  },
  { noNullPrototype: true },
)
export const logprobs: fc.Arbitrary<TokenLogprob[]> = fc.array(
  fc.tuple(token, fc.array(token, { maxLength: 2 })).map(([one, top]) => ({ ...one, top })),
  { minLength: 1, maxLength: 3 },
)

export const annotation: fc.Arbitrary<Annotation> = fc.oneof(
  partial<Annotation & { kind: 'url' }>(
    { kind: fc.constant('url'), url: fc.webUrl(), title: text, start: count, end: count } as never,
    ['kind', 'url', 'start', 'end'],
  ),
  partial<Annotation & { kind: 'file' }>(
    { kind: fc.constant('file'), fileId: id, name: text, start: count } as never,
    ['kind', 'fileId', 'start'],
  ),
  foreignFields.map((value): Annotation => ({ kind: 'native', dialect, value })),
)

const spoken: fc.Arbitrary<Part> = fc.oneof(
  partial<Part & { type: 'text' }>(
    {
      type: fc.constant('text'),
      text: anyText,
      annotations: fc.array(annotation, { minLength: 1, maxLength: 2 }),
      logprobs,
    } as never,
    ['type', 'text'],
  ),
  partial<Part & { type: 'refusal' }>(
    { type: fc.constant('refusal'), text: anyText, logprobs } as never,
    ['type', 'text'],
  ),
)

type Item = (itemId: string) => Part[]

const message: fc.Arbitrary<Item> = fc
  .tuple(
    fc.array(spoken, { minLength: 1, maxLength: 3 }),
    partial({ phase: text, status: fc.constant('incomplete') } as never, []),
  )
  .map(([[first, ...rest], fields]) => (itemId) => {
    const item = { id: `msg_${itemId}`, ...(fields as object) }
    return [{ ...(first as Part), native: { [dialect]: { item } } } as Part, ...rest]
  })

const reasoning: fc.Arbitrary<Item> = partial<Part & { type: 'reasoning' }>(
  {
    type: fc.constant('reasoning'),
    text: anyText,
    summary: fc.array(anyText, { minLength: 1, maxLength: 2 }),
    redacted: base64,
    signature: partial(
      { value: text, vendor: id, model: id } as never,
      ['value', 'vendor'] as never,
    ),
  } as never,
  ['type'],
).map((part) => (itemId) => [{ ...part, id: `rs_${itemId}` }])

const call: fc.Arbitrary<Item> = fc
  .record(
    { name: id, kind: fc.constantFrom('function' as const, 'custom' as const), input: anyText },
    { noNullPrototype: true },
  )
  .map((part) => (itemId) => [
    {
      type: 'toolCall',
      id: `call_${itemId}`,
      ...part,
      native: { [dialect]: { id: `fc_${itemId}` } },
    },
  ])

const hosted: fc.Arbitrary<Item> = fc.oneof(
  foreignFields.map((other) => (itemId: string): Part[] => {
    const data = { ...other, type: 'web_search_call', id: itemId, status: 'completed' }
    return [
      {
        type: 'serverTool',
        dialect,
        id: itemId,
        name: 'web_search',
        phase: 'call',
        status: 'completed',
        data,
      },
    ]
  }),
  foreignFields.map((other) => (itemId: string): Part[] => [
    { type: 'native', dialect, value: { ...other, type: 'compaction', id: itemId } },
  ]),
  base64.map((data) => (itemId: string): Part[] => [
    { type: 'media', kind: 'image', data, mimeType: 'image/webp', id: itemId },
  ]),
)

const parts = fc
  .array(fc.oneof(message, reasoning, call, hosted), { maxLength: 4 })
  .map((items) => items.flatMap((item, at) => item(String(at))))

const usage: fc.Arbitrary<Usage> = fc
  .record({
    fresh: count,
    cacheRead: count,
    cacheWrite5m: count,
    said: count,
    reasoning: count,
  })
  .map(({ fresh, said, ...kinds }) =>
    usageOf({
      ...kinds,
      input: fresh + kinds.cacheRead + kinds.cacheWrite5m,
      output: said + kinds.reasoning,
    }),
  )

export const outputResponse: fc.Arbitrary<ChatResponse> = fc
  .tuple(
    fc.record({
      id: id.map((name) => `resp_${name}`),
      model: text,
      created: fc.integer({ min: 1, max: 2 ** 31 }),
    }),
    fc.option(fc.constantFrom('default', 'flex')),
    parts,
    usage,
    fc.constantFrom('completed', 'max_output_tokens', 'content_filter'),
  )
  .map(([start, tier, said, used, raw]) => {
    const searches = said.filter(({ type }) => type === 'serverTool').length
    const images = said.filter(({ type }) => type === 'media').length
    const hasCalls = said.some(({ type }) => type === 'toolCall')
    const reason =
      raw === 'content_filter'
        ? 'contentFilter'
        : raw === 'completed'
          ? hasCalls
            ? 'toolCalls'
            : 'stop'
          : 'length'
    return {
      ...start,
      ...(tier && { serviceTier: tier }),
      choices: [{ index: 0, parts: said, finish: { reason, raw } }],
      usage: {
        ...used,
        serverToolRequests: {
          ...(searches > 0 && { web_search: searches }),
          ...(images > 0 && { image_generation: images }),
        },
        ...(tier && { serviceTier: tier }),
      },
    }
  })

/** The answer as a provider's reader gives it back: what a caller keeps is sealed, and the provider's. */
export function asReadFrom(provider: string, response: ChatResponse): ChatResponse {
  const reseal = (part: Part): Part => {
    if (part.type !== 'reasoning') return part
    const { signature: _, redacted: __, ...rest } = part
    const value = sealThought(part)
    return value === undefined ? rest : { ...rest, signature: { value, vendor: provider } }
  }
  return {
    ...response,
    choices: response.choices.map((one) => ({ ...one, parts: cutShort(one).map(reseal) })),
  }
}

/** Of an incomplete answer the message at its end is incomplete, and the call whose input is no JSON. */
function cutShort({ parts: said, finish }: ChatResponse['choices'][number]): Part[] {
  const isCut = finish?.reason === 'length' || finish?.reason === 'contentFilter'
  const final = said.at(-1)
  if (isCut && final?.type === 'toolCall' && final.kind === 'function' && !isJson(final.input)) {
    const native = { [dialect]: { ...ownFields(final), status: 'incomplete' } }
    return said.with(-1, { ...final, native })
  }
  const last = said.findLastIndex((part) => isSpoken(part) && itemFields(part))
  if (!isCut || last < 0 || !said.slice(last).every(isSpoken)) return said
  const first = said[last] as Part
  const item = { ...itemFields(first), status: 'incomplete' }
  return said.with(last, { ...first, native: { [dialect]: { item } } })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The answer as a stream of small events: parts that can grow begin empty and grow twice. */
export function inPieces(response: ChatResponse): ChatEvent[] {
  return unfoldChat(response).flatMap((event): ChatEvent[] => {
    if (event.type !== 'partStart') return [event]
    const { choice, index, part } = event
    const grow = (more: object): ChatEvent => ({ type: 'partDelta', choice, index, ...more })
    switch (part.type) {
      case 'toolCall':
        return [
          { ...event, part: { ...part, input: '' } },
          ...halves(part.input).map((input) => grow({ input })),
        ]
      case 'text':
      case 'refusal': {
        const { logprobs: tokens, ...rest } = part
        const [first, second] = halves(part.text)
        return [
          { ...event, part: { ...rest, text: '' } },
          grow({ text: first, ...(tokens && { logprobs: tokens }) }),
          grow({ text: second }),
        ]
      }
      case 'reasoning': {
        const { text: thought, summary, ...rest } = part
        return [
          { ...event, part: rest },
          ...(summary ?? []).flatMap((paragraph, summaryIndex) =>
            halves(paragraph).map((piece) => grow({ text: piece, summaryIndex })),
          ),
          ...(thought === undefined ? [] : halves(thought).map((piece) => grow({ text: piece }))),
        ]
      }
      default:
        return [event]
    }
  })
}

function halves(said: string): string[] {
  const middle = Math.ceil(said.length / 2)
  return [said.slice(0, middle), said.slice(middle)]
}
