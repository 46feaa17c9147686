import { type ExchangeAnswer, usageOf, type VideoRequest } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { targetOf } from '../testing/bytes.ts'
import { answerOf } from '../testing/drive-exchange.ts'
import { xaiVideo } from './video.ts'

const asked: VideoRequest = { model: 'xai/grok-imagine-video', prompt: 'A red dot' }
const accepted: ExchangeAnswer = { status: 202, headers: {}, body: new Uint8Array(0) }
const started = answerOf({ request_id: 'req/1' })
const url = 'https://vidgen.example.com/1.mp4'
const done = { status: 'done', video: { url, duration: 5, respect_moderation: true } }

/** Drives it with one answer a request; waits need none. */
function drive(answers: ExchangeAnswer[], request = asked) {
  const exchange = xaiVideo.exchange(request, targetOf())
  const steps: unknown[] = []
  let next = exchange.next()
  const given = answers.values()
  while (!next.done) {
    steps.push(next.value)
    const answer = next.value.do === 'wait' ? undefined : given.next().value
    next = exchange.next(answer ? [answer] : [])
  }
  return { steps, reply: next.value }
}

function wireOf(request: VideoRequest) {
  const { value: step } = xaiVideo.exchange(request, targetOf()).next()
  const [wire] = step && 'do' in step && step.do === 'send' ? step.requests : []
  return { body: JSON.parse(wire?.body as string), path: wire?.path, dropped: wire?.dropped }
}

test('xai#5: a job runs as long as its answer is 202, with or without a body', () => {
  const pending = { ...answerOf({ status: 'pending' }), status: 202 }
  const question = {
    do: 'send',
    requests: [{ method: 'GET', path: '/videos/req%2F1', dropped: [] }],
  }
  const { steps, reply } = drive([
    started,
    accepted,
    pending,
    answerOf({ status: 'pending' }),
    answerOf({ ...done, usage: { cost_in_usd_ticks: 3_500_000_000 } }),
  ])
  expect(steps.slice(1)).toEqual([
    { do: 'wait', milliseconds: 2000 },
    question,
    { do: 'wait', milliseconds: 3000 },
    question,
    { do: 'wait', milliseconds: 4500 },
    question,
    { do: 'wait', milliseconds: 6750 },
    question,
  ])
  expect(reply).toEqual({
    model: 'xai/grok-imagine-video',
    videos: [{ url, mimeType: 'video/mp4' }],
    seconds: 5,
    usage: usageOf({ seconds: 5, providerCost: 350_000_000n }),
  })
})

test('a size is a ratio and a resolution, an image an address', () => {
  const image = { data: 'iVBO', mimeType: 'image/png' }
  expect(wireOf({ ...asked, seconds: 8, size: '1280x720', image, seed: 1 })).toEqual({
    path: '/videos/generations',
    body: {
      model: 'm1',
      prompt: 'A red dot',
      duration: 8,
      aspect_ratio: '16:9',
      resolution: '720p',
      image: { url: 'data:image/png;base64,iVBO' },
    },
    dropped: ['seed'],
  })
  expect(wireOf({ ...asked, size: '480x480' }).body).toMatchObject({
    aspect_ratio: '1:1',
    resolution: '480p',
  })
  expect(wireOf({ ...asked, size: '1920x1080' }).body).toMatchObject({ resolution: '1080p' })
  expect(wireOf({ ...asked, size: '480p' }).body).toMatchObject({ resolution: '480p' })
  expect(wireOf({ ...asked, extensions: { resolution: '720p', fps: 24 } })).toMatchObject({
    body: { resolution: '720p' },
    dropped: ['fps'],
  })
})

test('a ratio like none it knows is a 400', () => {
  expect(() => wireOf({ ...asked, aspectRatio: '5:1' })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'aspect_ratio' }),
  )
})

test.each<[string, ExchangeAnswer[], object]>([
  ['no id', [answerOf({})], { code: 'upstream_failed' }],
  [
    'xai#1: an error under a 200',
    [answerOf({ code: 'rate_limit_exceeded', error: 'Slow down.' })],
    { code: 'rate_limit_exceeded' },
  ],
  [
    'a film the filter held back',
    [started, answerOf({ ...done, video: { url, respect_moderation: false } })],
    { code: 'upstream_rejected', upstream: expect.objectContaining({ code: 'content_filter' }) },
  ],
  [
    'a film without an address',
    [started, answerOf({ ...done, video: {} })],
    { code: 'upstream_failed' },
  ],
  ['a job that expired', [started, answerOf({ status: 'expired' })], { code: 'upstream_failed' }],
  [
    'a job that failed',
    [started, answerOf({ status: 'failed', error: { code: 'moderation', message: 'No.' } })],
    { code: 'upstream_rejected' },
  ],
  [
    'xai#6: a job whose error is text with a code beside it',
    [started, answerOf({ status: 'failed', code: 'rate_limit_exceeded', error: 'Slow down.' })],
    { code: 'rate_limit_exceeded' },
  ],
  ['an answer without a status', [started, answerOf({})], { code: 'upstream_failed' }],
  ['an answer that is no JSON', [started, answerOf(Uint8Array.of(1))], { code: 'upstream_failed' }],
])('%s is a failure with its type', (_, answers, expected) => {
  expect(() => drive(answers)).toThrow(expect.objectContaining(expected))
})

test('an id that no address can hold does not stop the question', () => {
  const exchange = xaiVideo.exchange(asked, targetOf())
  exchange.next()
  exchange.next([answerOf({ request_id: 'r\ud800' })])
  const { value } = exchange.next([])
  expect(value).toMatchObject({ requests: [{ path: '/videos/r%EF%BF%BD' }] })
})

test('a length that nobody told is an estimate', () => {
  const { reply } = drive([started, answerOf({ video: { url } })], { ...asked, seconds: 3 })
  expect(reply.usage).toEqual(usageOf({ seconds: 3, estimated: true }))
})
