// Every conversation that the input of a Responses request can hold.

import type { MediaPart, Message, Part, ToolCallPart } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { base64, foreignFields, id, partial, text } from '../../testing/arbitrary-request.ts'
import { annotation, logprobs } from './arbitrary-output.ts'

const dialect = 'openai-responses' as const
const status = fc.constantFrom('in_progress', 'incomplete')
const native = foreignFields.map((fields) => ({ [dialect]: fields }))
const anyText = fc.string({ unit: 'binary' })

const inputText = partial<Part>({ type: fc.constant('text'), text: anyText, native } as never, [
  'type',
  'text' as never,
])

const media: fc.Arbitrary<Part> = fc
  .oneof(
    fc.record({ kind: fc.constantFrom('image', 'file'), url: fc.webUrl() }),
    fc.record({ kind: fc.constantFrom('image', 'file'), fileId: id }),
    fc.record({
      kind: fc.constantFrom('image', 'file'),
      data: base64,
      mimeType: fc.constantFrom('image/png', 'application/pdf'),
    }),
  )
  .chain((source) =>
    partial<MediaPart>(
      {
        type: fc.constant('media'),
        ...Object.fromEntries(Object.entries(source).map(([key, at]) => [key, fc.constant(at)])),
        ...(source.kind === 'image' && { detail: fc.constantFrom('auto', 'low', 'high') }),
        ...(source.kind === 'file' && { name: text }),
        native,
      } as never,
      ['type', ...(Object.keys(source) as (keyof MediaPart)[])],
    ),
  )

const inputParts = fc.array(fc.oneof(inputText, media), { maxLength: 3 })

/** Fields of a message item that have no place in a message. */
const itemStatus = fc.option(
  status.map((word) => ({ status: word })),
  { nil: undefined },
)

function beginItem(part: Part, item: object): Part {
  const fields = part.native?.[dialect]
  return { ...part, native: { [dialect]: { ...(fields as object), item } } } as Part
}

const speech = (role: Message['role']): fc.Arbitrary<Message> =>
  fc
    .tuple(
      inputParts,
      itemStatus,
      partial<Pick<Message, 'id' | 'phase'>>({ id, phase: fc.constant('commentary') }, []),
    )
    .map(([parts, item, named]) => {
      const [first, ...rest] = parts
      return { role, parts: first && item ? [beginItem(first, item), ...rest] : parts, ...named }
    })

const outputText = partial<Part>(
  {
    type: fc.constant('text'),
    text: anyText,
    annotations: fc.array(annotation, { minLength: 1, maxLength: 2 }),
    logprobs,
    native,
  } as never,
  ['type', 'text' as never],
)
const refusal = partial<Part>({ type: fc.constant('refusal'), text: anyText, native } as never, [
  'type',
  'text' as never,
])
const spoken = fc.array(fc.oneof(outputText, refusal), { minLength: 1, maxLength: 3 })

const call: fc.Arbitrary<ToolCallPart> = partial<ToolCallPart>(
  {
    type: fc.constant('toolCall'),
    id,
    name: id,
    kind: fc.constantFrom('function', 'custom'),
    input: anyText,
    native: id.map((name) => ({ [dialect]: { id: name } })),
  } as never,
  ['type', 'id', 'name', 'kind', 'input'],
)

const reasoning: fc.Arbitrary<Part> = fc.oneof(
  partial<Part>(
    {
      type: fc.constant('reasoning'),
      text: anyText,
      summary: fc.array(anyText, { minLength: 1, maxLength: 2 }),
      id,
      signature: text.map((value) => ({ value, vendor: 'openai' })),
      native,
    } as never,
    ['type', 'id', 'signature'] as never,
  ),
  fc.record(
    { type: fc.constant('reasoning' as const), text: anyText, id },
    { noNullPrototype: true },
  ),
)

const picture: fc.Arbitrary<Part> = fc.record(
  {
    type: fc.constant('media' as const),
    kind: fc.constant('image' as const),
    data: base64,
    mimeType: fc.constantFrom('image/png', 'image/webp'),
    id,
  },
  { noNullPrototype: true },
)

const hosted: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ id, other: foreignFields }).map(
    ({ id: itemId, other }): Part => ({
      type: 'serverTool',
      dialect,
      id: itemId,
      name: 'web_search',
      phase: 'call',
      status: 'completed',
      data: { ...other, type: 'web_search_call', id: itemId, status: 'completed' },
    }),
  ),
  fc.record({ id, other: foreignFields }).map(
    ({ id: itemId, other }): Part => ({
      type: 'native',
      dialect,
      value: { ...other, type: 'compaction', id: itemId },
    }),
  ),
)

/** The first message item of a turn gives the message its id and phase; the others keep their own. */
const turn: fc.Arbitrary<Message> = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.record({ said: spoken, item: partial({ id, status, phase: text } as never, []) }),
        fc.oneof(call, reasoning, picture, hosted),
      ),
      { maxLength: 4 },
    ),
    partial<Message>({ id, phase: fc.constant('final_answer') } as never, []),
  )
  .map(([groups, named]) => {
    const parts: Part[] = []
    let hasSpoken = false
    let before = ''
    for (const group of groups) {
      if ('type' in group) {
        parts.push(group)
        before = 'other'
        continue
      }
      const [first, ...rest] = group.said
      const { id: _, phase: __, ...extras } = group.item as Record<string, unknown>
      const item = hasSpoken ? (group.item as object) : extras
      const marks = Object.keys(item).length > 0 || (hasSpoken && before === 'said')
      parts.push(marks ? beginItem(first as Part, item) : (first as Part), ...rest)
      hasSpoken = true
      before = 'said'
    }
    return { role: 'assistant', parts, ...(hasSpoken && named) }
  })

const result: fc.Arbitrary<Message> = fc
  .tuple(
    id,
    inputParts,
    partial({ native: status.map((word) => ({ [dialect]: { status: word } })) } as never, []),
  )
  .map(([callId, content, more]) => ({
    role: 'tool',
    parts: [{ type: 'toolResult', callId, content, ...(more as object) }],
  }))

const nativeResult: fc.Arbitrary<Message> = id.map((callId) => ({
  role: 'tool',
  parts: [
    { type: 'native', dialect, value: { type: 'shell_call_output', call_id: callId, output: [] } },
  ],
}))

export const messages: fc.Arbitrary<Message[]> = fc
  .tuple(
    fc.option(text),
    fc.array(
      fc.oneof(speech('user'), speech('system'), speech('developer'), turn, result, nativeResult),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
  )
  .map(([instructions, list]) => [
    ...(instructions === null
      ? []
      : [
          {
            role: 'system' as const,
            parts: [{ type: 'text' as const, text: instructions }],
            isInstruction: true,
          },
        ]),
    // Two turns of the model in a row are one on this wire.
    ...list.filter(({ role }, at) => role !== 'assistant' || list[at - 1]?.role !== 'assistant'),
  ])
