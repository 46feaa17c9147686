import { editBody, HubError, type SpeechRequest, usageOf } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { bodyOf, bytesOf, everySplit, targetOf, textOf, withCrLf } from '../testing/bytes.ts'
import { openAiClient } from '../testing/openai-client.ts'
import { openAiSpeech } from './speech.ts'

const asked = { model: 'm1', input: 'Hello 👋' }
const read = (body: object) => openAiSpeech.readRequest(bodyOf(body), {})
const request = (stream: SpeechRequest['stream']): SpeechRequest => ({ ...asked, stream })
const scannerOf = (stream: SpeechRequest['stream']) =>
  openAiSpeech.relay.scanner(request(stream), targetOf(), 'req_1')

test('what OpenAI’s own client sends is read, and the bytes it gets are the audio', async () => {
  const seen: SpeechRequest[] = []
  const audio = Uint8Array.of(0xff, 0xf3, 0, 1)
  const client = openAiClient(({ path, json }) => {
    expect(path).toBe('/audio/speech')
    if (json) seen.push(openAiSpeech.readRequest(json, {}))
    return audio
  }, 'audio/mpeg')
  const answer = await client.audio.speech.create({
    ...asked,
    voice: 'marin',
    instructions: 'Whisper.',
    response_format: 'opus',
    speed: 1.5,
    stream_format: 'sse',
  })
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(audio)
  expect(seen).toStrictEqual([
    {
      ...asked,
      voice: 'marin',
      instructions: 'Whisper.',
      format: 'opus',
      speed: 1.5,
      stream: 'events',
    },
  ])
})

test('speech is a stream of bytes unless events are asked for', () => {
  expect(openAiSpeech.streamOf?.(read(asked))).toBe('bytes')
  expect(openAiSpeech.streamOf?.(read({ ...asked, stream_format: 'audio' }))).toBe('bytes')
  expect(openAiSpeech.streamOf?.(read({ ...asked, stream_format: 'sse' }))).toBe('events')
})

test('a voice of one’s own has an id, and unknown fields are kept', () => {
  expect(read({ ...asked, voice: { id: 'voice_1' }, emotion: 'calm' })).toStrictEqual({
    ...asked,
    voice: { id: 'voice_1' },
    stream: 'bytes',
    extensions: { emotion: 'calm' },
  })
})

test.each<[string, object]>([
  ['model', { input: 'x' }],
  ['input', { model: 'm1' }],
  ['input', { ...asked, input: '' }],
  ['voice', { ...asked, voice: 7 }],
  ['voice', { ...asked, voice: '' }],
  ['voice.id', { ...asked, voice: {} }],
  ['speed', { ...asked, speed: 5 }],
  ['response_format', { ...asked, response_format: 1 }],
  ['stream_format', { ...asked, stream_format: 'wav' }],
])('%s is named when it is wrong: %j', (param, body) => {
  expect(() => read(body)).toThrow(expect.objectContaining({ code: 'invalid_request', param }))
})

test('no JSON makes the reader throw anything but a 400', { timeout: 600_000 }, () => {
  const body = fc.record(
    { input: fc.jsonValue(), voice: fc.jsonValue(), speed: fc.jsonValue(), x: fc.jsonValue() },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(body, (given) => {
      try {
        read({ model: 'm1', ...given })
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
        expect((thrown as HubError).status).toBe(400)
      }
    }),
    { numRuns: scale.malformedBodies },
  )
})

describe('the body', () => {
  const sent = (body: object, quirks = {}) => {
    const json = bodyOf(body)
    const fitting = openAiSpeech.relay.edits(json, read(body), targetOf(quirks))
    return { ...fitting, body: JSON.parse(textOf(editBody(json, fitting?.edits ?? []))) }
  }

  test('goes on with the target’s model and without hints that it refuses', () => {
    const body = { ...asked, model: 'acme/m1', instructions: 'Whisper.', speed: 1.5 }
    expect(sent(body, { unsupported: ['instructions'] })).toMatchObject({
      path: '/audio/speech',
      body: { ...asked, speed: 1.5 },
      dropped: ['instructions'],
    })
  })

  test.each([
    ['stream_format', 'sse'],
    ['response_format', 'pcm'],
    ['voice', 'alloy'],
  ])('is refused when %s is what the target refuses', (param, value) => {
    expect(() => sent({ ...asked, [param]: value }, { unsupported: [param] })).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param }),
    )
  })
})

describe('bytes', () => {
  const counted = usageOf({ characters: 7, estimated: true })
  const audio = fc.uint8Array({ minLength: 1 })

  test('go on piece by piece, the last one only at the end', () => {
    fc.assert(
      fc.property(fc.array(audio, { minLength: 1 }), (pieces) => {
        // What opens like JSON is kept back.
        ;(pieces[0] as Uint8Array)[0] = 0xff
        const scanner = scannerOf('bytes')
        expect(scanner.committed).toBe(false)
        const passed = pieces.map((piece) => {
          const out = scanner.push(piece)
          expect(scanner.committed).toBe(true)
          return out
        })
        expect(passed[0]).toHaveLength(0)
        expect([...passed.slice(1), scanner.end()]).toEqual(pieces)
        expect(scanner.error).toBeUndefined()
        expect(scanner.usage).toEqual(counted)
      }),
    )
  })

  test('count as characters of the text, an emoji as one', () => {
    const scanner = scannerOf('bytes')
    expect(scanner.usage).toBeUndefined()
    scanner.push(Uint8Array.of(1))
    expect(scanner.usage).toEqual(counted)
  })

  test('that are an error in JSON under a 200 are that error, however they are cut', () => {
    const body = bytesOf('{"error":{"message":"Slow down.","code":"rate_limit_exceeded"}}')
    for (const pieces of everySplit(body)) {
      const scanner = scannerOf('bytes')
      for (const piece of pieces) expect(scanner.push(piece)).toHaveLength(0)
      expect(scanner.end()).toHaveLength(0)
      expect(scanner.error).toMatchObject({ code: 'rate_limit_exceeded' })
      expect(scanner.committed).toBe(false)
      expect(scanner.usage).toBeUndefined()
    }
  })

  test('that only open like JSON go on whole, short or long', () => {
    for (const length of [3, 40_000, 70_000, 200_000]) {
      const sound = new Uint8Array(length).fill(0x41)
      sound[0] = 0x7b
      const scanner = scannerOf('bytes')
      const passed: number[] = []
      for (let at = 0; at < length; at += 30_000) {
        passed.push(...scanner.push(sound.subarray(at, at + 30_000)))
      }
      expect(Uint8Array.from([...passed, ...scanner.end()])).toEqual(sound)
      expect(scanner.error).toBeUndefined()
    }
  })

  test('that never come are a failure', () => {
    const scanner = scannerOf('bytes')
    scanner.push(new Uint8Array(0))
    expect(scanner.end()).toHaveLength(0)
    expect(scanner.error).toMatchObject({ code: 'upstream_failed' })
  })

  test('have no words for a failure', () => {
    expect(scannerOf('bytes').fail(new HubError('upstream_failed', 'x'))).toBeUndefined()
  })

  test('that came whole are counted, unless they are an error', () => {
    const whole = (body: string) =>
      openAiSpeech.relay.readUsage(bytesOf(body), targetOf(), request('bytes'))
    expect(whole('ID3')).toEqual(counted)
    expect(() => whole('{"error":"overloaded","code":"server_is_overloaded"}')).toThrow(
      expect.objectContaining({ code: 'upstream_overloaded' }),
    )
  })
})

describe('events', () => {
  const frame = (value: object) => `data: ${JSON.stringify(value)}\n\n`
  const deltas = ['AAAA', 'BBBB'].map((audio) => frame({ type: 'speech.audio.delta', audio }))
  const usage = { input_tokens: 14, output_tokens: 101, total_tokens: 115 }
  const last = frame({ type: 'speech.audio.done', usage })
  const reported = usageOf({ input: 14, output: 101, audioOut: 101, characters: 7 })

  test.each<[string, string, string]>([
    ['as OpenAI sends them', deltas.join('') + last, last],
    ['with [DONE] at the end', `${deltas.join('')}${last}data: [DONE]\n\n`, last],
  ])('%s go on however they are cut, the last one at the end', (_, text, terminal) => {
    for (const pieces of everySplit(bytesOf(text))) {
      const scanner = scannerOf('events')
      const passed = pieces.map((piece) => textOf(scanner.push(piece))).join('')
      expect(passed).toBe(deltas.join(''))
      expect(textOf(scanner.end())).toBe(terminal)
      expect(scanner.committed).toBe(true)
      expect(scanner.usage).toEqual(reported)
    }
  })

  test('with other line ends are the same events', () => {
    const scanner = scannerOf('events')
    scanner.push(withCrLf(bytesOf(deltas.join('') + last)))
    scanner.end()
    expect(scanner.error).toBeUndefined()
    expect(scanner.usage).toEqual(reported)
  })

  test('that end with [DONE] alone are whole, and are counted', () => {
    const scanner = scannerOf('events')
    scanner.push(bytesOf(`${deltas.join('')}data: [DONE]\n\n`))
    expect(textOf(scanner.end())).toBe('data: [DONE]\n\n')
    expect(scanner.usage).toEqual(usageOf({ characters: 7, estimated: true }))
  })

  test('that stop in the middle are incomplete', () => {
    const scanner = scannerOf('events')
    scanner.push(bytesOf(deltas.join('')))
    scanner.end()
    expect(scanner.error).toMatchObject({ code: 'upstream_incomplete' })
  })

  test.each<[string, string]>([
    ['an object', frame({ error: { message: 'x', code: 'rate_limit_exceeded' } })],
    ['a type', frame({ type: 'error', message: 'x', code: 'rate_limit_exceeded' })],
    ['a name', `event: error\n${frame({ message: 'x', code: 'rate_limit_exceeded' })}`],
    ['no frame at all', '{"error":{"message":"x","code":"rate_limit_exceeded"}}\n\n'],
  ])('an error that is %s ends the stream, first or later', (_, error) => {
    for (const before of ['', deltas.join('')]) {
      const scanner = scannerOf('events')
      const passed = textOf(scanner.push(bytesOf(before))) + textOf(scanner.push(bytesOf(error)))
      expect(passed).toBe(before)
      expect(scanner.error).toMatchObject({ code: 'rate_limit_exceeded' })
      expect(scanner.committed).toBe(before !== '')
    }
  })

  test('a failure is one frame that names the request', () => {
    const text = scannerOf('events').fail(new HubError('upstream_failed', 'It failed.'))
    expect(JSON.parse((text as string).slice('data: '.length)).error).toMatchObject({
      message: 'It failed.',
      request_id: 'req_1',
    })
  })
})
