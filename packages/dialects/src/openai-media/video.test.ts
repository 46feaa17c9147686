import { type ExchangeAnswer, HubError, usageOf, type VideoRequest } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { toFile } from 'openai'
import { describe, expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { answerOf, driveExchange } from '../testing/drive-exchange.ts'
import { openAiClient } from '../testing/openai-client.ts'
import { sentForm } from '../testing/parsed-form.ts'
import { openAiVideo } from './video.ts'

const asked: VideoRequest = { model: 'acme/sora', prompt: 'A red dot' }
const frame = { data: 'iVBO', mimeType: 'image/png', name: 'a.png' }
const job = { id: 'video/1', object: 'video', status: 'queued', seconds: '8', error: null }
const film = Uint8Array.of(0, 1, 2)

function firstRequest(request: VideoRequest, target = targetOf()) {
  const { value: step } = openAiVideo.exchange(request, target).next()
  const [wire] = step && 'do' in step && step.do === 'send' ? step.requests : []
  if (!wire) throw new Error('The first step is no request.')
  return wire
}

const drive = (answers: unknown[][], request = asked) =>
  driveExchange(openAiVideo.exchange(request, targetOf()), answers)

test('a job is begun, asked about ever less often, and its film fetched', () => {
  const running = new Array(6).fill([[], [{ ...job, status: 'in_progress' }]]).flat()
  const answers = [[job], ...running, [], [{ ...job, status: 'completed' }], [film]]
  const { steps, reply } = drive(answers)
  const waits = steps.flatMap((step) => (step.do === 'wait' ? [step.milliseconds] : []))
  expect(waits).toEqual([2000, 3000, 4500, 6750, 10_000, 10_000, 10_000])
  const asks = steps.flatMap((step) =>
    step.do === 'send'
      ? step.requests.map(({ method, path }) => `${method ?? 'POST'} ${path}`)
      : [],
  )
  expect(asks).toEqual([
    'POST /videos',
    ...new Array(7).fill('GET /videos/video%2F1'),
    'GET /videos/video%2F1/content',
  ])
  expect(reply).toEqual({
    model: 'acme/sora',
    videos: [{ data: 'AAEC', mimeType: 'video/mp4' }],
    seconds: 8,
    usage: usageOf({ seconds: 8 }),
  })
})

test('a job that is done at once is not asked about', () => {
  const { steps } = drive([[{ ...job, status: 'completed' }], [film]])
  expect(steps.map((step) => step.do)).toEqual(['send', 'send'])
})

test('a length that nobody told is an estimate', () => {
  const done = { id: 'v1', status: 'completed' }
  const { reply } = drive([[done], [film]], { ...asked, seconds: 12 })
  expect(reply.usage).toEqual(usageOf({ seconds: 12, estimated: true }))
})

test('the form is the one OpenAI’s own client sends', async () => {
  const forms: unknown[] = []
  const client = openAiClient(({ path, form }) => {
    expect(path).toBe('/videos')
    forms.push(form)
    return JSON.stringify(job)
  })
  await client.videos.create({
    model: 'm1',
    prompt: 'A red dot',
    seconds: '8',
    size: '1280x720',
    input_reference: await toFile(Buffer.from('iVBO', 'base64'), 'a.png', { type: 'image/png' }),
  })
  const request = { ...asked, seconds: 8, size: '1280x720', image: frame }
  expect(await sentForm(firstRequest(request))).toEqual(forms[0])
})

test('a first frame that is an address is named in JSON', () => {
  const { body } = firstRequest({ ...asked, image: { url: 'https://example.com/a.png' } })
  expect(JSON.parse(body as string)).toEqual({
    model: 'm1',
    prompt: 'A red dot',
    input_reference: { image_url: 'https://example.com/a.png' },
  })
})

test('a ratio becomes a size, hints are left out', async () => {
  const wire = firstRequest({ ...asked, aspectRatio: '9:16', seed: 7, extensions: { fps: 24 } })
  expect(wire.dropped).toEqual(['fps', 'seed'])
  expect((await sentForm(wire)).fields).toContainEqual({ name: 'size', value: '720x1280' })
  expect(() => firstRequest({ ...asked, aspectRatio: '1:1' })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'aspect_ratio' }),
  )
})

describe('a failure', () => {
  const failed = (error: object | null) => [[{ ...job, status: 'failed', error }]]

  test.each<[string, unknown[][], object]>([
    [
      'of the filter',
      failed({ code: 'moderation_blocked', message: 'No.' }),
      { code: 'upstream_rejected', upstream: expect.objectContaining({ code: 'content_filter' }) },
    ],
    [
      'with a code',
      failed({ code: 'rate_limit_exceeded', message: 'x' }),
      { code: 'rate_limit_exceeded' },
    ],
    ['with words alone', failed({ message: 'x' }), { code: 'upstream_failed' }],
    ['without words', failed(null), { code: 'upstream_failed' }],
    ['later', [[job], [], ...failed({ message: 'x' })], { code: 'upstream_failed' }],
    ['for lack of a status', [[{ id: 'v1' }]], { code: 'upstream_failed' }],
    ['for lack of an id', [[{ status: 'queued' }]], { code: 'upstream_failed' }],
    [
      'for lack of a film',
      [[{ ...job, status: 'completed' }], [new Uint8Array(0)]],
      { code: 'upstream_failed' },
    ],
  ])('%s has its type', (_, answers, expected) => {
    expect(() => drive(answers)).toThrow(expect.objectContaining(expected))
  })
})

test('no answer makes the exchange throw anything but a HubError', { timeout: 600_000 }, () => {
  const member = fc.oneof(fc.jsonValue(), fc.constantFrom('queued', 'completed', 'failed', 'v1'))
  const fields = { id: member, status: member, error: fc.jsonValue(), seconds: fc.jsonValue() }
  const body = fc.oneof(
    fc.record(fields, { requiredKeys: [] }).map((given) => bytesOf(JSON.stringify(given))),
    fc.jsonValue().map((given) => bytesOf(JSON.stringify(given))),
    fc.uint8Array(),
  )
  fc.assert(
    fc.property(fc.array(body, { maxLength: 5 }), (bodies) => {
      const exchange = openAiVideo.exchange(asked, targetOf())
      try {
        let next = exchange.next()
        for (const given of bodies) {
          if (next.done) break
          const answers: ExchangeAnswer[] = next.value.do === 'wait' ? [] : [answerOf(given)]
          next = exchange.next(answers)
        }
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
      }
    }),
    { numRuns: scale.malformedBodies },
  )
})
