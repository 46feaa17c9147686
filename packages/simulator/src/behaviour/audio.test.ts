import fc from 'fast-check'
import { expect, test } from 'vitest'
import { audioFormats, makeAudio, measureAudio } from './audio.ts'

test('WAV is exactly as long as asked for', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30_000 }), (milliseconds) => {
      const wav = Buffer.concat(makeAudio('wav', milliseconds / 1000, 60))
      const measured = measureAudio(wav)
      expect(measured.format).toBe('WAV')
      expect(measured.seconds).toBeCloseTo(milliseconds / 1000, 4)
    }),
    { numRuns: 30 },
  )
})

test.each([
  ['mp3', 'MP3'],
  ['aac', 'AAC'],
  ['opus', 'Ogg'],
  ['flac', 'FLAC'],
  ['pcm', 'unknown'],
] as const)('%s is taken for %s, and its length guessed', (format, name) => {
  const measured = measureAudio(Buffer.concat(makeAudio(format, 10, 60)))
  expect(measured.format).toBe(name)
  const bytesPerSecond = format === 'pcm' ? 48_000 : 16_000
  expect(measured.seconds / (bytesPerSecond / 16_000)).toBeCloseTo(10, 1)
})

test.each(audioFormats)('%s comes in several pieces, however short', (format) => {
  expect(makeAudio(format, 0.01, 60).length).toBeGreaterThan(1)
})

/** Where frames of MP3 and AAC begin, one after the other. */
test.each([
  ['mp3', 417, 0xfb],
  ['aac', 341, 0xf1],
] as const)('%s is a row of whole frames', (format, frameBytes, second) => {
  const bytes = Buffer.concat(makeAudio(format, 5, 60))
  const starts = Array.from({ length: bytes.length / frameBytes }, (_, at) => at * frameBytes)
  expect(bytes.length % frameBytes).toBe(0)
  expect(starts.every((at) => bytes[at] === 0xff && bytes[at + 1] === second)).toBe(true)
})

test.each([
  ['nothing', Buffer.alloc(0), 'unknown'],
  ['a WAV without data', Buffer.from('RIFF\0\0\0\0WAVE'), 'WAV'],
  ['an MP3 with a title', Buffer.from('ID3\x04'), 'MP3'],
  ['a WebM', Buffer.from('\x1aE\xdf\xa3', 'latin1'), 'WebM'],
  ['an MP4', Buffer.from('\0\0\0\x18ftypM4A '), 'MP4'],
])('%s is measured too', (_what, bytes, format) => {
  const measured = measureAudio(bytes)
  expect(measured.format).toBe(format)
  expect(measured.seconds).toBeLessThan(0.01)
})

test('a WAV that announces more than there is lasts as long as what there is', () => {
  const wav = Buffer.concat(makeAudio('wav', 1, 60))
  wav.writeUInt32LE(0xffffffff, 40)
  expect(measureAudio(wav).seconds).toBe(1)
})
