import type { ChatRequest, JsonObject, Message, Part, Quirks } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { targetOf } from '../testing/bytes.ts'
import { bedrockConverse } from './index.ts'

const hi: Message = { role: 'user', parts: [{ type: 'text', text: 'hi' }] }
const says = (role: Message['role'], ...parts: Part[]): Message => ({ role, parts })
const base: ChatRequest = { model: 'm1', messages: [hi], sampling: {} }
const text = (said: string, cache?: Part['cache']): Part => ({
  type: 'text',
  text: said,
  ...(cache && { cache }),
})

function write(request: Partial<ChatRequest>, quirks: Quirks = {}, limits?: { output: number }) {
  const target = { ...targetOf(quirks, 'bedrock'), ...(limits && { limits }) }
  const { body, dropped, path } = bedrockConverse.writeRequest({ ...base, ...request }, target)
  return { wire: JSON.parse(body as string) as JsonObject, dropped, path }
}

const refusal = (param: string) =>
  expect.objectContaining({ code: 'unsupported_parameter', status: 400, param })

test('the model is one segment of the path, and streaming is another path', () => {
  const model = 'arn:aws:bedrock:eu-west-1:1:application-inference-profile/abc'
  const target = { ...targetOf({}, 'bedrock'), model }
  const { path } = bedrockConverse.writeRequest({ ...base, stream: { includeUsage: true } }, target)
  expect(path).toBe(
    '/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Aapplication-inference-profile%2Fabc/converse-stream',
  )
})

test('neighbours of one role become one turn, in which results come first', () => {
  const call: Part = { type: 'toolCall', kind: 'function', id: 't1', name: 'f', input: '{}' }
  const result: Part = { type: 'toolResult', callId: 't1', content: [text('r')], isError: true }
  const { wire } = write({
    tools: [{ type: 'function', name: 'f' }],
    messages: [hi, says('assistant', call), says('user', text('and')), says('tool', result)],
  })
  expect(wire.messages).toEqual([
    { role: 'user', content: [{ text: 'hi' }] },
    { role: 'assistant', content: [{ toolUse: { toolUseId: 't1', name: 'f', input: {} } }] },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 't1', content: [{ text: 'r' }], status: 'error' } },
        { text: 'and' },
      ],
    },
  ])
})

test('a result that came later stands behind its call, whoever spoke in between', () => {
  const call: Part = { type: 'toolCall', kind: 'function', id: 't1', name: 'f', input: '{}' }
  const result: Part = { type: 'toolResult', callId: 't1', content: [text('r')] }
  const { wire } = write({
    tools: [{ type: 'function', name: 'f' }],
    messages: [
      hi,
      says('assistant', call),
      says('user', text('Still there?')),
      says('assistant', text('Yes.')),
      says('tool', result),
      says('user', text('And?')),
    ],
  })
  expect(wire.messages).toEqual([
    { role: 'user', content: [{ text: 'hi' }] },
    { role: 'assistant', content: [{ toolUse: { toolUseId: 't1', name: 'f', input: {} } }] },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 't1', content: [{ text: 'r' }] } },
        { text: 'Still there?' },
      ],
    },
    { role: 'assistant', content: [{ text: 'Yes.' }] },
    { role: 'user', content: [{ text: 'And?' }] },
  ])
})

test('a conversation that the assistant opens gets a turn of the user before it', () => {
  const { wire } = write({ messages: [says('assistant', text('Hello!')), hi] })
  expect(wire.messages).toMatchObject([{ role: 'user' }, { role: 'assistant' }, { role: 'user' }])
})

test('what only the system says is said by the user', () => {
  const { wire } = write({ messages: [says('system', text('Tell a joke.'))] })
  expect(wire).toEqual({ messages: [{ role: 'user', content: [{ text: 'Tell a joke.' }] }] })
})

test('nothing to say is refused', () => {
  expect(() => write({ messages: [says('user', text(' '))] })).toThrow(
    expect.objectContaining({ code: 'invalid_request', param: 'messages' }),
  )
})

test('a model without a system prompt is told by the user', () => {
  const { wire } = write(
    { messages: [says('system', text('Be brief.')), hi] },
    { unsupported: ['system'] },
  )
  expect(wire).toEqual({
    messages: [{ role: 'user', content: [{ text: 'Be brief.' }, { text: 'hi' }] }],
  })
})

const media = (kind: 'image' | 'audio' | 'video' | 'file', mimeType: string): Part => ({
  type: 'media',
  kind,
  mimeType,
  data: 'AAAA',
})

test.each([
  ['image', 'image/jpg', { image: { format: 'jpeg', source: { bytes: 'AAAA' } } }],
  ['video', 'video/3gpp', { video: { format: 'three_gp', source: { bytes: 'AAAA' } } }],
  ['audio', 'audio/mpeg', { audio: { format: 'mp3', source: { bytes: 'AAAA' } } }],
] as const)('%s of the type %s', (kind, mimeType, block) => {
  const { wire } = write({ messages: [says('user', media(kind, mimeType))] })
  expect(wire.messages).toEqual([{ role: 'user', content: [block] }])
})

test.each([
  ['an image that is not taken', media('image', 'image/tiff')],
  ['a file that is not taken', media('file', 'application/zip')],
  ['an address', { type: 'media', kind: 'image', url: 'https://example.com/a.png' } as Part],
  ['a file of another provider', { type: 'media', kind: 'file', fileId: 'f1' } as Part],
])('%s is refused', (_, part) => {
  expect(() => write({ messages: [says('user', part)] })).toThrow(refusal('messages[0]'))
})

test('documents have names that are taken and their own, and a text beside them', () => {
  const named = (name: string): Part => ({ ...media('file', 'application/pdf'), name }) as Part
  const { wire } = write({
    messages: [
      says('user', named('Q3_report.pdf'), named('Q3_report.pdf'), media('file', 'text/x-c')),
    ],
  })
  const source = { bytes: 'AAAA' }
  expect(wire.messages).toEqual([
    {
      role: 'user',
      content: [
        { document: { format: 'pdf', name: 'Q3-report-pdf', source } },
        { document: { format: 'pdf', name: 'Q3-report-pdf (2)', source } },
        { document: { format: 'txt', name: 'document', source } },
        { text: expect.stringMatching(/\S/) },
      ],
    },
  ])
})

test('a cache ends after the block that says so, at most four times', () => {
  const { wire, dropped } = write({
    tools: [{ type: 'function', name: 'f', cache: {} }],
    messages: [
      says('system', text('a', { ttl: '1h' })),
      says('user', text('b', {}), text('c', {}), text('d', {})),
    ],
  })
  const point = { cachePoint: { type: 'default' } }
  expect(dropped).toEqual(['cache_control'])
  expect(wire).toMatchObject({
    toolConfig: { tools: [{ toolSpec: { name: 'f' } }] },
    system: [{ text: 'a' }, { cachePoint: { type: 'default', ttl: '1h' } }],
    messages: [{ content: [{ text: 'b' }, point, { text: 'c' }, point, { text: 'd' }, point] }],
  })
  expect((wire.toolConfig as { tools: unknown[] }).tools).toHaveLength(1)
})

test('an automatic cache ends after the last turn', () => {
  const { wire } = write({ cacheAuto: true })
  expect(wire.messages).toEqual([
    { role: 'user', content: [{ text: 'hi' }, { cachePoint: { type: 'default' } }] },
  ])
})

test('where caches are refused, their marks are lost', () => {
  const messages = [says('user', text('b', {}))]
  const { wire, dropped } = write({ messages }, { unsupported: ['cachePoint'] })
  expect(JSON.stringify(wire)).not.toContain('cachePoint')
  expect(dropped).toEqual(['cache_control'])
})

const schema = { type: 'object', properties: { a: { type: 'integer', minimum: 1 } } }

test('where only tools take no cache, only their marks are lost', () => {
  const quirks = { unsupported: ['toolConfig.cachePoint'] }
  const { wire, dropped } = write(
    {
      tools: [{ type: 'function', name: 'f', cache: {} }],
      messages: [says('user', text('a', {}))],
    },
    quirks,
  )
  expect(wire.toolConfig).toMatchObject({ tools: [{ toolSpec: { name: 'f' } }] })
  expect(wire.messages).toEqual([
    { role: 'user', content: [{ text: 'a' }, { cachePoint: { type: 'default' } }] },
  ])
  expect(dropped).toEqual(['cache_control'])
})

test('a schema for the answer goes out as a text', () => {
  const { wire } = write({
    responseFormat: { type: 'jsonSchema', name: 'n', description: 'd', schema },
  })
  const { jsonSchema } = (wire.outputConfig as { textFormat: { structure: JsonObject } }).textFormat
    .structure as { jsonSchema: { schema: string } }
  expect(wire.outputConfig).toEqual({
    textFormat: {
      type: 'json_schema',
      structure: { jsonSchema: { name: 'n', description: 'd', schema: expect.any(String) } },
    },
  })
  expect(JSON.parse(jsonSchema.schema)).toEqual({
    type: 'object',
    properties: { a: { type: 'integer', description: '(minimum: 1)' } },
    additionalProperties: false,
  })
})

test('any JSON is asked for in words', () => {
  const { wire, dropped } = write({ responseFormat: { type: 'json' } })
  expect(wire.system).toEqual([{ text: expect.stringContaining('JSON object') }])
  expect(dropped).toEqual([])
})

const f = { type: 'function' as const, name: 'f' }
const g = { type: 'function' as const, name: 'g' }

test.each([
  ['auto', { auto: {} }],
  ['required', { any: {} }],
  [f, { tool: { name: 'f' } }],
] as const)('the choice %j', (toolChoice, expected) => {
  const { wire } = write({ tools: [f, g], toolChoice })
  expect(wire.toolConfig).toMatchObject({ toolChoice: expected })
})

test('of a choice among some of the tools only those go out', () => {
  const toolChoice = { type: 'allowed' as const, mode: 'required' as const, tools: [g] }
  const { wire } = write({ tools: [f, g], toolChoice })
  expect(wire.toolConfig).toMatchObject({
    tools: [{ toolSpec: { name: 'g' } }],
    toolChoice: { any: {} },
  })
})

test('where no tool can be forced, forcing one is refused', () => {
  expect(() => write({ tools: [f], toolChoice: 'required' }, { noForcedTools: true })).toThrow(
    refusal('tool_choice'),
  )
})

const claude: Quirks = { converseReasoning: 'anthropic' }

test("one call at a time is said in the words of Anthropic's models, and lost with others", () => {
  const request = { tools: [f], toolChoice: f, parallelToolCalls: false }
  expect(write(request, claude).wire).toMatchObject({
    toolConfig: { toolChoice: { tool: { name: 'f' } } },
    additionalModelRequestFields: {
      tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true },
    },
  })
  const other = write(request)
  expect(other.wire).not.toHaveProperty('additionalModelRequestFields')
  expect(other.dropped).toEqual(['parallel_tool_calls'])
})

test.each<[string, Partial<ChatRequest>, Quirks, JsonObject, string[]]>([
  [
    'a budget of Claude',
    { reasoning: { budgetTokens: 2000 }, maxOutputTokens: 4000 },
    claude,
    {
      inferenceConfig: { maxTokens: 4000 },
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2000 } },
    },
    [],
  ],
  [
    'an effort of a Claude that adapts',
    { reasoning: { effort: 'high' }, maxOutputTokens: 4000 },
    { ...claude, thinking: ['adaptive'] },
    {
      inferenceConfig: { maxTokens: 4000 },
      additionalModelRequestFields: {
        thinking: { type: 'adaptive' },
        output_config: { effort: 'high' },
      },
    },
    [],
  ],
  [
    'an effort of gpt-oss',
    { reasoning: { effort: 'xhigh' } },
    { converseReasoning: 'gpt-oss' },
    { additionalModelRequestFields: { reasoning_effort: 'high' } },
    [],
  ],
  [
    'no effort of gpt-oss',
    { reasoning: { effort: 'none' } },
    { converseReasoning: 'gpt-oss' },
    { additionalModelRequestFields: { reasoning_effort: 'low' } },
    ['reasoning_effort'],
  ],
  [
    'an effort of GPT',
    { reasoning: { effort: 'minimal' } },
    { converseReasoning: 'openai' },
    { additionalModelRequestFields: { reasoning: { effort: 'minimal' } } },
    [],
  ],
  [
    'a budget of Nova',
    { reasoning: { budgetTokens: 2000 } },
    { converseReasoning: 'nova' },
    {
      additionalModelRequestFields: {
        reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' },
      },
    },
    ['thinking.budget_tokens'],
  ],
  [
    'no thinking of Nova',
    { reasoning: { effort: 'none' } },
    { converseReasoning: 'nova' },
    { additionalModelRequestFields: { reasoningConfig: { type: 'disabled' } } },
    [],
  ],
  [
    'an effort of a model that does not reason',
    { reasoning: { effort: 'low' } },
    {},
    {},
    ['reasoning_effort'],
  ],
  ['no thinking of one that does not reason', { reasoning: { effort: 'none' } }, {}, {}, []],
])('%s', (_, request, quirks, expected, lost) => {
  const { wire, dropped } = write(request, quirks)
  const { messages: __, ...rest } = wire
  expect(rest).toEqual(expected)
  expect(dropped).toEqual(lost)
})

test("Anthropic's models are given all the room they have", () => {
  expect(write({}, claude, { output: 64_000 }).wire.inferenceConfig).toEqual({ maxTokens: 64_000 })
})

test("sampling: top_k is for Anthropic's models, and temperatures end at 1", () => {
  const sampling = { temperature: 1.5, topK: 40 }
  expect(write({ sampling }, claude)).toMatchObject({
    wire: { inferenceConfig: { temperature: 1 }, additionalModelRequestFields: { top_k: 40 } },
    dropped: ['temperature'],
  })
  const other = write({ sampling })
  expect(other.wire).not.toHaveProperty('additionalModelRequestFields')
  expect(other.dropped).toEqual(['temperature', 'top_k'])
})

test("stop sequences: Anthropic's models tell which one it was; who takes none refuses them", () => {
  const { wire } = write({ stop: ['END'], stream: { includeUsage: true } }, claude)
  expect(wire.additionalModelResponseFieldPaths).toEqual(['/delta/stop_sequence'])
  expect(() => write({ stop: ['END'] }, { unsupported: ['stopSequences'] })).toThrow(
    refusal('stop'),
  )
})

test.each<[Partial<ChatRequest>, string]>([
  [{ n: 2 }, 'n'],
  [{ logprobs: {} }, 'logprobs'],
  [{ modalities: ['image'] }, 'modalities'],
  [{ modalities: ['audio'] }, 'audio'],
  [{ previousResponseId: 'r' }, 'previous_response_id'],
  [{ tools: [{ type: 'custom', name: 'c' }] }, 'tools[0]'],
  [{ tools: [{ type: 'server', dialect: 'gemini', value: {} }] }, 'tools[0]'],
])('%j is refused', (request, param) => {
  expect(() => write(request)).toThrow(refusal(param))
})

test('hints are dropped and named', () => {
  const { wire, dropped } = write({
    sampling: { presencePenalty: 1, frequencyPenalty: 1, seed: 1, logitBias: { 1: 1 } },
    verbosity: 'low',
    cacheKey: 'k',
    user: 'u',
    store: true,
    serviceTier: 'scale',
    metadata: { what: 'a "quoted" word' },
    extensions: { dialect: 'openai-chat', fields: { x_y: 1 } },
    headers: { 'anthropic-beta': 'context-1m-2025-08-07' },
  })
  expect(Object.keys(wire)).toEqual(['messages'])
  expect(new Set(dropped)).toEqual(
    new Set([
      'presence_penalty',
      'frequency_penalty',
      'seed',
      'logit_bias',
      'verbosity',
      'prompt_cache_key',
      'user',
      'store',
      'service_tier',
      'metadata',
      'x_y',
      'anthropic-beta',
    ]),
  )
})

test('a tier and metadata that Bedrock takes are passed on', () => {
  const { wire, dropped } = write({ serviceTier: 'flex', metadata: { team: 'a1' } })
  expect(wire).toMatchObject({ serviceTier: { type: 'flex' }, requestMetadata: { team: 'a1' } })
  expect(dropped).toEqual([])
})

test('a call whose input is no JSON object is refused', () => {
  const call: Part = { type: 'toolCall', kind: 'function', id: 't', name: 'f', input: '[1]' }
  expect(() => write({ tools: [f], messages: [hi, says('assistant', call), hi] })).toThrow(
    expect.objectContaining({ code: 'invalid_request', param: 'messages[1]' }),
  )
})
