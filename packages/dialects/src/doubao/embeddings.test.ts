import { HubError, type Json, usageOf } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { driveExchange } from '../testing/drive-exchange.ts'
import { bodiesOf, embedding } from '../testing/embeddings-request.ts'
import { replaceSomewhere } from '../testing/replace-somewhere.ts'
import { doubaoEmbeddings } from './embeddings.ts'

const target = targetOf({}, 'doubao')

function embedded(request: ReturnType<typeof embedding>, answers: readonly unknown[]) {
  const { steps, reply } = driveExchange(doubaoEmbeddings.exchange(request, target), [answers])
  const requests = steps.flatMap((step) => (step.do === 'send' ? step.requests : []))
  return { requests, reply }
}

const answer = (values: number[], tokens: number) => ({
  id: 'x',
  data: { embedding: values, object: 'embedding' },
  usage: {
    prompt_tokens: tokens,
    total_tokens: tokens,
    prompt_tokens_details: { text_tokens: tokens, image_tokens: 0 },
  },
})

test('doubao#6: each input is a request of its own, whose data is an object', () => {
  const request = embedding(['a', 'b'], { dimensions: 1024, user: 'u', extensions: { x: 1 } })
  const { requests, reply } = embedded(request, [answer([0.5], 3), answer([1], 4)])
  const body = (text: string) => ({
    path: '/embeddings/multimodal',
    body: { model: 'm1', input: [{ type: 'text', text }], dimensions: 1024 },
  })
  expect(bodiesOf(requests)).toEqual([body('a'), body('b')])
  expect(requests[0]?.dropped).toEqual(['user', 'x'])
  expect(reply).toEqual({
    model: 'm1',
    vectors: [Float32Array.of(0.5), Float32Array.of(1)],
    usage: usageOf({ input: 7 }),
  })
})

test('tokens that are not reported are counted here', () => {
  const { reply } = embedded(embedding(['twelve bytes']), [{ data: { embedding: [1] } }])
  expect(reply.usage).toEqual(usageOf({ input: 3, estimated: true }))
})

test.each<[string, unknown, string]>([
  ['an array', { data: [{ embedding: [1] }] }, 'upstream_failed'],
  ['nothing', {}, 'upstream_failed'],
  [
    'an error',
    { error: { code: 'RateLimitExceeded', type: 'rate_limit_error' } },
    'rate_limit_exceeded',
  ],
])('%s in the place of a vector is a failure of the provider', (_, given, code) => {
  expect(() => embedded(embedding(['a']), [given])).toThrow(expect.objectContaining({ code }))
})

test('token ids are a 400', () => {
  expect(() => doubaoEmbeddings.exchange(embedding([[1]]), target).next()).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'input' }),
  )
})

test('a refusal of the content is a 400', () => {
  const body = bytesOf('{"error":{"code":"InputTextSensitiveContentDetected","message":"no"}}')
  expect(doubaoEmbeddings.readError(400, {}, body, target)).toMatchObject({
    code: 'upstream_rejected',
    status: 400,
  })
})

test('no change of an answer makes the reader throw anything but a HubError', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), fc.jsonValue(), (at, value) => {
      const changed = structuredClone(answer([1, 2], 3)) as Json
      replaceSomewhere(changed, at, value as Json)
      try {
        embedded(embedding(['a']), [changed])
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
      }
    }),
    { numRuns: 500 },
  )
})
