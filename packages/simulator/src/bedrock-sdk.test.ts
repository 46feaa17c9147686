import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  type BedrockRuntimeServiceException,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  ListAsyncInvokesCommand,
  type Message,
  type ToolConfiguration,
} from '@aws-sdk/client-bedrock-runtime'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSimulator } from './simulator.ts'

const accessKeyId = 'AKIASIMULATOR0000001'
const simulator = createSimulator({ seed: 3, requireKey: ['bearer-key', accessKeyId] })
let listening: Awaited<ReturnType<typeof simulator.listen>>
let signing: BedrockRuntimeClient

type ClientOptions = Pick<
  BedrockRuntimeClientConfig,
  'credentials' | 'token' | 'authSchemePreference' | 'region' | 'systemClockOffset'
>

const credentials = { accessKeyId, secretAccessKey: `secret-of-${accessKeyId}` }

function client(options: ClientOptions = { credentials }) {
  return new BedrockRuntimeClient({
    region: 'eu-west-1',
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
    endpoint: `${listening.url}/bedrock`,
    ...options,
  })
}

beforeAll(async () => {
  listening = await simulator.listen()
  signing = client()
})
afterAll(() => listening.close())

const said = (text: string): Message[] => [{ role: 'user', content: [{ text }] }]
const ask = (modelId: string, more: Partial<ConverseCommandInput> = {}): ConverseCommandInput => ({
  modelId,
  messages: said('What is a gateway?'),
  ...more,
})
const converse = (input: ConverseCommandInput) => signing.send(new ConverseCommand(input))

async function eventsOf(input: ConverseCommandInput): Promise<ConverseStreamOutput[]> {
  const { stream } = await signing.send(new ConverseStreamCommand(input))
  const events: ConverseStreamOutput[] = []
  for await (const event of stream ?? []) events.push(event)
  return events
}

const deltasOf = (events: readonly ConverseStreamOutput[]) =>
  events.flatMap(({ contentBlockDelta }) => contentBlockDelta?.delta ?? [])

async function failureOf(sent: Promise<unknown>): Promise<BedrockRuntimeServiceException> {
  return sent.then(
    () => Promise.reject(new Error('It was answered.')),
    (error: BedrockRuntimeServiceException) => error,
  )
}

const weather: ToolConfiguration = {
  tools: [
    {
      toolSpec: {
        name: 'get_weather',
        description: 'The weather somewhere.',
        inputSchema: {
          json: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
      },
    },
  ],
}

test('converse: an answer, why it ended, what it cost', async () => {
  const answer = await converse(
    ask('us.simulator.chat-v1:0', { system: [{ text: 'Be a pirate.' }] }),
  )
  const [block] = answer.output?.message?.content ?? []
  expect(block?.text).toContain('What is a gateway?')
  expect(block?.text).toContain('Be a pirate.')
  expect(answer.stopReason).toBe('end_turn')
  const { inputTokens = 0, outputTokens = 0, totalTokens } = answer.usage ?? {}
  expect(inputTokens).toBeGreaterThan(5)
  expect(totalTokens).toBe(inputTokens + outputTokens)
  expect(answer.usage?.cacheReadInputTokens).toBeUndefined()
  expect(answer.metrics?.latencyMs).toBeGreaterThan(0)
  expect(answer.$metadata.requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
})

test('a stream says the same, without a start of text, with usage after its stop', async () => {
  const input = ask('us.simulator.chat-v1:0')
  const [whole, events] = [await converse(input), await eventsOf(input)]
  const text = deltasOf(events).map((delta) => delta.text ?? '')
  expect(text.join('')).toBe(whole.output?.message?.content?.[0]?.text)
  expect(events[0]).toMatchObject({ messageStart: { role: 'assistant' } })
  expect(events.some((event) => 'contentBlockStart' in event)).toBe(false)
  expect(events.slice(-3)).toMatchObject([
    { contentBlockStop: { contentBlockIndex: 0 } },
    { messageStop: { stopReason: 'end_turn' } },
    { metadata: { usage: whole.usage, metrics: whole.metrics } },
  ])
})

test('a reasoning model thinks first, signs it, and takes it back as it was', async () => {
  const input = ask('us.anthropic.claude-sonnet-5-5', {
    additionalModelRequestFields: { thinking: { type: 'adaptive' } },
  })
  const whole = await converse(input)
  const [thought, answer] = whole.output?.message?.content ?? []
  const { text, signature } = thought?.reasoningContent?.reasoningText ?? {}
  expect(text).toContain('gateway')
  expect(answer?.text).toContain('What is a gateway?')

  const deltas = deltasOf(await eventsOf(input))
  const thoughts = deltas.map((delta) => delta.reasoningContent?.text ?? '')
  expect(thoughts.join('')).toBe(text)
  expect(deltas.find((delta) => delta.reasoningContent?.signature)).toMatchObject({
    reasoningContent: { signature },
  })

  const history = (signed: string | undefined): ConverseCommandInput => ({
    ...input,
    messages: [
      ...(input.messages ?? []),
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text, signature: signed } } },
          { text: 'A gate.' },
        ],
      },
      ...said('And now?'),
    ],
  })
  await expect(converse(history(signature))).resolves.toMatchObject({ stopReason: 'end_turn' })
  await expect(converse(history('bm9uc2Vuc2U='))).rejects.toThrow('Invalid `signature`')
  await expect(converse(history(undefined))).rejects.toThrow('signature: Field required')
})

test('Claude thinks only when it is asked to', async () => {
  const { output } = await converse(ask('us.anthropic.claude-sonnet-5-5'))
  expect(output?.message?.content).toMatchObject([{ text: expect.any(String) }])
})

test('tools are called, several at once, and their results passed on', async () => {
  const input = ask('us.simulator.tools-v1:0', {
    messages: said('What is the weather in Paris and Rome?'),
    toolConfig: weather,
  })
  const first = await converse(input)
  expect(first.stopReason).toBe('tool_use')
  const uses = (first.output?.message?.content ?? []).flatMap(({ toolUse }) => toolUse ?? [])
  expect(uses.map(({ input }) => input)).toEqual([{ city: 'Paris' }, { city: 'Rome' }])
  const second = await converse({
    ...input,
    messages: [
      ...(input.messages ?? []),
      first.output?.message as Message,
      {
        role: 'user',
        content: uses.map(({ toolUseId }, at) => ({
          toolResult: { toolUseId, content: [{ json: { degrees: 20 + at } }] },
        })),
      },
    ],
  })
  expect(second.stopReason).toBe('end_turn')
  expect(second.output?.message?.content?.[0]?.text).toContain('{"degrees":21}')
})

test('streamed calls start with their name and come in fragments', async () => {
  const events = await eventsOf(
    ask('us.simulator.tools-v1:0', {
      messages: said('weather in Paris'),
      toolConfig: { ...weather, toolChoice: { tool: { name: 'get_weather' } } },
    }),
  )
  const starts = events.flatMap(({ contentBlockStart }) => contentBlockStart ?? [])
  expect(starts).toMatchObject([
    {
      contentBlockIndex: 0,
      start: { toolUse: { name: 'get_weather', toolUseId: expect.stringMatching(/^tooluse_/) } },
    },
  ])
  const fragments = deltasOf(events).flatMap(({ toolUse }) => toolUse?.input ?? [])
  expect(fragments.length).toBeGreaterThan(1)
  expect(JSON.parse(fragments.join(''))).toEqual({ city: 'Paris' })
  expect(events.at(-2)).toMatchObject({ messageStop: { stopReason: 'tool_use' } })
})

test('cached tokens are outside of inputTokens', async () => {
  const plain = await converse(ask('us.simulator.chat-v1:0'))
  const { usage } = await converse(
    ask('us.simulator.cached-v1:0', {
      messages: [
        {
          role: 'user',
          content: [{ text: 'What is a gateway?' }, { cachePoint: { type: 'default' } }],
        },
      ],
    }),
  )
  const { inputTokens = 0, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage ?? {}
  expect(cacheReadInputTokens).toBeGreaterThan(0)
  expect(inputTokens + cacheReadInputTokens + cacheWriteInputTokens).toBe(plain.usage?.inputTokens)
  const written = (usage?.cacheDetails ?? []).map(({ inputTokens: tokens }) => tokens ?? 0)
  expect(written.reduce((sum, tokens) => sum + tokens, 0)).toBe(cacheWriteInputTokens)
})

test('limits, stop sequences and the fields asked for', async () => {
  const short = await converse(ask('echo', { inferenceConfig: { maxTokens: 2 } }))
  expect(short).toMatchObject({ stopReason: 'max_tokens', usage: { outputTokens: 2 } })
  const stopped = ask('echo', {
    inferenceConfig: { stopSequences: ['gate'] },
    additionalModelResponseFieldPaths: ['/stop_sequence', '/delta/stop_sequence'],
    serviceTier: { type: 'priority' },
  })
  expect(await converse(stopped)).toMatchObject({
    stopReason: 'stop_sequence',
    additionalModelResponseFields: { stop_sequence: 'gate' },
    serviceTier: { type: 'priority' },
  })
  expect((await eventsOf(stopped)).at(-2)).toMatchObject({
    messageStop: { additionalModelResponseFields: { delta: { stop_sequence: 'gate' } } },
  })
})

test('a schema, which is a text, is kept to', async () => {
  const schema = { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] }
  const { output } = await converse(
    ask('chat', {
      outputConfig: {
        textFormat: {
          type: 'json_schema',
          structure: { jsonSchema: { schema: JSON.stringify(schema), name: 'answer' } },
        },
      },
    }),
  )
  const value = JSON.parse(output?.message?.content?.[0]?.text ?? '')
  expect(value.size).toSatisfy(Number.isInteger)
})

test('a refusal is filtered content, or the words of a guardrail', async () => {
  const guardrailConfig = { guardrailIdentifier: 'g1', guardrailVersion: '1' }
  const filtered = await converse(ask('refuse'))
  expect(filtered.stopReason).toBe('content_filtered')
  const guarded = await converse(ask('refuse', { guardrailConfig }))
  expect(guarded.stopReason).toBe('guardrail_intervened')
  expect(guarded.output?.message?.content?.[0]?.text).toMatch(/\w/)
})

test('images are bytes, and measured', async () => {
  const bytes = Buffer.from('R0lGODlhAgADAIAAAAAAAP///yH5BAEAAAAALAAAAAACAAMAAAIBRAA7', 'base64')
  const messages: Message[] = [
    { role: 'user', content: [{ image: { format: 'gif', source: { bytes } } }] },
  ]
  const { output } = await converse(ask('vision', { messages }))
  expect(output?.message?.content?.[0]?.text).toContain('GIF, 2 × 3 pixels')
})

test.each([
  ['rate-limited', 'ThrottlingException', 429],
  ['quota-exhausted', 'ServiceQuotaExceededException', 400],
  ['server-error', 'InternalServerException', 500],
  ['unavailable', 'ServiceUnavailableException', 503],
  ['forbidden', 'AccessDeniedException', 403],
  ['context-length', 'ValidationException', 400],
] as const)('%s is a %s', async (fault, name, status) => {
  simulator.script(fault)
  const error = await failureOf(converse(ask('chat')))
  expect(error).toMatchObject({ name, $metadata: { httpStatusCode: status } })
})

test('an error inside of a stream is an exception of its iteration', async () => {
  simulator.script('error-event')
  await expect(eventsOf(ask('chat'))).rejects.toMatchObject({ name: 'InternalServerException' })
  simulator.script('overloaded-event')
  await expect(eventsOf(ask('chat'))).rejects.toMatchObject({ name: 'ServiceUnavailableException' })
})

test('a stream that is cut, or has a byte changed, fails', async () => {
  simulator.script('cut-mid-event')
  await expect(eventsOf(ask('chat'))).rejects.toThrow()
  simulator.script('malformed-json')
  await expect(eventsOf(ask('chat'))).rejects.toThrow(/checksum/i)
})

test('count tokens: as many as converse counts', async () => {
  const { usage } = await converse(ask('chat'))
  const counted = await signing.send(
    new CountTokensCommand({
      modelId: 'chat',
      input: { converse: { messages: said('What is a gateway?') } },
    }),
  )
  expect(counted.inputTokens).toBe(usage?.inputTokens)
  const raw = await signing.send(
    new CountTokensCommand({
      modelId: 'chat',
      input: { invokeModel: { body: Buffer.from('{"inputText":"one two three"}') } },
    }),
  )
  expect(raw.inputTokens).toBeGreaterThan(3)
})

async function invoke(modelId: string, body: unknown) {
  const command = new InvokeModelCommand({ modelId, body: JSON.stringify(body) })
  const answer = await signing.send(command)
  return JSON.parse(answer.body.transformToString())
}

const claude = {
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 500,
  messages: [{ role: 'user', content: 'What is a gateway?' }],
}

test('Claude by invoke: Anthropic’s own message', async () => {
  const answer = await invoke('us.anthropic.claude-sonnet-5-5', claude)
  expect(answer).toMatchObject({ type: 'message', stop_reason: 'end_turn' })
  expect(answer.content[0].text).toContain('What is a gateway?')
})

test('Claude by invoke, streamed: Anthropic’s events in frames, counted again at the end', async () => {
  const { body } = await signing.send(
    new InvokeModelWithResponseStreamCommand({
      modelId: 'us.simulator.cached-v1:0',
      body: JSON.stringify(claude),
    }),
  )
  const events = []
  for await (const { chunk } of body ?? []) {
    events.push(JSON.parse(Buffer.from(chunk?.bytes ?? []).toString()))
  }
  expect(events[0]).toMatchObject({ type: 'message_start' })
  const { type, ...last } = events.at(-1)
  expect(type).toBe('message_stop')
  const { usage } = events.at(-2)
  expect(usage.cache_read_input_tokens).toBeGreaterThan(0)
  expect(last['amazon-bedrock-invocationMetrics']).toMatchObject({
    inputTokenCount: usage.input_tokens,
    outputTokenCount: usage.output_tokens,
    cacheReadInputTokenCount: usage.cache_read_input_tokens,
  })
})

test.each([
  ['the model in the body', { ...claude, model: 'x' }, 'extraneous key [model]'],
  ['another version', { ...claude, anthropic_version: '2023-06-01' }, 'Invalid API version'],
  ['an unknown beta', { ...claude, anthropic_beta: ['x'] }, 'invalid beta flag'],
  [
    'arguments that come eagerly',
    {
      ...claude,
      tools: [{ name: 'a', input_schema: { type: 'object' }, eager_input_streaming: true }],
    },
    'eager_input_streaming',
  ],
  [
    'strict tools of some models',
    { ...claude, tools: [{ name: 'a', input_schema: { type: 'object' }, strict: true }] },
    'strict',
  ],
])('Claude by invoke refuses %s', async (_what, body, message) => {
  await expect(invoke('us.anthropic.claude-opus-4-7', body)).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining(message),
  })
})

test('embeddings of Titan, Cohere and Nova', async () => {
  const titan = await invoke('amazon.titan-embed-text-v2:0', { inputText: 'a b', dimensions: 512 })
  expect(titan.embedding).toHaveLength(512)
  expect(titan.inputTextTokenCount).toBe(2)
  const texts = ['a', 'b', 'c']
  const cohere = await invoke('cohere.embed-v4:0', { texts, input_type: 'search_document' })
  expect(cohere.embeddings).toHaveLength(3)
  const typed = { texts, input_type: 'search_query', embedding_types: ['float'] }
  expect((await invoke('cohere.embed-v4:0', typed)).embeddings.float).toEqual(cohere.embeddings)
  const nova = await invoke('amazon.nova-2-multimodal-embeddings-v1:0', {
    taskType: 'SINGLE_EMBEDDING',
    singleEmbeddingParams: {
      embeddingPurpose: 'GENERIC_INDEX',
      embeddingDimension: 256,
      text: { truncationMode: 'END', value: 'a b' },
    },
  })
  expect(nova.embeddings).toMatchObject([{ embeddingType: 'TEXT' }])
  expect(nova.embeddings[0].embedding).toHaveLength(256)
})

test('images of Nova Canvas, one of them withheld', async () => {
  const draw = (text: string) =>
    invoke('amazon.nova-canvas-v1:0', {
      taskType: 'TEXT_IMAGE',
      textToImageParams: { text },
      imageGenerationConfig: { width: 512, height: 320, numberOfImages: 2 },
    })
  const { images, error } = await draw('a lighthouse')
  expect(images).toHaveLength(2)
  expect(error).toBeUndefined()
  expect(Buffer.from(images[0], 'base64').readUInt32BE(16)).toBe(512)
  const withheld = await draw('a nude lighthouse')
  expect(withheld.images).toHaveLength(1)
  expect(withheld.error).toMatch(/blocked/)
  await expect(draw('a bomb')).rejects.toMatchObject({ name: 'ValidationException' })
})

test('a bearer key instead of a signature', async () => {
  const bearer = (token: string) =>
    client({ token: { token }, authSchemePreference: ['httpBearerAuth'] })
  const send = (token: string) => bearer(token).send(new ConverseCommand(ask('chat')))
  await expect(send('bearer-key')).resolves.toMatchObject({ stopReason: 'end_turn' })
  await expect(send('other')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
})

test('a profile’s ARN, in another region, with a session token', async () => {
  const modelId =
    'arn:aws:bedrock:us-west-2:111122223333:application-inference-profile/us.any-thing'
  const other = client({
    region: 'us-west-2',
    credentials: { ...credentials, sessionToken: 'a/b+c==' },
  })
  const answer = await other.send(new ConverseCommand(ask(modelId)))
  expect(answer.stopReason).toBe('end_turn')
  expect(simulator.requests.at(-1)?.path).toContain('application-inference-profile%2Fus.any-thing')
})

test('a signature covers the query, whatever is in it', async () => {
  const command = new ListAsyncInvokesCommand({ maxResults: 5, nextToken: "a b/+=&'é~" })
  // There is no such operation here, which only those learn who have signed well.
  await expect(signing.send(command)).rejects.toMatchObject({ name: 'UnknownOperationException' })
  expect(simulator.requests.at(-1)?.path).toContain('nextToken=a%20b')
})

test('a wrong secret, an unknown id and a wrong clock are refused with 403', async () => {
  const command = new ConverseCommand(ask('chat'))
  const wrong = client({ credentials: { accessKeyId, secretAccessKey: 'other' } })
  expect(await failureOf(wrong.send(command))).toMatchObject({
    name: 'InvalidSignatureException',
    $metadata: { httpStatusCode: 403 },
  })
  const unknown = client({ credentials: { accessKeyId: 'AKIAOTHER', secretAccessKey: 'x' } })
  expect(await failureOf(unknown.send(command))).toMatchObject({
    name: 'UnrecognizedClientException',
  })
  const late = client({ credentials, systemClockOffset: -360_000 })
  expect(await failureOf(late.send(command))).toMatchObject({
    name: 'InvalidSignatureException',
    message: expect.stringContaining('Signature expired'),
  })
})

test('a model that only a profile reaches, and one that there is not', async () => {
  const bare = await failureOf(converse(ask('anthropic.claude-sonnet-5-5')))
  expect(bare.message).toContain('on-demand throughput isn’t supported')
  const nowhere = await failureOf(converse(ask('nothing')))
  expect(nowhere).toMatchObject({ name: 'ResourceNotFoundException' })
})
