// Every chat request that OpenAI's chat dialect can express, for the law read(write(x)) = x.

import type {
  ChatRequest,
  Json,
  JsonObject,
  MediaPart,
  Message,
  Part,
  ReasoningPart,
  Tool,
  ToolCallPart,
  ToolChoice,
} from '@aigne-hub/protocol'
import fc from 'fast-check'

type Keys<T> = { [K in keyof T]: fc.Arbitrary<Exclude<T[K], undefined>> }

/** A record in which only `required` is always there. */
export function partial<T extends object>(
  keys: Keys<Required<T>>,
  required: (keyof T)[],
): fc.Arbitrary<T> {
  return fc.record(keys as never, {
    requiredKeys: required as never,
    noNullPrototype: true,
  }) as unknown as fc.Arbitrary<T>
}

export const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })
export const id = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/)
export const base64 = fc.stringMatching(/^(?:[A-Za-z0-9+/]{4}){1,8}$/)
const url = fc.webUrl()
const cache = fc.constantFrom<{ ttl?: '5m' | '1h' }>({}, { ttl: '5m' }, { ttl: '1h' })

// toStrictEqual takes a field named `constructor` for one.
const key = id.map((name) => `k${name}`)

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 2 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(key, tie('json'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))

const jsonObject = fc.dictionary(key, json, { maxKeys: 3, noNullPrototype: true })

/** Fields under names that no reader knows. */
export const foreignFields: fc.Arbitrary<JsonObject> = fc.dictionary(
  id.map((name) => `x_${name}`),
  json.filter((value) => value !== null),
  { minKeys: 1, maxKeys: 2, noNullPrototype: true },
)
const native = foreignFields.map((fields) => ({ 'openai-chat': fields }))

const textPart = partial<Part & { type: 'text' }>(
  { type: fc.constant('text'), text: fc.string({ unit: 'binary' }), cache, native } as never,
  ['type', 'text'],
)

const media: fc.Arbitrary<MediaPart> = fc
  .oneof(
    fc.record({ kind: fc.constantFrom('image', 'video', 'file'), url }),
    fc.record({
      kind: fc.constantFrom('image', 'video', 'file'),
      data: base64,
      mimeType: fc.constantFrom('image/png', 'application/pdf', 'video/mp4'),
    }),
    fc.record({
      kind: fc.constant('audio'),
      data: base64,
      mimeType: fc.constantFrom('audio/wav', 'audio/mpeg', 'audio/flac'),
    }),
    fc.record({ kind: fc.constant('file'), fileId: id }),
  )
  .chain((source) =>
    partial<MediaPart>(
      {
        type: fc.constant('media'),
        ...Object.fromEntries(
          Object.entries(source).map(([key, value]) => [key, fc.constant(value)]),
        ),
        ...(source.kind === 'image' && { detail: fc.constantFrom('auto', 'low', 'high') }),
        ...(source.kind === 'file' && { name: text }),
        cache,
        native,
      } as never,
      ['type', ...(Object.keys(source) as (keyof MediaPart)[])],
    ),
  )

/** Reasoning that says something besides its text, so that it travels in `reasoning_details`. */
export const detailedReasoning: fc.Arbitrary<ReasoningPart> = fc
  .tuple(
    partial<ReasoningPart>(
      {
        type: fc.constant('reasoning'),
        text,
        summary: fc.array(text, { minLength: 1, maxLength: 3 }),
        redacted: base64,
      } as never,
      ['type'],
    ),
    partial<ReasoningPart>({ id, native } as never, []),
  )
  .map(([said, extras]) => ({ ...said, ...extras }))
  .filter(({ type: _, text: said, summary, redacted, ...extras }) => {
    const speaks = said !== undefined || summary !== undefined || redacted !== undefined
    return speaks && (summary ?? redacted ?? Object.keys(extras)[0]) !== undefined
  })

const plainReasoning = text.map((said): ReasoningPart => ({ type: 'reasoning', text: said }))

const reasoning: fc.Arbitrary<Part[]> = fc.oneof(
  fc.constant<Part[]>([]),
  plainReasoning.map((part) => [part]),
  fc.array(detailedReasoning, { minLength: 1, maxLength: 2 }),
)

export const toolCall: fc.Arbitrary<ToolCallPart> = partial<ToolCallPart>(
  {
    type: fc.constant('toolCall'),
    id,
    name: id,
    kind: fc.constantFrom('function', 'custom'),
    input: fc.oneof(
      json.map((value) => JSON.stringify(value)),
      fc.string({ unit: 'binary' }),
    ),
    signature: base64.map((value) => ({ value, vendor: 'google' })),
    native,
  } as never,
  ['type', 'id', 'name', 'kind', 'input'],
)

const refusal = partial<Part & { type: 'refusal' }>(
  { type: fc.constant('refusal'), text, native } as never,
  ['type', 'text'],
)

const assistantParts: fc.Arbitrary<Part[]> = fc
  .tuple(
    reasoning,
    fc.array(fc.oneof(textPart, refusal), { maxLength: 3 }),
    fc.option(id.map((audio): MediaPart => ({ type: 'media', kind: 'audio', id: audio }))),
    fc.array(toolCall, { maxLength: 3 }),
  )
  .map(([thoughts, content, audio, calls]) => [
    ...thoughts,
    ...content,
    ...(audio ? [audio] : []),
    ...calls,
  ])

const toolResult: fc.Arbitrary<Part> = partial<Part & { type: 'toolResult' }>(
  {
    type: fc.constant('toolResult'),
    // Of no call in the conversation: its result would be moved behind it.
    callId: id.map((name) => `result-of-${name}`),
    name: id,
    content: fc.array(textPart, { maxLength: 2 }),
    cache,
  } as never,
  ['type', 'callId', 'content'],
)

const speech = (role: Message['role'], parts: fc.Arbitrary<Part[]>): fc.Arbitrary<Message> =>
  partial<Message>({ role: fc.constant(role), parts, name: text, cache } as never, [
    'role',
    'parts',
  ])

const message: fc.Arbitrary<Message> = fc.oneof(
  speech('system', fc.array(textPart, { maxLength: 2 })),
  speech('developer', fc.array(textPart, { maxLength: 2 })),
  speech('user', fc.array(fc.oneof(textPart, media), { maxLength: 3 })),
  speech('assistant', assistantParts),
  toolResult.map((part): Message => ({ role: 'tool', parts: [part] })),
)

const tool: fc.Arbitrary<Tool> = fc.oneof(
  partial<Tool & { type: 'function' }>(
    {
      type: fc.constant('function'),
      name: id,
      description: text,
      schema: jsonObject,
      strict: fc.boolean(),
      cache,
      native,
    } as never,
    ['type', 'name'],
  ),
  partial<Tool & { type: 'custom' }>(
    { type: fc.constant('custom'), name: id, description: text, format: jsonObject } as never,
    ['type', 'name'],
  ),
  foreignFields.map(
    (fields): Tool => ({
      type: 'server',
      dialect: 'openai-chat',
      value: { ...fields, type: 'web_search' },
    }),
  ),
)

const toolName = fc.record(
  { type: fc.constantFrom('function' as const, 'custom' as const), name: id },
  { noNullPrototype: true },
)
const toolChoice: fc.Arbitrary<ToolChoice> = fc.oneof(
  fc.constantFrom('auto' as const, 'none' as const, 'required' as const),
  toolName,
  fc.record(
    {
      type: fc.constant('allowed' as const),
      mode: fc.constantFrom('auto' as const, 'required' as const),
      tools: fc.array(toolName, { maxLength: 3 }),
    },
    { noNullPrototype: true },
  ),
)

const number = (min: number, max: number) =>
  fc.double({ min, max, noNaN: true }).map((value) => (value === 0 ? 0 : value))

export const chatRequest: fc.Arbitrary<ChatRequest> = partial<ChatRequest>(
  {
    model: fc.constant('m1'),
    messages: fc.array(message, { minLength: 1, maxLength: 6 }),
    sampling: partial<ChatRequest['sampling']>(
      {
        temperature: number(0, 2),
        topP: number(0, 1),
        topK: fc.integer({ min: -1, max: 100 }),
        presencePenalty: number(-2, 2),
        frequencyPenalty: number(-2, 2),
        seed: fc.maxSafeInteger(),
        logitBias: fc.dictionary(fc.nat().map(String), fc.integer({ min: -100, max: 100 }), {
          noNullPrototype: true,
        }),
      },
      [],
    ),
    tools: fc.array(tool, { minLength: 1, maxLength: 3 }),
    toolChoice,
    parallelToolCalls: fc.boolean(),
    responseFormat: fc.oneof(
      fc.constant({ type: 'text' }),
      fc.constant({ type: 'json' }),
      partial(
        {
          type: fc.constant('jsonSchema'),
          name: id,
          description: text,
          schema: jsonObject,
          strict: fc.boolean(),
        } as never,
        ['type', 'name'] as never,
      ),
    ),
    maxOutputTokens: fc.integer({ min: 1, max: 1_000_000 }),
    stop: fc.array(text, { minLength: 1, maxLength: 4 }),
    n: fc.integer({ min: 1, max: 128 }),
    logprobs: partial<{ top?: number }>({ top: fc.integer({ min: 0, max: 20 }) }, []),
    reasoning: fc.constantFrom('none', 'low', 'high').map((effort) => ({ effort })),
    verbosity: fc.constantFrom('low', 'medium', 'high'),
    modalities: fc.constant(['text']),
    stream: fc.constant({ includeUsage: true }),
    cacheKey: text,
    serviceTier: fc.constantFrom('auto', 'flex'),
    store: fc.boolean(),
    metadata: fc.dictionary(key, fc.string({ maxLength: 512 }), {
      maxKeys: 16,
      noNullPrototype: true,
    }),
    user: text,
    extensions: foreignFields.map((fields) => ({ dialect: 'openai-chat' as const, fields })),
  } as never,
  ['model', 'messages', 'sampling'],
)
