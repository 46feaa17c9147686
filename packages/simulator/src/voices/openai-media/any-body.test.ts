import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FaultName } from '../../faults.ts'
import type { JsonObject } from '../../json.ts'
import { createProvider } from '../../provider.ts'
import type { Reply } from '../../reply.ts'
import { createRequestLog } from '../../request-log.ts'
import { hurriedClock } from '../../testing/hurried-clock.ts'

const speech = { model: 'speech', voice: 'alloy', input: 'Hi' }
const ranking = { model: 'rerank', query: 'a', documents: ['a', 'b'] }
const embedding = { model: 'embed-256', input: ['a'] }
const contents = [{ role: 'user', parts: [{ text: 'a cat' }] }]
const question = [{ role: 'user', content: 'a cat' }]
const claude = { anthropic_version: 'vertex-2023-10-16', max_tokens: 9, messages: question }
const picture = { url: 'https://example.com/a.png', type: 'image_url' }

/** A body that is answered, for each path. */
const asked: Record<string, JsonObject> = {
  '/openai/v1/images/generations': { prompt: 'a cat', size: '64x64' },
  '/openai/v1/audio/speech': speech,
  '/openai/v1/moderations': { input: 'attack' },
  '/openai/v1/rerank': ranking,
  '/openai/v1/videos': { prompt: 'a cat' },
  '/google/v1beta/models/embed-256:embedContent': { content: { parts: [{ text: 'a' }] } },
  '/google/v1beta/models/embed-256:batchEmbedContents': {
    requests: [{ content: { parts: [{ text: 'a' }] } }],
  },
  '/google/v1beta/models/image:generateContent': { contents },
  '/google/v1beta/models/video:predictLongRunning': { instances: [{ prompt: 'a cat' }] },
  '/vertex/v1/publishers/google/models/embed-256:predict': { instances: [{ content: 'a' }] },
  '/vertex/v1/publishers/google/models/chat:generateContent': { contents, labels: {} },
  '/vertex/v1/publishers/anthropic/models/chat:rawPredict': claude,
  '/xai/v1/images/generations': { model: 'image', prompt: 'a cat' },
  '/xai/v1/images/edits': { model: 'image', prompt: 'a cat', image: picture },
  '/xai/v1/videos/generations': { model: 'video', prompt: 'a cat' },
  '/doubao/api/v3/embeddings': embedding,
  '/doubao/api/v3/embeddings/multimodal': { ...embedding, input: [{ type: 'text', text: 'a' }] },
  '/doubao/api/v3/images/generations': { model: 'image', prompt: 'a cat', size: '1280x720' },
  '/doubao/api/v3/contents/generations/tasks': {
    model: 'video',
    content: [{ type: 'text', text: 'a cat' }],
  },
  '/openrouter/api/v1/embeddings': embedding,
  '/openrouter/api/v1/images': { model: 'image', prompt: 'a cat', size: '64x64' },
  '/openrouter/api/v1/videos': { model: 'video', prompt: 'a cat' },
  '/openrouter/api/v1/rerank': ranking,
  '/openrouter/api/v1/audio/speech': speech,
  '/mistral/v1/embeddings': embedding,
  '/mistral/v1/moderations': { model: 'moderation', input: ['a'] },
  '/groq/openai/v1/audio/speech': speech,
  '/azure-openai/openai/v1/embeddings': embedding,
}
const forms = [
  '/openai/v1/images/edits',
  '/openai/v1/audio/transcriptions',
  '/openai/v1/videos',
  '/azure-openai/openai/v1/audio/transcriptions',
]

function wholeReply(path: string, body: string, contentType: string, fault: FaultName): Reply {
  const log = createRequestLog(0)
  const { clock } = hurriedClock()
  const provider = createProvider({ seed: 1, clock, log, faults: {}, keys: undefined })
  provider.script([fault])
  const headers = { 'content-type': contentType }
  return provider.answer({ method: 'POST', path, headers, body }).reply
}

function replyTo(path: string, body: string, contentType = 'application/json') {
  const reply = wholeReply(path, body, contentType, 'none')
  const [first] = reply.steps
  return { status: reply.status, start: first && 'send' in first ? String(first.send) : '' }
}

const faults: FaultName[] = [
  'rate-limited',
  'error-in-200',
  'malformed-json',
  'close-mid-stream',
  'cut-mid-event',
  'ends-early',
  'error-event',
  'content-length-too-long',
]

test.each(Object.entries(asked))('an answer of %s is another with every fault', (path, body) => {
  const asJson = JSON.stringify(body)
  const told = (fault: FaultName) =>
    JSON.stringify(wholeReply(path, asJson, 'application/json', fault))
  const well = told('none')
  expect(faults.filter((fault) => told(fault) === well)).toEqual([])
})

const names = [
  ...new Set(Object.values(asked).flatMap(Object.keys)),
  ...['image', 'images', 'mask', 'n', 'stream', 'size', 'dimensions', 'aspect_ratio', 'resolution'],
  ...['response_format', 'input_references', 'generationConfig', 'parameters', 'watermark'],
  ...['sequential_image_generation', 'top_n', 'speed', 'stream_format', 'duration', 'ratio'],
]
const leaf = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('', 'auto', '1:1', '0:9', -1, 0, 1, true, 'data:image/png;base64,AAAA'),
  fc.array(fc.dictionary(fc.constantFrom('type', 'text', 'url', 'image_url'), fc.string())),
)
const fields = fc.dictionary(fc.constantFrom(...names), leaf, { maxKeys: 3 })

test.each(Object.entries(asked))('%s answers %j', (path, body) => {
  expect([200, 202]).toContain(replyTo(path, JSON.stringify(body)).status)
})

test.each(Object.entries(asked))('whatever comes to %s is answered or refused', (path, body) => {
  fc.assert(
    fc.property(fields, fc.boolean(), (more, isAlone) => {
      const { status, start } = replyTo(path, JSON.stringify(isAlone ? more : { ...body, ...more }))
      expect(start).not.toContain('The simulator failed')
      expect(status).toBeLessThan(500)
    }),
    { numRuns: 100 },
  )
})

const field = fc.constantFrom('model', 'file', 'image', 'image[]', 'mask', 'prompt', 'n', 'stream')
const part = fc.record({ name: field, value: fc.string(), isFile: fc.boolean() })

test.each(forms)('whatever form comes to %s is answered or refused', (path) => {
  const write = (parts: readonly { name: string; value: string; isFile: boolean }[]) => {
    const written = parts.map(({ name, value, isFile }) => {
      const filename = isFile ? '; filename="a.wav"' : ''
      return `--x\r\ncontent-disposition: form-data; name="${name}"${filename}\r\n\r\n${value}\r\n`
    })
    return `${written.join('')}--x--\r\n`
  }
  fc.assert(
    fc.property(fc.oneof(fc.array(part).map(write), fc.string()), (body) => {
      const { status, start } = replyTo(path, body, 'multipart/form-data; boundary=x')
      expect(start).not.toContain('The simulator failed')
      expect(status).toBeLessThan(500)
    }),
    { numRuns: 100 },
  )
})
