import { usageOf } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { targetOf } from '../testing/bytes.ts'
import { driveExchange } from '../testing/drive-exchange.ts'
import { doubaoVideo } from './video.ts'

const waves = { model: 'doubao-seedance', prompt: 'Waves' }
const exchange = (fields: object = {}) => doubaoVideo.exchange({ ...waves, ...fields }, targetOf())
const sent = (fields: object) => {
  const step = exchange(fields).next().value
  if (!('do' in step) || step.do !== 'send') throw new Error('Nothing is sent.')
  const [wire] = step.requests
  return { ...wire, body: JSON.parse(String(wire?.body)) }
}

test('a request is content and settings', () => {
  const fields = {
    seconds: 10,
    size: '1920x1080',
    seed: 7,
    image: { url: 'https://x.test/1.png' },
    extensions: { camera_fixed: true, callback_url: 'https://x.test' },
  }
  expect(sent(fields)).toEqual({
    path: '/contents/generations/tasks',
    body: {
      model: 'm1',
      content: [
        { type: 'text', text: 'Waves' },
        {
          type: 'image_url',
          image_url: { url: 'https://x.test/1.png' },
          role: 'first_frame',
        },
      ],
      resolution: '1080p',
      ratio: '16:9',
      duration: 10,
      seed: 7,
      camera_fixed: true,
      watermark: false,
    },
    dropped: ['callback_url'],
  })
})

test.each([
  ['854x480', '480p', '16:9'],
  ['720x1280', '720p', '9:16'],
  ['1080x1080', '1080p', '1:1'],
  ['480p', '480p', undefined],
  ['4k', '1080p', undefined],
])('%s is %s in %s', (size, resolution, ratio) => {
  const { body, dropped } = sent({ size })
  expect([body.resolution, body.ratio, dropped]).toEqual([resolution, ratio, []])
})

test('a film is asked for and waited for', () => {
  const url = 'https://ark.x.test/1.mp4'
  const usage = { completion_tokens: 108_900, total_tokens: 108_900 }
  const { steps, reply } = driveExchange(exchange({ seconds: 10 }), [
    [{ id: 'cgt-1/2' }],
    [],
    [{ id: 'cgt-1', status: 'queued' }],
    [],
    [{ id: 'cgt-1', status: 'running', error: null }],
    [],
    [{ id: 'cgt-1', status: 'succeeded', content: { video_url: url }, usage }],
  ])
  expect(steps.slice(1, 3)).toEqual([
    { do: 'wait', milliseconds: 2000 },
    {
      do: 'send',
      requests: [{ method: 'GET', path: '/contents/generations/tasks/cgt-1%2F2', dropped: [] }],
    },
  ])
  expect(reply).toEqual({
    model: 'doubao-seedance',
    videos: [{ url, mimeType: 'video/mp4' }],
    seconds: 10,
    usage: usageOf({ output: 108_900, seconds: 10 }),
  })
})

const sensitive = { code: 'OutputVideoSensitiveContentDetected', message: 'x' }

test.each<[string, object, object]>([
  [
    'that its filter found',
    { status: 'failed', error: sensitive },
    { code: 'upstream_rejected', upstream: expect.objectContaining({ code: 'content_filter' }) },
  ],
  [
    'that failed',
    { status: 'failed', error: { code: 'InternalServiceError', message: 'x' } },
    { code: 'upstream_failed' },
  ],
  ['that was cancelled', { status: 'cancelled' }, { code: 'upstream_failed' }],
  ['without a status', {}, { code: 'upstream_failed' }],
  ['without a film', { status: 'succeeded', content: {} }, { code: 'upstream_failed' }],
])('a task %s is a failure', (_, task, expected) => {
  expect(() => driveExchange(exchange(), [[{ id: 't' }], [], [task]])).toThrow(
    expect.objectContaining(expected),
  )
})

test('an answer without the id of a task is a failure', () => {
  expect(() => driveExchange(exchange(), [[{}]])).toThrow(
    expect.objectContaining({ code: 'upstream_failed' }),
  )
})
