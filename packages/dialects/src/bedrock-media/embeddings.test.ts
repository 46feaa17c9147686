import { HubError, type Json, type WireTarget } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { answerOf, driveExchange } from '../testing/drive-exchange.ts'
import { bodiesOf, embedding } from '../testing/embeddings-request.ts'
import { bedrockEmbeddings } from './embeddings.ts'

const targetFor = (model: string): WireTarget => ({ ...targetOf({}, 'bedrock'), model })
const titan = targetFor('amazon.titan-embed-text-v2:0')
const cohere = targetFor('us.cohere.embed-v4:0')
const nova = targetFor('amazon.nova-2-multimodal-embeddings-v1:0')

/** The requests of the one step, and what of the request was dropped. */
function sent(...args: Parameters<typeof bedrockEmbeddings.exchange>) {
  const { value } = bedrockEmbeddings.exchange(...args).next()
  if (!('requests' in value)) throw new TypeError('The exchange does not begin with requests.')
  const { requests } = value
  return { bodies: bodiesOf(requests), dropped: requests[0]?.dropped }
}

test('Titan is asked once a text', () => {
  const request = embedding(['a', 'b'], { dimensions: 256, extensions: { normalize: false } })
  const path = '/model/amazon.titan-embed-text-v2%3A0/invoke'
  expect(sent(request, titan).bodies).toEqual([
    { path, body: { inputText: 'a', dimensions: 256, normalize: false } },
    { path, body: { inputText: 'b', dimensions: 256, normalize: false } },
  ])
})

test("Titan's answers are put together", () => {
  const exchange = bedrockEmbeddings.exchange(embedding(['a', 'b']), titan)
  const { reply } = driveExchange(exchange, [
    [
      { embedding: [1, 0], inputTextTokenCount: 2 },
      { embedding: [0, 1], inputTextTokenCount: 3 },
    ],
  ])
  expect(reply).toMatchObject({
    model: 'amazon.titan-embed-text-v2:0',
    vectors: [Float32Array.of(1, 0), Float32Array.of(0, 1)],
    usage: { input: 5, estimated: false },
  })
})

test('Cohere takes 96 texts at a time, and is told what for', () => {
  const texts = Array.from({ length: 97 }, (_, index) => `text ${index}`)
  const { bodies } = sent(embedding(texts, { dimensions: 512 }), cohere)
  expect(bodies.map(({ body }) => body)).toEqual([
    { texts: texts.slice(0, 96), input_type: 'search_document', output_dimension: 512 },
    { texts: ['text 96'], input_type: 'search_document', output_dimension: 512 },
  ])
})

test("Cohere's purpose is the caller's", () => {
  const extensions = { input_type: 'search_query', truncate: 'END', other: 1 }
  const { bodies, dropped } = sent(embedding(['a'], { extensions }), cohere)
  expect(bodies[0]?.body).toEqual({ texts: ['a'], input_type: 'search_query', truncate: 'END' })
  expect(dropped).toEqual(['other'])
})

test.each([
  ['a list', { embeddings: [[1], [2]] }],
  ['a list by type', { embeddings: { float: [[1], [2]] } }],
])("Cohere's vectors in %s, whose tokens are in a header", (_, body) => {
  const exchange = bedrockEmbeddings.exchange(embedding(['a', 'b']), cohere)
  exchange.next()
  const headers = { 'x-amzn-bedrock-input-token-count': '7' }
  expect(exchange.next([{ ...answerOf(body), headers }]).value).toMatchObject({
    vectors: [Float32Array.of(1), Float32Array.of(2)],
    usage: { input: 7, estimated: false },
  })
})

test('without a count the tokens are estimated', () => {
  const exchange = bedrockEmbeddings.exchange(embedding(['abcd']), cohere)
  const { reply } = driveExchange(exchange, [[{ embeddings: [[1]] }]])
  expect(reply.usage).toMatchObject({ input: 1, estimated: true })
})

test('Nova is asked in its own words', () => {
  const extensions = { input_type: 'clustering' }
  const exchange = bedrockEmbeddings.exchange(
    embedding(['a'], { dimensions: 384, extensions }),
    nova,
  )
  const { steps, reply } = driveExchange(exchange, [
    [{ embeddings: [{ embeddingType: 'TEXT', embedding: [1, 2] }], inputTokenCount: 4 }],
  ])
  expect(steps).toEqual([
    {
      do: 'send',
      requests: [
        {
          path: '/model/amazon.nova-2-multimodal-embeddings-v1%3A0/invoke',
          body: JSON.stringify({
            taskType: 'SINGLE_EMBEDDING',
            singleEmbeddingParams: {
              embeddingPurpose: 'CLUSTERING',
              embeddingDimension: 384,
              text: { truncationMode: 'END', value: 'a' },
            },
          }),
          dropped: [],
        },
      ],
    },
  ])
  expect(reply).toMatchObject({ vectors: [Float32Array.of(1, 2)], usage: { input: 4 } })
})

test('ids of tokens are refused', () => {
  expect(() => bedrockEmbeddings.exchange(embedding([[1, 2]]), titan).next()).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'input' }),
  )
})

test('no answer makes it throw anything but a HubError', () => {
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record({ embedding: fc.jsonValue() }),
    fc.record({ embeddings: fc.jsonValue() }),
  )
  fc.assert(
    fc.property(fc.constantFrom(titan, cohere, nova), body, (target, value) => {
      const exchange = bedrockEmbeddings.exchange(embedding(['a']), target)
      exchange.next()
      try {
        exchange.next([answerOf(bytesOf(JSON.stringify(value as Json)))])
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
      }
    }),
    { numRuns: 300 },
  )
})

test("an error is read as any of Bedrock's", () => {
  const headers = { 'x-amzn-errortype': 'ThrottlingException' }
  expect(bedrockEmbeddings.readError(429, headers, bytesOf('{}'), titan).code).toBe(
    'rate_limit_exceeded',
  )
})
