import files from 'node:fs'
import { Readable } from 'node:stream'
import { type ChatRequest, foldChat, type Quirks } from '@aigne-hub/protocol'
import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
} from '@aws-sdk/client-bedrock-runtime'
import { expect, test } from 'vitest'
import { targetOf, textOf } from '../testing/bytes.ts'
import { fromHex } from '../testing/event-frames.ts'
import { vectorsOf } from '../testing/vector-suite.ts'
import { bedrockConverse } from './index.ts'

// The judge is Amazon's own client: what it sends is what we send, and what we read is what it reads.

const { file, having } = vectorsOf('bedrock-converse', files)
const target = targetOf({}, 'bedrock')

interface Sent {
  path: string
  body: unknown
}

/** A client of which every call gets `answer`, and what it has sent. */
function clientWith(answer: Uint8Array, contentType: string) {
  const sent: Sent[] = []
  const client = new BedrockRuntimeClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: { path: string; body: Uint8Array | string }) => {
        const { path, body } = request
        sent.push({ path, body: JSON.parse(typeof body === 'string' ? body : textOf(body)) })
        return {
          response: {
            statusCode: 200,
            headers: { 'content-type': contentType },
            body: Readable.from([answer]),
          },
        }
      },
    } as never,
  })
  return { client, sent }
}

const documents = new Set(['json', 'input', 'additionalModelRequestFields'])

/** Our body as the input of Amazon's client, which takes bytes where the wire has base64. */
function asInput(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asInput)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (documents.has(name)) return [name, inner]
      const isBlob = name === 'bytes' || name === 'redactedContent'
      return [name, isBlob ? new Uint8Array(Buffer.from(inner, 'base64')) : asInput(inner)]
    }),
  )
}

const pdf = { type: 'media', kind: 'file', mimeType: 'application/pdf', data: 'JVBERi0=' } as const
const png = { type: 'media', kind: 'image', mimeType: 'image/png', data: 'iVBORw==' } as const
const film = { type: 'media', kind: 'video', mimeType: 'video/mp4', data: 'AAAA' } as const
const sound = { type: 'media', kind: 'audio', mimeType: 'audio/wav', data: 'UklG' } as const
const signature = { value: 'c2ln', vendor: 'bedrock' }
const schema = { type: 'object', properties: { tz: { type: 'string' } } }

const everything: ChatRequest = {
  model: 'm1',
  sampling: { temperature: 0.5, topK: 5 },
  maxOutputTokens: 4000,
  stop: ['END'],
  serviceTier: 'priority',
  metadata: { team: 'a' },
  headers: { 'anthropic-beta': 'context-1m-2025-08-07' },
  parallelToolCalls: false,
  responseFormat: { type: 'jsonSchema', name: 'answer', description: 'd', schema },
  tools: [
    { type: 'function', name: 'now', description: 'The time.', schema, strict: true, cache: {} },
  ],
  toolChoice: { type: 'function', name: 'now' },
  messages: [
    { role: 'system', parts: [{ type: 'text', text: 'Be brief.', cache: { ttl: '1h' } }] },
    { role: 'user', parts: [pdf, png, film, sound, { type: 'text', text: 'Look.' }] },
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'Hm.', signature },
        { type: 'reasoning', redacted: 'AAEC', signature: { ...signature, value: '' } },
        { type: 'toolCall', kind: 'function', id: 't1', name: 'now', input: '{"tz":"UTC"}' },
      ],
    },
    {
      role: 'tool',
      parts: [
        {
          type: 'toolResult',
          callId: 't1',
          isError: true,
          content: [{ type: 'text', text: 'No.' }, png, pdf, film],
        },
      ],
    },
  ],
}

const quirks: Quirks[] = [
  {},
  { converseReasoning: 'anthropic' },
  { converseReasoning: 'nova' },
  { converseReasoning: 'openai' },
  { converseReasoning: 'gpt-oss' },
  { noJsonSchema: true },
]

test.each(quirks)("Amazon's client sends the same body: %j", async (own) => {
  const reasoning = { effort: 'low' }
  const request = { ...everything, reasoning }
  const written = bedrockConverse.writeRequest(request, targetOf(own, 'bedrock'))
  const body = JSON.parse(written.body as string)
  const { client, sent } = clientWith(file('text.response.json'), 'application/json')
  await client.send(
    new ConverseCommand({ modelId: 'm1', ...(asInput(body) as object) } as ConverseCommandInput),
  )
  expect(sent).toStrictEqual([{ path: written.path, body }])
})

test('a model id with colons and slashes makes the same path', async () => {
  const model = 'arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc123'
  const request: ChatRequest = {
    model,
    sampling: {},
    stream: { includeUsage: true },
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'ping' }] }],
  }
  const { path, body } = bedrockConverse.writeRequest(request, { ...target, model })
  const { client, sent } = clientWith(
    fromHex(file('text.hex')),
    'application/vnd.amazon.eventstream',
  )
  await client.send(new ConverseStreamCommand({ modelId: model, ...JSON.parse(body as string) }))
  expect(sent.map((one) => one.path)).toEqual([path])
})

/** What Amazon's client makes of a stream, in the words of a whole answer. */
async function readBySdk(bytes: Uint8Array) {
  const { client } = clientWith(bytes, 'application/vnd.amazon.eventstream')
  const { stream } = await client.send(
    new ConverseStreamCommand({ modelId: 'm1', messages: [{ role: 'user', content: [] }] }),
  )
  const read = { text: '', thoughts: '', inputs: '', names: [] as string[], end: '', tokens: 0 }
  for await (const event of (stream ?? []) as AsyncIterable<ConverseStreamOutput>) {
    const { delta } = event.contentBlockDelta ?? {}
    read.text += delta?.text ?? ''
    read.thoughts += delta?.reasoningContent?.text ?? ''
    read.inputs += delta?.toolUse?.input ?? ''
    const name = event.contentBlockStart?.start?.toolUse?.name
    if (name !== undefined) read.names.push(name)
    read.end += event.messageStop?.stopReason ?? ''
    const { usage } = event.metadata ?? {}
    read.tokens +=
      (usage?.inputTokens ?? 0) + (usage?.cacheReadInputTokens ?? 0) + (usage?.outputTokens ?? 0)
    read.tokens += usage?.cacheWriteInputTokens ?? 0
  }
  return read
}

/** The same of what we make of it. */
function readByUs(bytes: Uint8Array): Awaited<ReturnType<typeof readBySdk>> {
  const reader = bedrockConverse.streamReader(target)
  const { choices, usage } = foldChat([...reader.push(bytes), ...reader.end()])
  const parts = choices[0]?.parts ?? []
  const calls = parts.flatMap((part) => (part.type === 'toolCall' ? [part] : []))
  return {
    text: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
    thoughts: parts.map((part) => (part.type === 'reasoning' ? (part.text ?? '') : '')).join(''),
    // A call without arguments streams none; to us it is the empty object.
    inputs: calls.map(({ input }) => (input === '{}' ? '' : input)).join(''),
    names: calls.map(({ name }) => name),
    end: choices[0]?.finish?.raw ?? '',
    tokens: usage.input + usage.output,
  }
}

const streams = having('response', 'hex').filter(({ name }) => name !== 'json-answer')

test.each(streams)("$name: Amazon's client reads the same of the stream", async ({ name }) => {
  const bytes = fromHex(file(`${name}.hex`))
  expect(readByUs(bytes)).toEqual(await readBySdk(bytes))
})

test.each([
  ['throttled', 'ThrottlingException'],
  ['model-error', 'ModelStreamErrorException'],
  ['internal', 'InternalServerException'],
  ['unavailable', 'ServiceUnavailableException'],
  ['refused', 'ValidationException'],
])('%s: the stream ends for it with a %s', async (name, exception) => {
  await expect(readBySdk(fromHex(file(`${name}.hex`)))).rejects.toMatchObject({ name: exception })
})

test.each(['damaged', 'bare-error'])('%s: the stream fails for it too', async (name) => {
  await expect(readBySdk(fromHex(file(`${name}.hex`)))).rejects.toThrow()
})

test.each(having('response', 'response.json'))(
  "$name: Amazon's client reads the same of the whole answer",
  async ({ name, response }) => {
    const { client } = clientWith(file(`${name}.response.json`), 'application/json')
    const { stopReason, output, usage } = await client.send(
      new ConverseCommand({ modelId: 'm1', messages: [{ role: 'user', content: [] }] }),
    )
    expect(stopReason).toBe(response.choices[0]?.finish?.raw)
    expect(output?.message?.content).toHaveLength(response.choices[0]?.parts.length ?? 0)
    expect(usage?.outputTokens).toBe(response.usage?.output ?? 0)
  },
)
