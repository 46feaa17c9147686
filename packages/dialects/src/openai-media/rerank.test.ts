import {
  editBody,
  HubError,
  type RerankRequest,
  type RerankResponse,
  readJsonBody,
  usageOf,
} from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { bodyOf, bytesOf, targetOf, textOf } from '../testing/bytes.ts'
import { rerank } from './rerank.ts'

const asked = { model: 'm1', query: 'Which?', documents: ['a', 'b'] }
const read = (body: object) => rerank.readRequest(bodyOf(body), {})
const answered = (body: unknown) => rerank.readResponse(bytesOf(JSON.stringify(body)), targetOf())
const context = { requestId: 'req_1', arrivedAt: 7, request: asked }

test('a request that is written and read again is the same request', () => {
  const document = fc.oneof(
    fc.string(),
    fc.record({ text: fc.string() }, { noNullPrototype: true }),
  )
  const request: fc.Arbitrary<RerankRequest> = fc.record(
    {
      model: fc.constant('m1'),
      query: fc.string({ minLength: 1 }),
      documents: fc.array(document, { minLength: 1 }),
      topN: fc.integer({ min: 1 }),
      returnDocuments: fc.boolean(),
      extensions: fc.constant({ max_tokens_per_doc: 100 }),
    },
    { requiredKeys: ['model', 'query', 'documents'], noNullPrototype: true },
  )
  fc.assert(
    fc.property(request, (given) => {
      const { body, path } = rerank.writeRequest(given, targetOf())
      expect(path).toBe('/rerank')
      expect(rerank.readRequest(readJsonBody(bytesOf(body as string)), {})).toStrictEqual(given)
    }),
  )
})

test('an answer that is written and read again is the same answer', () => {
  const result = fc.record(
    { index: fc.nat(), score: fc.integer(), document: fc.constant({ text: 'a' }) },
    { requiredKeys: ['index', 'score'], noNullPrototype: true },
  )
  const response: fc.Arbitrary<RerankResponse> = fc.record(
    {
      id: fc.constant('r1'),
      model: fc.constant('m1'),
      results: fc
        .array(result)
        .map((results) => results.toSorted((one, other) => other.score - one.score)),
      usage: fc.constantFrom(
        usageOf({ input: 5 }),
        usageOf({ serverToolRequests: { rerank: 2 } }),
        usageOf({ estimated: true }),
      ),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(response, (given) => {
      const wire = rerank.writeResponse(context, given)
      expect(rerank.readResponse(bytesOf(wire), targetOf())).toStrictEqual(given)
    }),
  )
})

const results = [
  { index: 1, relevance_score: 0.9 },
  { index: 0, relevance_score: 0.2 },
]
const ranked = [
  { index: 1, score: 0.9 },
  { index: 0, score: 0.2 },
]

test.each<[string, unknown, Partial<RerankResponse>]>([
  [
    'Cohere’s',
    { id: 'r1', results, meta: { billed_units: { search_units: 1 } } },
    { id: 'r1', results: ranked, usage: usageOf({ serverToolRequests: { rerank: 1 } }) },
  ],
  [
    'Jina’s',
    {
      model: 'jina-reranker',
      usage: { total_tokens: 815 },
      results: [{ index: 1, relevance_score: 0.9, document: { text: 'b' } }],
    },
    {
      model: 'jina-reranker',
      usage: usageOf({ input: 815 }),
      results: [{ index: 1, score: 0.9, document: { text: 'b' } }],
    },
  ],
  [
    'Voyage’s',
    {
      object: 'list',
      data: [{ relevance_score: 0.9, index: 1, document: 'b' }],
      model: 'rerank-2',
      usage: { total_tokens: 26 },
    },
    {
      model: 'rerank-2',
      results: [{ index: 1, score: 0.9, document: 'b' }],
      usage: usageOf({ input: 26 }),
    },
  ],
  [
    'that of text-embeddings-inference',
    [
      { index: 0, score: 0.2, text: 'a' },
      { index: 1, score: 0.9, text: 'b' },
    ],
    {
      model: 'm1',
      results: [
        { index: 1, score: 0.9, document: 'b' },
        { index: 0, score: 0.2, document: 'a' },
      ],
      usage: usageOf({ estimated: true }),
    },
  ],
  [
    'OpenRouter’s, with its cost',
    { id: 'r1', results, usage: { total_tokens: 10, search_units: 1, cost: 0.001 } },
    {
      results: ranked,
      usage: usageOf({ input: 10, serverToolRequests: { rerank: 1 }, providerCost: 1_000_000n }),
    },
  ],
])('%s answer is read', (_, body, expected) => {
  expect(answered(body)).toMatchObject(expected)
})

test('a document is shown as an object', () => {
  const wire = rerank.writeResponse(context, {
    model: 'm1',
    results: [{ index: 0, score: 1, document: 'a' }],
    usage: usageOf({ input: 3 }),
  })
  expect(JSON.parse(wire)).toEqual({
    model: 'm1',
    results: [{ index: 0, relevance_score: 1, document: { text: 'a' } }],
    usage: { prompt_tokens: 3, total_tokens: 3 },
  })
})

test.each<[string, object]>([
  ['model', { ...asked, model: '' }],
  ['query', { ...asked, query: undefined }],
  ['documents', { ...asked, documents: undefined }],
  ['documents', { ...asked, documents: [] }],
  ['documents', { ...asked, documents: 'a' }],
  ['documents[1]', { ...asked, documents: ['a', 7] }],
  ['top_n', { ...asked, top_n: 0 }],
  ['return_documents', { ...asked, return_documents: 'yes' }],
])('%s is named when it is wrong: %j', (param, body) => {
  expect(() => read(body)).toThrow(expect.objectContaining({ code: 'invalid_request', param }))
})

test.each<[unknown]>([
  [{}],
  [{ results: [{ index: -1, relevance_score: 1 }] }],
  [{ results: [{ index: 0 }] }],
  [{ results: [7] }],
  [[{ error: 'x' }]],
  [7],
])('%j is a failure of the provider, in both lanes', (body) => {
  const failure = expect.objectContaining({ code: 'upstream_failed' })
  const bytes = bytesOf(JSON.stringify(body))
  expect(() => rerank.readResponse(bytes, targetOf())).toThrow(failure)
  expect(() => rerank.relay.readUsage(bytes, targetOf())).toThrow(failure)
})

test('no answer makes the reader throw anything but a HubError', { timeout: 600_000 }, () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const body of [value, { results: value }, { results: [value] }, { data: value }]) {
        try {
          answered(body)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(HubError)
        }
      }
    }),
    { numRuns: scale.malformedBodies },
  )
})

test('a body that is passed on gets the target’s model; what it refuses is a 400', () => {
  const body = { ...asked, model: 'acme/m1', top_n: 1 }
  const json = bodyOf(body)
  const fitting = rerank.relay.edits(json, read(body), targetOf())
  expect(fitting && JSON.parse(textOf(editBody(json, fitting.edits)))).toEqual({
    ...asked,
    top_n: 1,
  })
  expect(() => rerank.relay.edits(json, read(body), targetOf({ unsupported: ['top_n'] }))).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'top_n' }),
  )
})
