import { HubError, type Json, usageOf } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { targetOf } from '../testing/bytes.ts'
import { driveExchange } from '../testing/drive-exchange.ts'
import { bodiesOf, embedding } from '../testing/embeddings-request.ts'
import { replaceSomewhere } from '../testing/replace-somewhere.ts'
import { vertexEmbeddings } from './embeddings.ts'

function embedded(
  request: ReturnType<typeof embedding>,
  answers: readonly unknown[],
  quirks: Parameters<typeof targetOf>[0] = {},
) {
  const exchange = vertexEmbeddings.exchange(request, targetOf(quirks, 'vertex'))
  const { steps, reply } = driveExchange(exchange, [answers])
  const requests = steps.flatMap((step) => (step.do === 'send' ? step.requests : []))
  return { requests, reply }
}

const predicted = (values: number[], tokens: number) => ({
  embeddings: { values, statistics: { token_count: tokens, truncated: false } },
})

test('texts are instances of one prediction', () => {
  const request = embedding(['a', 'b'], {
    dimensions: 1,
    extensions: { task_type: 'RETRIEVAL_DOCUMENT', title: 'T', auto_truncate: false },
  })
  const { requests, reply } = embedded(request, [
    { predictions: [predicted([2], 3), predicted([-2], 4)] },
  ])
  const instance = (content: string) => ({ content, task_type: 'RETRIEVAL_DOCUMENT', title: 'T' })
  expect(bodiesOf(requests)).toEqual([
    {
      path: '/models/m1:predict',
      body: {
        instances: [instance('a'), instance('b')],
        parameters: { outputDimensionality: 1, autoTruncate: false },
      },
    },
  ])
  expect(requests[0]?.dropped).toEqual([])
  expect(reply).toEqual({
    model: 'm1',
    vectors: [Float32Array.of(1), Float32Array.of(-1)],
    usage: usageOf({ input: 7 }),
  })
})

test('a model that takes one text at a time is asked as often, in one step', () => {
  const answers = [{ predictions: [predicted([1], 1)] }, { predictions: [predicted([2], 1)] }]
  const { requests, reply } = embedded(embedding(['a', 'b']), answers, { maxInputs: 1 })
  expect(bodiesOf(requests).map(({ body }) => body.instances)).toEqual([
    [{ content: 'a' }],
    [{ content: 'b' }],
  ])
  expect(reply.vectors).toEqual([Float32Array.of(1), Float32Array.of(2)])
  expect(reply.usage.input).toBe(2)
})

test('more texts than a prediction may have are several', () => {
  const texts = Array.from({ length: 251 }, () => 'a')
  const { requests } = embedded(embedding(texts), [
    { predictions: texts.slice(1).map(() => predicted([1], 1)) },
    { predictions: [predicted([1], 1)] },
  ])
  expect(requests).toHaveLength(2)
})

test('newer models embed content, one at a time', () => {
  const answers = [
    { embedding: { values: [3, 4] }, usageMetadata: { promptTokenCount: 5 } },
    { embedding: { values: [0, 2] } },
  ]
  const request = embedding(['a', 'twelve bytes'], { dimensions: 2 })
  const { requests, reply } = embedded(request, answers, { embedsContent: true })
  expect(bodiesOf(requests)[0]).toEqual({
    path: '/models/m1:embedContent',
    body: { content: { parts: [{ text: 'a' }] }, embedContentConfig: { outputDimensionality: 2 } },
  })
  expect(reply.vectors).toEqual([Float32Array.of(0.6, 0.8), Float32Array.of(0, 1)])
  expect(reply.usage).toEqual(usageOf({ input: 8, estimated: true }))
})

test.each<[string, unknown]>([
  ['no predictions', {}],
  ['fewer than texts', { predictions: [] }],
  ['one that is no object', { predictions: [5] }],
  ['one without numbers', { predictions: [{ embeddings: { values: [] } }] }],
])('%s is a failure of the provider', (_, answer) => {
  expect(() => embedded(embedding(['a']), [answer])).toThrow(
    expect.objectContaining({ code: 'upstream_failed' }),
  )
})

test('token ids are a 400', () => {
  expect(() => vertexEmbeddings.exchange(embedding([[1]]), targetOf()).next()).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'input' }),
  )
})

test('no change of an answer makes the reader throw anything but a HubError', () => {
  fc.assert(
    fc.property(
      fc.infiniteStream(fc.nat()),
      fc.jsonValue(),
      fc.boolean(),
      (at, value, embedsContent) => {
        const answer: Json = {
          predictions: [predicted([1], 2)],
          embedding: { values: [1] },
          usageMetadata: { promptTokenCount: 2 },
        }
        replaceSomewhere(answer, at, value as Json)
        try {
          embedded(embedding(['a']), [answer], { embedsContent })
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(HubError)
        }
      },
    ),
    { numRuns: 500 },
  )
})
