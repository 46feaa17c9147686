import {
  HubError,
  type ImagesRequest,
  type Json,
  type OutboundDialect,
  type VideoRequest,
} from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scale } from '../../../tests/scale.ts'
import { doubaoImages } from './doubao/images.ts'
import { doubaoVideo } from './doubao/video.ts'
import { geminiImages } from './gemini/images.ts'
import { geminiVideo } from './gemini/video.ts'
import { ideogramImages } from './ideogram/images.ts'
import { openRouterImages } from './openrouter/images.ts'
import { poeImages } from './poe/images.ts'
import { bytesOf, targetOf } from './testing/bytes.ts'
import { driveExchange } from './testing/drive-exchange.ts'
import { replaceSomewhere } from './testing/replace-somewhere.ts'
import { xaiImages } from './xai/images.ts'

// Whatever a provider answers, the caller gets pictures or an error of the hub's.

const cat: ImagesRequest = { model: 'ideogram-v3', prompt: 'A cat', n: 1 }
const waves: VideoRequest = { model: 'm', prompt: 'Waves' }
const target = { ...targetOf(), model: 'ideogram-v3' }
const url = 'https://x.test/1'

const outbound = (dialect: OutboundDialect<'images'>) => (answer: Json) =>
  dialect.readResponse(bytesOf(JSON.stringify(answer)), target).images

const readers: [string, (answer: Json) => object[], Json][] = [
  ['xAI', outbound(xaiImages), { data: [{ url, respect_moderation: true }], usage: { cost: 1 } }],
  [
    'OpenRouter',
    outbound(openRouterImages),
    { data: [{ b64_json: 'AQID', media_type: 'image/png' }], usage: { cost: 0.1 } },
  ],
  [
    'Gemini',
    (answer) => driveExchange(geminiImages.exchange(cat, target), [[answer]]).reply.images,
    {
      candidates: [
        {
          content: { parts: [{ inlineData: { mimeType: 'image/png', data: 'AQID' } }] },
          finishReason: 'STOP',
        },
      ],
      usageMetadata: { candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 3 }] },
    },
  ],
  [
    'Doubao',
    (answer) => driveExchange(doubaoImages.exchange(cat, target), [[answer]]).reply.images,
    { data: [{ url, size: '1x1' }, { error: { code: 'x' } }], usage: { generated_images: 1 } },
  ],
  [
    'Ideogram',
    (answer) => driveExchange(ideogramImages.exchange(cat, target), [[answer]]).reply.images,
    { created: '2026-11-20T10:00:00Z', data: [{ url, is_image_safe: true, resolution: '1x1' }] },
  ],
  [
    'Poe',
    (answer) => driveExchange(poeImages.exchange(cat, target), [[answer]]).reply.images,
    { choices: [{ message: { content: `![x](${url})` }, finish_reason: 'stop' }], usage: {} },
  ],
  [
    'Seedance',
    (answer) =>
      driveExchange(doubaoVideo.exchange(waves, target), [[{ id: 't' }], [], [answer]]).reply
        .videos,
    { status: 'succeeded', content: { video_url: url }, usage: { completion_tokens: 3 } },
  ],
  [
    'Veo',
    (answer) => driveExchange(geminiVideo.exchange(waves, target), [[answer]]).reply.videos,
    {
      name: 'models/m/operations/o',
      done: true,
      response: { videos: [{ bytesBase64Encoded: 'AQID', mimeType: 'video/mp4' }] },
    },
  ],
]

test.each(readers)('%s: the answer itself is read', (_, read, answer) => {
  expect(read(answer)).toHaveLength(1)
})

/** What the hand that drives an exchange says when it has nothing to answer with: that is not judged. */
const isUnanswered = (thrown: unknown) =>
  thrown instanceof Error && thrown.message.startsWith('Nothing answers')

test.each(readers)(
  '%s: no answer makes the reader throw anything but a HubError, or give less than a picture',
  { timeout: 600_000 },
  (_, read, answer) => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.nat()),
        fc.jsonValue(),
        fc.boolean(),
        (path, value, isAll) => {
          const root = { answer: structuredClone(answer) }
          if (isAll) root.answer = value as Json
          else replaceSomewhere(root, path[Symbol.iterator](), value as Json)
          let made: object[] = []
          try {
            made = read(root.answer)
          } catch (thrown) {
            expect(thrown instanceof HubError || isUnanswered(thrown)).toBe(true)
            return
          }
          expect(made.length).toBeGreaterThan(0)
        },
      ),
      { numRuns: scale.malformedBodies },
    )
  },
)

test('nothing an error may look like makes its reader throw', () => {
  const body = fc.oneof(
    fc.uint8Array(),
    fc.jsonValue().map((value) => bytesOf(JSON.stringify(value))),
  )
  fc.assert(
    fc.property(fc.integer({ min: 300, max: 599 }), body, (status, bytes) => {
      for (const { readError } of [ideogramImages, geminiImages, xaiImages]) {
        expect(readError(status, {}, bytes, target)).toBeInstanceOf(HubError)
      }
    }),
    { numRuns: scale.malformedBodies },
  )
})
