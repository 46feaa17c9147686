// Every request and every answer that Google's dialect can express, for the laws of both.

import {
  type Annotation,
  type ChatChoice,
  type ChatRequest,
  type ChatResponse,
  type FinishReason,
  type Json,
  type JsonObject,
  type MediaPart,
  type Message,
  type Part,
  type Signature,
  type Tool,
  type ToolCallPart,
  type ToolChoice,
  type Usage,
  usageOf,
} from '@aigne-hub/protocol'
import fc from 'fast-check'
import { base64, id, partial, text } from './arbitrary-request.ts'

const count = fc.integer({ min: 0, max: 1_000_000 })
/** Of the provider the laws write to and read from. */
const signature: fc.Arbitrary<Signature> = base64.map((value) => ({ value, vendor: 'google' }))
/** Fields that no reader knows, in camel case: snake case is read as if it were. */
const foreignFields: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.stringMatching(/^x[a-z]{1,5}$/),
  fc.oneof(fc.string(), fc.integer(), fc.array(fc.boolean(), { maxLength: 2 })),
  { minKeys: 1, maxKeys: 2, noNullPrototype: true },
)
const native = foreignFields.map((fields) => ({ gemini: fields }))

const key = id.map((name) => `k${name}`)
const jsonObject: fc.Arbitrary<JsonObject> = fc.dictionary(
  key,
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.integer(), { maxLength: 2 })),
  { maxKeys: 3, noNullPrototype: true },
)

const spoken = partial<Part & { type: 'text' }>(
  { type: fc.constant('text'), text, signature, native } as never,
  ['type', 'text'],
)

const types = ['image/png', 'audio/wav', 'video/mp4', 'application/pdf'] as const
const kindOf = (mimeType: string): MediaPart['kind'] =>
  (['image', 'audio', 'video'] as const).find((kind) => mimeType.startsWith(kind)) ?? 'file'

const media: fc.Arbitrary<MediaPart> = fc
  .tuple(
    fc.constantFrom(...types),
    fc.oneof(
      base64.map((data) => ({ data })),
      id.map((path) => ({ url: `https://example.com/${path}` })),
      id.map((name) => ({ fileId: `gs://bucket/${name}` })),
    ),
    fc.option(signature, { nil: undefined }),
  )
  .map(([mimeType, source, signed]) => ({
    type: 'media' as const,
    kind: kindOf(mimeType),
    mimeType,
    ...source,
    ...(signed && { signature: signed }),
  }))

const toolCall: fc.Arbitrary<ToolCallPart> = partial<ToolCallPart>(
  {
    type: fc.constant('toolCall'),
    id,
    name: id,
    kind: fc.constant('function'),
    input: jsonObject.map((value) => JSON.stringify(value)),
    signature,
    native,
  } as never,
  ['type', 'id', 'name', 'kind', 'input'],
)

const reasoning: fc.Arbitrary<Part> = partial<Part & { type: 'reasoning' }>(
  { type: fc.constant('reasoning'), text, signature, native } as never,
  ['type', 'text', 'signature'] as never,
)

const serverTool: fc.Arbitrary<Part> = fc.oneof(
  text.map(
    (code): Part => ({
      type: 'serverTool',
      dialect: 'gemini',
      id: '',
      name: 'executableCode',
      phase: 'call',
      data: { language: 'PYTHON', code },
    }),
  ),
  text.map(
    (output): Part => ({
      type: 'serverTool',
      dialect: 'gemini',
      id: '',
      name: 'codeExecutionResult',
      phase: 'result',
      status: 'OUTCOME_OK',
      data: { outcome: 'OUTCOME_OK', output },
    }),
  ),
)

const nativePart = foreignFields.map(
  (value): Part => ({ type: 'native', dialect: 'gemini', value }),
)

const result: fc.Arbitrary<Part> = partial<Part & { type: 'toolResult' }>(
  {
    type: fc.constant('toolResult'),
    callId: id,
    name: id,
    content: fc.oneof(
      fc.constant([]),
      fc
        .oneof(
          text.filter((said) => !said.startsWith('{')),
          fc
            .dictionary(key, fc.string(), { minKeys: 1, maxKeys: 3 })
            .map((one) => JSON.stringify(one)),
        )
        .map((said) => [{ type: 'text', text: said }]),
    ),
  } as never,
  ['type', 'callId', 'name', 'content'],
)

const failedResult: fc.Arbitrary<Part> = fc.tuple(id, id, text).map(([callId, name, said]) => ({
  type: 'toolResult',
  callId,
  name,
  content: [{ type: 'text', text: said }],
  isError: true,
}))

const turn = (role: Message['role'], part: fc.Arbitrary<Part>): fc.Arbitrary<Message> =>
  fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => ({ role, parts }))

/** Results come before what the user says; neighbours have different roles. */
const exchange: fc.Arbitrary<Message[]> = fc
  .tuple(
    turn('assistant', fc.oneof(spoken, media, toolCall, reasoning, serverTool, nativePart)),
    fc.option(turn('tool', fc.oneof(result, failedResult)), { nil: undefined }),
    turn('user', fc.oneof(spoken, media, nativePart)),
  )
  .map(([model, results, user]) => [model, ...(results ? [results] : []), user])

const messages: fc.Arbitrary<Message[]> = fc
  .tuple(
    fc.option(
      turn(
        'system',
        text.map((said): Part => ({ type: 'text', text: said })),
      ),
      { nil: undefined },
    ),
    turn('user', fc.oneof(spoken, media)),
    fc.array(exchange, { maxLength: 2 }),
  )
  .map(([system, user, exchanges]) => [...(system ? [system] : []), user, ...exchanges.flat()])

const schema: fc.Arbitrary<JsonObject> = fc
  .dictionary(key, fc.constantFrom<Json>({ type: 'string' }, { type: 'integer', minimum: 0 }), {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  })
  .map((properties) => ({ type: 'object', properties: properties as JsonObject }))

const functionTool: fc.Arbitrary<Tool> = partial<Tool & { type: 'function' }>(
  { type: fc.constant('function'), name: id, description: text, schema, native } as never,
  ['type', 'name'],
)

const serverTools: fc.Arbitrary<Tool> = fc
  .constantFrom('googleSearch', 'codeExecution', 'urlContext')
  .map((name) => ({ type: 'server', dialect: 'gemini', value: { [name]: {} } }))

const toolName = id.map((name) => ({ type: 'function' as const, name }))
const toolChoice: fc.Arbitrary<ToolChoice> = fc.oneof(
  fc.constantFrom('auto' as const, 'none' as const, 'required' as const),
  toolName,
  fc
    .array(toolName, { minLength: 2, maxLength: 3 })
    .map((tools) => ({ type: 'allowed' as const, mode: 'required' as const, tools })),
  fc
    .array(toolName, { minLength: 1, maxLength: 3 })
    .map((tools) => ({ type: 'allowed' as const, mode: 'auto' as const, tools })),
)

const tooling = fc
  .tuple(
    fc.array(functionTool, { minLength: 1, maxLength: 2 }),
    fc.array(serverTools, { maxLength: 2 }),
    fc.option(toolChoice, { nil: undefined }),
  )
  .map(([functions, servers, choice]) => ({
    tools: [...functions, ...servers],
    ...(choice !== undefined && { toolChoice: choice }),
  }))

const format = {
  responseFormat: fc.oneof(
    fc.constant({ type: 'text' }),
    fc.constant({ type: 'json' }),
    schema.map((one) => ({ type: 'jsonSchema', name: 'response', schema: one })),
  ),
}

const number = (min: number, max: number) =>
  fc.double({ min, max, noNaN: true }).map((value) => (value === 0 ? 0 : value))

export const contentRequest: fc.Arbitrary<ChatRequest> = fc
  .tuple(
    partial<ChatRequest>(
      {
        model: fc.constant('m1'),
        messages,
        sampling: partial<ChatRequest['sampling']>(
          {
            temperature: number(0, 2),
            topP: number(0, 1),
            topK: fc.nat(),
            presencePenalty: number(-2, 2),
            frequencyPenalty: number(-2, 2),
            seed: fc.maxSafeInteger(),
          } as never,
          [],
        ),
        maxOutputTokens: fc.integer({ min: 1, max: 1_000_000 }),
        stop: fc.array(text, { minLength: 1, maxLength: 5 }),
        n: fc.integer({ min: 1, max: 8 }),
        logprobs: partial<{ top?: number }>({ top: fc.integer({ min: 0, max: 20 }) }, []),
        reasoning: fc.oneof(
          fc.constant({ effort: 'none' }),
          fc
            .constantFrom('auto', 'none')
            .chain((summary) =>
              fc.constantFrom<ChatRequest['reasoning']>(
                { summary },
                { summary, effort: 'high' },
                { summary, budgetTokens: 512 },
              ),
            ),
        ),
        modalities: fc.constantFrom(['text'], ['text', 'image']),
        stream: fc.constant({ includeUsage: true }),
        serviceTier: fc.constantFrom('default', 'flex', 'priority'),
        extensions: fc
          .tuple(foreignFields, foreignFields, foreignFields)
          .map(([top, config, tool]) => ({
            dialect: 'gemini',
            fields: { ...top, generationConfig: config, toolConfig: tool },
          })),
      } as never,
      ['model', 'messages', 'sampling'],
    ),
    fc.oneof(tooling, partial(format as never, [])) as fc.Arbitrary<Partial<ChatRequest>>,
  )
  .map(([request, either]) => ({ ...request, ...either }))

const token = fc.record(
  { token: text, logprob: fc.integer({ min: -100, max: -1 }), bytes: fc.constant(null) },
  { noNullPrototype: true },
)
const logprobs = fc.array(
  fc.tuple(token, fc.array(token, { maxLength: 2 })).map(([one, top]) => ({ ...one, top })),
  { minLength: 1, maxLength: 3 },
)

const annotations = (said: string): fc.Arbitrary<Annotation[]> =>
  fc.array(
    fc.webUrl().map((url) => ({ kind: 'url' as const, url, start: 0, end: said.length })),
    { minLength: 1, maxLength: 2 },
  )

/** One text at most: neighbours would become one, and sources count from the first. */
const answerText: fc.Arbitrary<Part> = text.chain((said) =>
  partial<Part & { type: 'text' }>(
    {
      type: fc.constant('text'),
      text: fc.constant(said),
      annotations: annotations(said),
      logprobs,
      signature,
    } as never,
    ['type', 'text'],
  ),
)

const thought: fc.Arbitrary<Part> = partial<Part & { type: 'reasoning' }>(
  { type: fc.constant('reasoning'), text, signature } as never,
  ['type', 'text'] as never,
)

const finishes: Record<Exclude<FinishReason, 'error' | 'toolCalls'>, string[]> = {
  stop: ['STOP', 'NO_IMAGE'],
  length: ['MAX_TOKENS'],
  contentFilter: ['SAFETY', 'SPII', 'RECITATION'],
  pause: ['CONTINUATION'],
}

const choice: fc.Arbitrary<Omit<ChatChoice, 'index'>> = fc
  .tuple(
    fc.option(thought, { nil: undefined }),
    fc.option(answerText, { nil: undefined }),
    fc.array(fc.oneof(toolCall, media, serverTool, nativePart), { maxLength: 3 }),
    fc.constantFrom(...(Object.keys(finishes) as (keyof typeof finishes)[])),
    fc.nat(),
    fc.option(text, { nil: undefined }),
  )
  .map(([one, said, others, wanted, which, finishMessage]) => {
    const parts = [...(one ? [one] : []), ...(said ? [said] : []), ...others]
    const hasCalls = parts.some(({ type }) => type === 'toolCall')
    const words = finishes[wanted]
    return {
      parts,
      finish: {
        reason: wanted === 'stop' && hasCalls ? 'toolCalls' : wanted,
        raw: words[which % words.length] as string,
        ...(finishMessage !== undefined && { details: { finishMessage } }),
      },
    }
  })

const usage: fc.Arbitrary<Usage> = fc
  .record({ fresh: count, cacheRead: count, spoken: count, reasoning: count })
  .chain(({ fresh, cacheRead, spoken: said, reasoning: hidden }) =>
    fc
      .record({ audioIn: count, audioOut: count, imageIn: count, imageOut: count })
      .map((modalities) =>
        usageOf({
          ...modalities,
          cacheRead,
          reasoning: hidden,
          input: fresh + cacheRead,
          output: said + hidden,
        }),
      ),
  )

export const contentResponse: fc.Arbitrary<ChatResponse> = fc
  .tuple(
    partial<Omit<ChatResponse, 'choices' | 'usage'>>(
      { id, model: text, created: fc.integer({ min: 1, max: 4_000_000_000 }), native } as never,
      ['id', 'model', 'created'],
    ),
    fc.array(choice, { minLength: 1, maxLength: 3 }),
    usage,
  )
  .map(([start, choices, used]) => ({
    ...start,
    choices: choices.map((one, index) => ({ index, ...one })),
    usage: used,
  }))
