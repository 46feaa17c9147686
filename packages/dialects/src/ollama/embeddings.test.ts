import { type EmbeddingsRequest, HubError, type Json, usageOf } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { bodiesOf, embedding } from '../testing/embeddings-request.ts'
import { replaceSomewhere } from '../testing/replace-somewhere.ts'
import { ollamaEmbeddings } from './embeddings.ts'

const target = targetOf({}, 'ollama')
const read = (body: unknown, request?: EmbeddingsRequest) =>
  ollamaEmbeddings.readResponse(bytesOf(JSON.stringify(body)), target, request)

test('all inputs are one request, with what callers say in words of Ollama', () => {
  const request = embedding(['a', 'b'], {
    dimensions: 2,
    user: 'u',
    extensions: { truncate: false, keep_alive: '5m', input_type: 'query' },
  })
  const wire = ollamaEmbeddings.writeRequest(request, target)
  expect(bodiesOf([wire])).toEqual([
    {
      path: '/api/embed',
      body: { model: 'm1', input: ['a', 'b'], dimensions: 2, truncate: false, keep_alive: '5m' },
    },
  ])
  expect(wire.dropped).toEqual(['user', 'input_type'])
})

test('token ids are a 400, whatever may be dropped', () => {
  const write = () =>
    ollamaEmbeddings.writeRequest(embedding(['a', [1, 2]]), { ...target, dropsUnsupported: true })
  expect(write).toThrow(expect.objectContaining({ code: 'unsupported_parameter', param: 'input' }))
})

test('dimensions that the target cannot give are a 400, or dropped', () => {
  const refusing = targetOf({ unsupported: ['dimensions'] }, 'ollama')
  const request = embedding(['a'], { dimensions: 3 })
  expect(() => ollamaEmbeddings.writeRequest(request, refusing)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'dimensions' }),
  )
  const wire = ollamaEmbeddings.writeRequest(request, { ...refusing, dropsUnsupported: true })
  expect(wire.dropped).toEqual(['dimensions'])
  expect(bodiesOf([wire])[0]?.body).toEqual({ model: 'm1', input: ['a'] })
})

const answer = {
  model: 'nomic',
  embeddings: [
    [0.5, -1],
    [0.25, 2],
  ],
  total_duration: 14_143_917,
  prompt_eval_count: 8,
}

test('vectors come in the order of their inputs', () => {
  expect(read(answer, embedding(['a', 'b']))).toEqual({
    model: 'nomic',
    vectors: [Float32Array.of(0.5, -1), Float32Array.of(0.25, 2)],
    usage: usageOf({ input: 8 }),
  })
})

test('tokens that are not reported are counted here, where the request is known', () => {
  const { prompt_eval_count: _, ...silent } = answer
  const request = embedding(['twelve bytes', 'b'])
  expect(read(silent, request).usage).toEqual(usageOf({ input: 4, estimated: true }))
  expect(read(silent).usage).toEqual(usageOf({ estimated: true }))
})

test.each<[string, unknown]>([
  ['no vectors', {}],
  ['too few vectors', { embeddings: [[1]] }],
  ['words', { embeddings: [[1], ['x']] }],
  ['an error', { error: 'model "m" not found' }],
])('%s is a failure of the provider', (_, body) => {
  expect(() => read(body, embedding(['a', 'b']))).toThrow(
    expect.objectContaining({ code: 'upstream_failed' }),
  )
})

test('no change of an answer makes the reader throw anything but a HubError', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), fc.jsonValue(), (at, value) => {
      const changed = structuredClone(answer) as Json
      replaceSomewhere(changed, at, value as Json)
      try {
        read(changed)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
      }
    }),
    { numRuns: 500 },
  )
})
