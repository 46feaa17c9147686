// Every request that Anthropic's dialect can express, for the law read(write(x)) = x.

import type {
  Annotation,
  ChatRequest,
  MediaPart,
  Message,
  Part,
  ReasoningPart,
  Tool,
  ToolChoice,
} from '@aigne-hub/protocol'
import { toBase64 } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { base64, foreignFields, id, partial, text } from '../../testing/arbitrary-request.ts'

const dialect = 'anthropic-messages'
const cache = fc.constantFrom<{ ttl?: '5m' | '1h' }>({}, { ttl: '5m' }, { ttl: '1h' })
const native = foreignFields.map((fields) => ({ [dialect]: fields }))
export const jsonText = fc
  .dictionary(id, fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)), {
    maxKeys: 3,
    noNullPrototype: true,
  })
  .map((value) => JSON.stringify(value))

/** Sources that keep all that a provider wants back of them. */
export const ownAnnotation: fc.Arbitrary<Annotation> = fc.oneof(
  fc.record({ url: fc.webUrl(), title: text, proof: id }).map(
    ({ url, title, proof }): Annotation => ({
      kind: 'url',
      url,
      title,
      native: {
        [dialect]: { type: 'web_search_result_location', cited_text: 'c', encrypted_index: proof },
      },
    }),
  ),
  fc.record({ index: fc.nat(), title: text, cited: text }).map(
    ({ index, title, cited }): Annotation => ({
      kind: 'document',
      index,
      title,
      cited,
      native: { [dialect]: { type: 'char_location', start_char_index: 0, end_char_index: 4 } },
    }),
  ),
  foreignFields.map(
    (fields): Annotation => ({
      kind: 'native',
      dialect,
      value: { ...fields, type: 'search_result_location' },
    }),
  ),
)

const textPart: fc.Arbitrary<Part> = partial<Part & { type: 'text' }>(
  {
    type: fc.constant('text'),
    text,
    cache,
    native,
    annotations: fc.array(ownAnnotation, { minLength: 1, maxLength: 2 }),
  } as never,
  ['type', 'text'],
)
const plainText: fc.Arbitrary<Part> = text.map((said) => ({ type: 'text', text: said }))
type Extras = Pick<MediaPart, 'cache' | 'native' | 'name'>
const image: fc.Arbitrary<Part> = fc
  .oneof(
    fc.webUrl().map((url) => ({ url })),
    base64.map((data) => ({ data, mimeType: 'image/webp' })),
    id.map((fileId) => ({ fileId })),
  )
  .chain((source) =>
    partial<Extras>({ cache, native } as never, []).map(
      (extras): Part => ({ type: 'media', kind: 'image', ...source, ...extras }),
    ),
  )

const file: fc.Arbitrary<Part> = fc
  .oneof(
    fc.webUrl().map((url) => ({ url })),
    base64.map((data) => ({ data, mimeType: 'application/pdf' })),
    text.map((said) => ({
      data: toBase64(new TextEncoder().encode(said)),
      mimeType: 'text/plain',
    })),
    id.map((fileId) => ({ fileId })),
  )
  .chain((source) =>
    partial<Extras>({ cache, native, name: text } as never, []).map(
      (extras): Part => ({ type: 'media', kind: 'file', ...source, ...extras }),
    ),
  )

const searchResult: fc.Arbitrary<Part> = foreignFields.map(
  (fields): Part => ({ type: 'native', dialect, value: { ...fields, type: 'search_result' } }),
)

const ownSignature = base64.map((value) => ({ value, vendor: 'anthropic' }))

const ownThought: fc.Arbitrary<Part> = fc.oneof(
  fc
    .tuple(text, ownSignature)
    .map(([said, signature]): Part => ({ type: 'reasoning', text: said, signature })),
  ownSignature.map((signature): Part => ({ type: 'reasoning', signature })),
  base64.map(
    (redacted): ReasoningPart => ({
      type: 'reasoning',
      redacted,
      signature: { value: '', vendor: 'anthropic' },
    }),
  ),
)

const call: fc.Arbitrary<Part> = partial<Part & { type: 'toolCall' }>(
  {
    type: fc.constant('toolCall'),
    id,
    name: id,
    kind: fc.constant('function'),
    input: jsonText,
    native,
  } as never,
  ['type', 'id', 'name', 'kind', 'input'],
)

export const serverTool: fc.Arbitrary<Part> = fc
  .tuple(id, fc.constantFrom('call' as const, 'result' as const), foreignFields)
  .map(
    ([callId, phase, data]): Part => ({
      type: 'serverTool',
      dialect,
      id: callId,
      name: 'web_search',
      phase,
      data,
    }),
  )

const result: fc.Arbitrary<Part> = partial<Part & { type: 'toolResult' }>(
  {
    type: fc.constant('toolResult'),
    callId: id,
    content: fc.array(fc.oneof(plainText, image, file, searchResult), { maxLength: 3 }),
    isError: fc.boolean(),
    cache,
    native,
  } as never,
  ['type', 'callId', 'content'],
)

const several = (part: fc.Arbitrary<Part>) => fc.array(part, { minLength: 1, maxLength: 3 })
const says = (role: Message['role'], part: fc.Arbitrary<Part>) =>
  several(part).map((parts): Message => ({ role, parts }))
const user = says('user', fc.oneof(textPart, image, file, searchResult))
const tool = says('tool', result)
const system = says('system', textPart)
const userTurn = fc.oneof(
  user.map((one) => [one]),
  tool.map((one) => [one]),
  fc.tuple(tool, user).map((both): Message[] => both),
  fc.tuple(user, system).map((both): Message[] => both),
)
const assistant = says('assistant', fc.oneof(ownThought, textPart, call, serverTool))

const messages: fc.Arbitrary<Message[]> = fc
  .tuple(
    fc.option(system),
    fc.array(fc.tuple(userTurn, assistant), { maxLength: 3 }),
    user.map((one) => [one]),
  )
  .map(([lead, turns, last]) => [
    ...(lead ? [lead] : []),
    ...turns.flatMap(([asked, answered]) => [...asked, answered]),
    ...last,
  ])

const schema = fc
  .dictionary(
    id.map((name) => `k${name}`),
    fc.constantFrom({ type: 'string' }, { type: 'integer', description: 'n' }),
    {
      maxKeys: 3,
      noNullPrototype: true,
    },
  )
  .map((properties) => ({ type: 'object', properties, additionalProperties: false }))

const oneTool: fc.Arbitrary<Tool> = fc.oneof(
  partial<Tool & { type: 'function' }>(
    {
      type: fc.constant('function'),
      name: id,
      description: text,
      schema,
      strict: fc.boolean(),
      cache,
      native,
    } as never,
    ['type', 'name', 'schema'],
  ),
  foreignFields.map(
    (fields): Tool => ({
      type: 'server',
      dialect,
      value: { ...fields, type: 'web_search_20260318' },
    }),
  ),
)

const wishes: fc.Arbitrary<Partial<ChatRequest>> = fc.oneof(
  fc.constantFrom<Partial<ChatRequest>>(
    {},
    { reasoning: {} },
    { reasoning: { effort: 'none' } },
    { reasoning: { effort: 'low', summary: 'none' } },
    { reasoning: { effort: 'max', effortOnly: true } },
    { reasoning: { effort: 'xhigh', summary: 'auto' } },
    { reasoning: { budgetTokens: 2048 }, maxOutputTokens: 4096 },
    { reasoning: { budgetTokens: 2048, effort: 'high' }, maxOutputTokens: 2049 },
  ),
  partial<ChatRequest['sampling']>(
    { temperature: fc.constantFrom(0, 0.5, 1), topK: fc.nat({ max: 100 }) } as never,
    [],
  ).map((sampling) => ({ sampling })),
  fc.constantFrom(0, 0.5, 1).map((topP) => ({ sampling: { topP } })),
)

const toolUse: fc.Arbitrary<Partial<ChatRequest>> = fc
  .tuple(
    fc.array(oneTool, { minLength: 1, maxLength: 3 }),
    fc.constantFrom<ToolChoice | undefined>(undefined, 'auto', 'none', 'required', {
      type: 'function',
      name: 'f',
    }),
    fc.boolean(),
  )
  .map(([tools, toolChoice, isOneByOne]) => ({
    tools,
    ...(toolChoice && { toolChoice }),
    ...(toolChoice && toolChoice !== 'none' && isOneByOne && { parallelToolCalls: false }),
  }))

/** Takes away marks above the four that are allowed. */
function withFewMarks(request: ChatRequest): ChatRequest {
  let left = request.cacheAuto ? 3 : 4
  const trim = (marked: { cache?: unknown }) => {
    if (marked.cache !== undefined && left-- <= 0) delete marked.cache
  }
  for (const one of request.tools ?? []) if (one.type === 'function') trim(one)
  for (const { parts } of request.messages) {
    for (const part of parts) {
      if (part.type === 'toolResult') part.content.forEach(trim)
      trim(part)
    }
  }
  return request
}

export const messagesRequest: fc.Arbitrary<ChatRequest> = fc
  .tuple(
    partial<ChatRequest>(
      {
        model: fc.constant('m1'),
        messages,
        sampling: fc.constant({}),
        responseFormat: schema.map((wanted) => ({
          type: 'jsonSchema',
          name: 'response',
          schema: wanted,
        })),
        maxOutputTokens: fc.integer({ min: 0, max: 1_000_000 }),
        stop: fc.array(
          text.filter((said) => said.trim() !== ''),
          { minLength: 1, maxLength: 5 },
        ),
        stream: fc.constant({ includeUsage: true }),
        cacheAuto: fc.constant(true),
        serviceTier: fc.constantFrom('auto', 'default'),
        user: text,
        headers: fc.constantFrom<Record<string, string>>(
          { 'anthropic-version': '2023-06-01' },
          { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a,b' },
        ),
        extensions: foreignFields.map((fields) => ({ dialect, fields })),
      } as never,
      ['model', 'messages', 'sampling', 'maxOutputTokens', 'headers'],
    ),
    wishes,
    fc.option(toolUse),
  )
  .map(([request, wished, tools]) => {
    const made = { ...request, ...wished, ...tools }
    // A budget and a forced tool exclude each other.
    if (made.reasoning?.budgetTokens !== undefined) delete made.toolChoice
    if (made.toolChoice === undefined) delete made.parallelToolCalls
    return withFewMarks(structuredClone(made))
  })
