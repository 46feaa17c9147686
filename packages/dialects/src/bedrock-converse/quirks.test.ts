import {
  type ChatRequest,
  foldChat,
  type JsonObject,
  type Message,
  type Quirks,
} from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { errorFrame, eventFrame, exceptionFrame } from '../testing/event-frames.ts'
import { bedrockConverse } from './index.ts'

const claude = targetOf({ converseReasoning: 'anthropic' }, 'bedrock')
const nova = targetOf({ converseReasoning: 'nova' }, 'bedrock')
const plain = targetOf({}, 'bedrock')

const hi: Message = { role: 'user', parts: [{ type: 'text', text: 'hi' }] }
const asking = (...messages: Message[]): ChatRequest => ({ model: 'm1', messages, sampling: {} })
const calling: Message[] = [
  hi,
  {
    role: 'assistant',
    parts: [
      { type: 'toolCall', kind: 'function', id: 'call 1', name: 'find.it', input: '{"a":1}' },
    ],
  },
  {
    role: 'tool',
    parts: [{ type: 'toolResult', callId: 'call 1', content: [{ type: 'text', text: 'found' }] }],
  },
]
const find = { type: 'function' as const, name: 'find' }

function written(request: ChatRequest, target = plain): JsonObject & { dropped: string[] } {
  const { body, dropped } = bedrockConverse.writeRequest(request, target)
  return { ...JSON.parse(body as string), dropped }
}

test('bedrock#2: without tools, calls of the past and their results are told in words', () => {
  expect(written(asking(...calling))).toEqual({
    messages: [
      { role: 'user', content: [{ text: 'hi' }] },
      { role: 'assistant', content: [{ text: '(Called the tool find.it with {"a":1}.)' }] },
      { role: 'user', content: [{ text: '(The tool find.it answered: found)' }] },
    ],
    dropped: [],
  })
})

test('bedrock#3: a choice of "none" keeps the tools back', () => {
  const wire = written({ ...asking(hi), tools: [find], toolChoice: 'none' })
  expect(wire).toEqual({ messages: [{ role: 'user', content: [{ text: 'hi' }] }], dropped: [] })
})

test('bedrock#3: where the past has calls, the tools stay and the choice is reported as lost', () => {
  const wire = written({ ...asking(...calling), tools: [find], toolChoice: 'none' })
  expect(wire.dropped).toEqual(['tool_choice'])
  expect(wire.toolConfig).toEqual({
    tools: [
      { toolSpec: { name: 'find', inputSchema: { json: { type: 'object', properties: {} } } } },
    ],
  })
})

test('bedrock#4: blank texts are left out, and the last one of the assistant ends without space', () => {
  const blank = { type: 'text' as const, text: ' \n' }
  const wire = written(
    asking(
      { role: 'system', parts: [blank] },
      { role: 'user', parts: [blank, { type: 'text', text: 'Go on: ' }] },
      { role: 'assistant', parts: [{ type: 'text', text: 'So \n' }, blank] },
    ),
  )
  expect(wire).toEqual({
    messages: [
      { role: 'user', content: [{ text: 'Go on: ' }] },
      { role: 'assistant', content: [{ text: 'So' }] },
    ],
    dropped: [],
  })
})

test('bedrock#4: a result without text says that there is none', () => {
  const result: Message = {
    role: 'tool',
    parts: [{ type: 'toolResult', callId: 'call 1', content: [{ type: 'text', text: '' }] }],
  }
  const wire = written({ ...asking(...calling.slice(0, 2), result), tools: [find] })
  expect(wire.messages).toMatchObject({
    2: { content: [{ toolResult: { content: [{ text: '(no output)' }] } }] },
  })
})

test('bedrock#5: names and ids of the past are put in the letters that are taken', () => {
  const wire = written({ ...asking(...calling), tools: [find] })
  expect(wire.messages).toMatchObject({
    1: { content: [{ toolUse: { toolUseId: 'call_1', name: 'find_it', input: { a: 1 } } }] },
    2: { content: [{ toolResult: { toolUseId: 'call_1' } }] },
  })
})

test('bedrock#5: two ids that would become one stay two', () => {
  const both = ['call 1', 'call_1'].map((id) => ({
    type: 'toolCall' as const,
    kind: 'function' as const,
    id,
    name: 'f',
    input: '',
  }))
  const wire = written({ ...asking(hi, { role: 'assistant', parts: both }), tools: [find] })
  expect(wire.messages).toMatchObject({
    1: { content: [{ toolUse: { toolUseId: 'call_1' } }, { toolUse: { toolUseId: 'call_11' } }] },
  })
})

test('bedrock#5: a tool whose name is not taken is refused, for the model would call another', () => {
  const request = { ...asking(hi), tools: [{ ...find, name: 'find.it' }] }
  expect(() => written(request)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'tools[0].name' }),
  )
})

test("bedrock#5: ids for Mistral's models are nine letters and digits", () => {
  const target = targetOf({ shortToolCallIds: true }, 'bedrock')
  const { messages } = written({ ...asking(...calling), tools: [find] }, target)
  const [, call, result] = messages as { content: JsonObject[] }[]
  const { toolUseId } = (call?.content[0]?.toolUse ?? {}) as JsonObject
  expect(toolUseId).toMatch(/^[a-zA-Z0-9]{9}$/)
  expect(result?.content[0]?.toolResult).toMatchObject({ toolUseId })
})

const thought = { type: 'reasoning' as const, text: 'Hm.' }
const signedBy = (vendor: string) => ({ ...thought, signature: { value: 'sig', vendor } })

test.each([
  ['without a signature', thought, 'reasoning'],
  ['signed by another vendor', signedBy('anthropic'), 'signature'],
  [
    'with an empty signature',
    { ...thought, signature: { value: '', vendor: 'bedrock' } },
    'signature',
  ],
])('bedrock#6: a thought %s is not replayed', (_, part, lost) => {
  const answer: Message = { role: 'assistant', parts: [part, { type: 'text', text: 'Yes.' }] }
  const wire = written(asking(hi, answer, hi))
  expect(wire.messages).toMatchObject({ 1: { content: [{ text: 'Yes.' }] } })
  expect(wire.dropped).toEqual([lost])
})

test('bedrock#6: a thought that this provider signed, or encrypted, goes back as it was', () => {
  const redacted = {
    type: 'reasoning' as const,
    redacted: 'AAEC',
    signature: { value: '', vendor: 'bedrock' },
  }
  const answer: Message = { role: 'assistant', parts: [signedBy('bedrock'), redacted] }
  const wire = written(asking(hi, answer, hi))
  expect(wire.dropped).toEqual([])
  expect(wire.messages).toMatchObject({
    1: {
      content: [
        { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'sig' } } },
        { reasoningContent: { redactedContent: 'AAEC' } },
      ],
    },
  })
})

const usage = { inputTokens: 20, outputTokens: 14, totalTokens: 34 }

test('bedrock#7: the usage comes after the answer has finished', () => {
  const reader = bedrockConverse.streamReader(plain)
  reader.push(eventFrame('messageStart', { role: 'assistant' }))
  expect(reader.push(eventFrame('messageStop', { stopReason: 'end_turn' }))).toEqual([
    { type: 'finish', choice: 0, reason: 'stop', raw: 'end_turn' },
  ])
  expect(reader.push(eventFrame('metadata', { usage }))).toEqual([
    { type: 'usage', usage: expect.objectContaining({ input: 20, output: 14 }) },
  ])
  expect(reader.end()).toEqual([])
})

test('bedrock#8: an exception in a stream is an error, and nothing after it is read', () => {
  const reader = bedrockConverse.streamReader(plain)
  const events = [
    ...reader.push(exceptionFrame('modelStreamErrorException', { message: 'broke' })),
    ...reader.push(eventFrame('messageStop', { stopReason: 'end_turn' })),
    ...reader.end(),
  ]
  expect(events).toEqual([
    { type: 'error', error: expect.objectContaining({ code: 'upstream_failed', retryable: true }) },
  ])
})

test('bedrock#8: an error frame says in its headers what went wrong', () => {
  const reader = bedrockConverse.streamReader(plain)
  const events = reader.push(errorFrame('ThrottlingException', 'Too many requests'))
  expect(events).toEqual([
    { type: 'error', error: expect.objectContaining({ code: 'rate_limit_exceeded' }) },
  ])
  expect(reader.end()).toEqual([])
})

test('bedrock#8: a stream that ends without messageStop is incomplete', () => {
  const reader = bedrockConverse.streamReader(plain)
  reader.push(eventFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hi' } }))
  reader.push(eventFrame('metadata', { usage }))
  expect(reader.end()).toEqual([
    { type: 'error', error: expect.objectContaining({ code: 'upstream_incomplete' }) },
  ])
})

test('bedrock#9: what came from a cache, or went to it, is counted once', () => {
  const counts = { ...usage, cacheReadInputTokens: 100, cacheWriteInputTokens: 10 }
  const body = { output: { message: { content: [{ text: 'Hi' }] } }, usage: counts }
  const { input, cacheRead, cacheWrite5m } = foldChat(
    bedrockConverse.readResponse(bytesOf(JSON.stringify(body)), plain),
  ).usage
  expect({ input, cacheRead, cacheWrite5m }).toEqual({
    input: 130,
    cacheRead: 100,
    cacheWrite5m: 10,
  })
})

test('bedrock#10: only betas that Bedrock knows are passed on, in the body', () => {
  const headers = { 'anthropic-beta': 'context-1m-2025-08-07, files-api-2025-04-14' }
  const wire = written({ ...asking(hi), headers }, claude)
  expect(wire.additionalModelRequestFields).toEqual({ anthropic_beta: ['context-1m-2025-08-07'] })
  expect(wire.dropped).toEqual(['anthropic-beta'])
})

test('bedrock#10: models that take an effort as a beta only are sent the beta with it', () => {
  const beta = 'effort-2025-11-24'
  const request: ChatRequest = {
    ...asking(hi),
    headers: { 'anthropic-beta': beta },
    reasoning: { effort: 'low', effortOnly: true },
  }
  const asked = (thinking: NonNullable<Quirks['thinking']>, wish: ChatRequest) =>
    written(wish, targetOf({ converseReasoning: 'anthropic', thinking }, 'bedrock'))
      .additionalModelRequestFields
  const expected = { output_config: { effort: 'low' }, anthropic_beta: [beta] }
  expect(asked(['enabled', 'disabled'], { ...request, headers: {} })).toEqual(expected)
  expect(asked(['enabled', 'disabled'], request)).toEqual(expected)
  expect(asked(['enabled', 'adaptive'], { ...request, headers: {} })).toEqual({
    output_config: { effort: 'low' },
  })
})

test('bedrock#10: eager_input_streaming stays behind', () => {
  const native = { 'anthropic-messages': { eager_input_streaming: true } }
  const wire = written({ ...asking(hi), tools: [{ ...find, native }] }, claude)
  expect(JSON.stringify(wire)).not.toContain('eager')
})

test('bedrock#10: strict and schemas are left to the models that take them', () => {
  const target = targetOf(
    { converseReasoning: 'anthropic', unsupported: ['strict'], noJsonSchema: true },
    'bedrock',
  )
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  const wire = written(
    {
      ...asking(hi),
      tools: [{ ...find, strict: true, schema }],
      responseFormat: { type: 'jsonSchema', name: 'n', schema },
    },
    target,
  )
  expect(wire.dropped).toEqual(['strict'])
  expect(wire).not.toHaveProperty('outputConfig')
  expect(wire.toolConfig).toEqual({
    tools: [
      { toolSpec: { name: 'find', inputSchema: { json: schema } } },
      {
        toolSpec: {
          name: 'hub_json_answer',
          description: expect.any(String),
          inputSchema: { json: { ...schema, additionalProperties: false } },
        },
      },
    ],
    toolChoice: { any: {} },
  })
})

const bounded = { maxOutputTokens: 9, sampling: { temperature: 0.5, topP: 0.5 } }

test('bedrock#11: Nova takes neither a limit nor sampling with a high effort', () => {
  const wire = written({ ...asking(hi), ...bounded, reasoning: { effort: 'high' } }, nova)
  expect(wire).toEqual({
    messages: [{ role: 'user', content: [{ text: 'hi' }] }],
    additionalModelRequestFields: {
      reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' },
    },
    dropped: ['max_tokens', 'temperature', 'top_p'],
  })
})

test('bedrock#11: with less effort it takes both', () => {
  const wire = written({ ...asking(hi), ...bounded, reasoning: { effort: 'low' } }, nova)
  expect(wire).toMatchObject({
    inferenceConfig: { maxTokens: 9, temperature: 0.5, topP: 0.5 },
    dropped: [],
  })
})

test('bedrock#12: what a guardrail says instead of the model is an answer that was filtered', () => {
  const body = {
    output: { message: { content: [{ text: 'Not that.' }] } },
    stopReason: 'guardrail_intervened',
  }
  const { choices } = foldChat(bedrockConverse.readResponse(bytesOf(JSON.stringify(body)), plain))
  expect(choices).toEqual([
    {
      index: 0,
      parts: [{ type: 'text', text: 'Not that.' }],
      finish: { reason: 'contentFilter', raw: 'guardrail_intervened' },
    },
  ])
})
