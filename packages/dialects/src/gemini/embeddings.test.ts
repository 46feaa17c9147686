import { HubError, type Json, usageOf } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { driveExchange } from '../testing/drive-exchange.ts'
import { bodiesOf, embedding } from '../testing/embeddings-request.ts'
import { replaceSomewhere } from '../testing/replace-somewhere.ts'
import { geminiEmbeddings } from './embeddings.ts'

const target = targetOf({}, 'google')

function embedded(
  request: ReturnType<typeof embedding>,
  answers: readonly unknown[],
  quirks: Parameters<typeof targetOf>[0] = {},
) {
  const exchange = geminiEmbeddings.exchange(request, targetOf(quirks, 'google'))
  const { steps, reply } = driveExchange(exchange, [answers])
  const requests = steps.flatMap((step) => (step.do === 'send' ? step.requests : []))
  return { requests, reply }
}

test('one text is embedded alone', () => {
  const request = embedding(['a'], {
    // Only Vertex AI cuts on demand.
    extensions: { task_type: 'RETRIEVAL_QUERY', x: 1, auto_truncate: true },
    user: 'u',
  })
  const { requests, reply } = embedded(request, [
    { embedding: { values: [0.5, -1] }, usageMetadata: { promptTokenCount: 3 } },
  ])
  expect(bodiesOf(requests)).toEqual([
    {
      path: '/models/m1:embedContent',
      body: { content: { parts: [{ text: 'a' }] }, taskType: 'RETRIEVAL_QUERY' },
    },
  ])
  expect(requests[0]?.dropped).toEqual(['user', 'x', 'auto_truncate'])
  expect(reply).toEqual({
    model: 'm1',
    vectors: [Float32Array.of(0.5, -1)],
    usage: usageOf({ input: 3 }),
  })
})

test('several texts are one batch', () => {
  const { requests, reply } = embedded(embedding(['a', 'b']), [
    { embeddings: [{ values: [1] }, { values: [0.5] }] },
  ])
  const content = (text: string) => ({ model: 'models/m1', content: { parts: [{ text }] } })
  expect(bodiesOf(requests)).toEqual([
    { path: '/models/m1:batchEmbedContents', body: { requests: [content('a'), content('b')] } },
  ])
  expect(reply.vectors).toEqual([Float32Array.of(1), Float32Array.of(0.5)])
})

test('more texts than a batch may have are several, in one step', () => {
  const texts = Array.from({ length: 201 }, (_, index) => `${index}`)
  const batch = (from: number, to: number) => ({
    embeddings: texts.slice(from, to).map((text) => ({ values: [Number(text)] })),
  })
  const { requests, reply } = embedded(embedding(texts), [
    batch(0, 100),
    batch(100, 200),
    { embedding: { values: [200] } },
  ])
  expect(requests.map(({ path }) => path)).toEqual([
    '/models/m1:batchEmbedContents',
    '/models/m1:batchEmbedContents',
    '/models/m1:embedContent',
  ])
  expect(reply.vectors.map(([value]) => value)).toEqual(texts.map(Number))
})

test('a target that takes fewer gets fewer', () => {
  const one = { embedding: { values: [1] } }
  const { requests } = embedded(embedding(['a', 'b']), [one, one], { maxInputs: 1 })
  expect(requests).toHaveLength(2)
})

test('older models report no usage: it is counted here', () => {
  const { reply } = embedded(embedding(['twelve bytes']), [{ embedding: { values: [1] } }])
  expect(reply.usage).toEqual(usageOf({ input: 3, estimated: true }))
})

test('a vector whose length was asked for has a length of one', () => {
  const { requests, reply } = embedded(embedding(['a'], { dimensions: 2 }), [
    { embedding: { values: [3, 4] } },
  ])
  expect(bodiesOf(requests)[0]?.body).toMatchObject({ outputDimensionality: 2 })
  expect(reply.vectors).toEqual([Float32Array.of(0.6, 0.8)])
  const nothing = embedded(embedding(['a'], { dimensions: 2 }), [{ embedding: { values: [0, 0] } }])
  expect(nothing.reply.vectors).toEqual([Float32Array.of(0, 0)])
})

test('token ids are a 400', () => {
  expect(() => geminiEmbeddings.exchange(embedding([[1]]), target).next()).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'input' }),
  )
})

test.each<[string, unknown, string]>([
  ['no vector', {}, 'upstream_failed'],
  ['too many vectors', { embeddings: [{ values: [1] }, { values: [1] }] }, 'upstream_failed'],
  ['an error', { error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }, 'rate_limit_exceeded'],
])('%s is a failure of the provider', (_, answer, code) => {
  expect(() => embedded(embedding(['a']), [answer])).toThrow(expect.objectContaining({ code }))
})

test('no change of an answer makes the reader throw anything but a HubError', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), fc.jsonValue(), (at, value) => {
      const answer: Json = {
        embeddings: [{ values: [1, 2] }, { values: [3] }],
        usageMetadata: { promptTokenCount: 2 },
      }
      replaceSomewhere(answer, at, value as Json)
      try {
        embedded(embedding(['a', 'b']), [answer])
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
      }
    }),
    { numRuns: 500 },
  )
})

test('an error is read as every other of Google is', () => {
  const body = bytesOf(
    '{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}',
  )
  expect(geminiEmbeddings.readError(400, {}, body, target).code).toBe('credential_rejected')
})
