import { type FormBody, HubError, type TranscriptionRequest, usageOf } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { toFile } from 'openai'
import { describe, expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { bodyOf, bytesOf, everySplit, targetOf, textOf } from '../testing/bytes.ts'
import { openAiClient } from '../testing/openai-client.ts'
import { sentForm } from '../testing/parsed-form.ts'
import { openAiTranscription } from './transcription.ts'

const sound = Uint8Array.of(0x52, 0x49, 0x46, 0x46)
const file = { name: 'file', fileName: 'a.wav', mimeType: 'audio/wav', bytes: sound }
const asked: TranscriptionRequest = { model: 'm1', file, fields: [] }
const formOf = (fields: Record<string, string>, ...files: FormBody['files']): FormBody => ({
  fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
  files,
})
const read = (form: FormBody) => openAiTranscription.readForm(form, {})

test('what OpenAI’s own client sends is read, and goes on as it was', async () => {
  const forms: FormBody[] = []
  const client = openAiClient(({ path, form }) => {
    expect(path).toBe('/audio/transcriptions')
    forms.push(form as FormBody)
    return '{"text":"Hello","language":"en","duration":1.5}'
  })
  const answer = await client.audio.transcriptions.create({
    file: await toFile(sound, 'a.wav', { type: 'audio/wav' }),
    model: 'acme/whisper',
    response_format: 'verbose_json',
    language: 'en',
    temperature: 0.2,
    timestamp_granularities: ['word', 'segment'],
    stream: false,
  })
  expect(answer.text).toBe('Hello')
  const [form] = forms as [FormBody]
  const request = read(form)
  expect(request).toMatchObject({ model: 'acme/whisper', format: 'verbose_json', file })
  const wire = openAiTranscription.relay.rewrite(request, targetOf())
  expect(wire).toMatchObject({ path: '/audio/transcriptions', dropped: [] })
  const sent = await sentForm(wire)
  expect(sent.files).toEqual(form.files)
  expect(sent.fields).toHaveLength(form.fields.length - 1)
  expect(sent.fields).toEqual(
    expect.arrayContaining([
      { name: 'model', value: 'm1' },
      { name: 'response_format', value: 'verbose_json' },
      { name: 'language', value: 'en' },
      { name: 'temperature', value: '0.2' },
      { name: 'timestamp_granularities[]', value: 'word' },
      { name: 'timestamp_granularities[]', value: 'segment' },
    ]),
  )
})

test('a form that is written and read again is the same request', async () => {
  const request: fc.Arbitrary<TranscriptionRequest> = fc.record(
    {
      model: fc.constant('m1'),
      file: fc.record(
        {
          name: fc.constant('file'),
          fileName: fc.constantFrom('a.mp3', 'b "c".wav'),
          mimeType: fc.constantFrom('audio/mpeg', 'audio/wav'),
          bytes: fc.uint8Array({ minLength: 1 }),
        },
        { noNullPrototype: true },
      ),
      format: fc.constantFrom('json', 'text', 'srt'),
      stream: fc.constant('events' as const),
      fields: fc.array(
        fc.record(
          {
            name: fc.constantFrom('prompt', 'include[]', 'known_speaker_names[0]'),
            value: fc.string(),
          },
          { noNullPrototype: true },
        ),
      ),
    },
    { requiredKeys: ['model', 'file', 'fields'], noNullPrototype: true },
  )
  await fc.assert(
    fc.asyncProperty(request, async (given) => {
      const wire = openAiTranscription.relay.rewrite(given, targetOf())
      expect(read(await sentForm(wire))).toStrictEqual(given)
    }),
  )
})

test.each<[string, FormBody]>([
  ['model', formOf({}, file)],
  [
    'model',
    { fields: [...formOf({ model: 'a' }).fields, { name: 'model', value: 'b' }], files: [file] },
  ],
  ['file', formOf({ model: 'm1' })],
  ['file', formOf({ model: 'm1', file: 'x' })],
  ['file', formOf({ model: 'm1' }, file, file)],
  ['file', formOf({ model: 'm1' }, { ...file, bytes: new Uint8Array(0) })],
  ['audio', formOf({ model: 'm1' }, { ...file, name: 'audio' })],
  ['stream', formOf({ model: 'm1', stream: 'yes' }, file)],
])('%s is named when it is wrong', (param, form) => {
  expect(() => read(form)).toThrow(expect.objectContaining({ status: 400, param }))
})

test('a body that is no form is a 415', () => {
  expect(() => openAiTranscription.readRequest(bodyOf({ model: 'm1' }), {})).toThrow(
    expect.objectContaining({ code: 'unsupported_media_type', status: 415 }),
  )
})

test('no form makes the reader throw anything but a 400', { timeout: 600_000 }, () => {
  const names = fc.oneof(fc.constantFrom('model', 'file', 'stream', '__proto__'), fc.string())
  const fields = fc.array(fc.record({ name: names, value: fc.string() }))
  const files = fc.array(fc.record({ name: names, mimeType: fc.string(), bytes: fc.uint8Array() }))
  fc.assert(
    fc.property(fields, files, (given, uploads) => {
      try {
        read({ fields: given, files: uploads })
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
        expect((thrown as HubError).status).toBe(400)
      }
    }),
    { numRuns: scale.malformedBodies },
  )
})

describe('what the target refuses', () => {
  const fields = [
    { name: 'prompt', value: 'Names: Ada' },
    { name: 'timestamp_granularities[]', value: 'word' },
  ]

  test('is left out and reported when it is a hint', async () => {
    const request = { ...asked, fields: fields.slice(0, 1) }
    const wire = openAiTranscription.relay.rewrite(request, targetOf({ unsupported: ['prompt'] }))
    expect(wire.dropped).toEqual(['prompt'])
    expect((await sentForm(wire)).fields).toEqual([{ name: 'model', value: 'm1' }])
  })

  test.each<[string, TranscriptionRequest]>([
    ['timestamp_granularities', { ...asked, fields }],
    ['stream', { ...asked, stream: 'events' }],
    ['response_format', { ...asked, format: 'srt' }],
  ])('is a 400 when it is %s', (param, request) => {
    const target = targetOf({ unsupported: [param] })
    expect(() => openAiTranscription.relay.rewrite(request, target)).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param }),
    )
  })
})

describe('usage', () => {
  const usageOfAnswer = (answer: object | string, format?: string) =>
    openAiTranscription.relay.readUsage(
      bytesOf(typeof answer === 'string' ? answer : JSON.stringify(answer)),
      targetOf(),
      format === undefined ? asked : { ...asked, format },
    )
  const tokens = {
    type: 'tokens',
    input_tokens: 14,
    input_token_details: { text_tokens: 10, audio_tokens: 4 },
    output_tokens: 101,
    total_tokens: 115,
  }
  const unknown = usageOf({ estimated: true })

  test.each<[string, object | string, string | undefined, object]>([
    [
      'tokens',
      { text: 'x', usage: tokens },
      undefined,
      usageOf({ input: 14, audioIn: 4, output: 101 }),
    ],
    [
      'seconds',
      { text: 'x', usage: { type: 'duration', seconds: 9 } },
      'json',
      usageOf({ seconds: 9 }),
    ],
    [
      'the length of the audio',
      { text: 'x', duration: 8.47 },
      'verbose_json',
      usageOf({ seconds: 8.47 }),
    ],
    [
      'a length in words',
      { text: 'x', duration: '8.47' },
      'verbose_json',
      usageOf({ seconds: 8.47 }),
    ],
    ['unknown without a report', { text: 'x' }, undefined, unknown],
    ['unknown for absurd reports', { text: 'x', duration: -1 }, undefined, unknown],
    ['unknown in a format of text', 'Hello', 'text', unknown],
    ['unknown for text that opens like JSON', '{Hello', 'srt', unknown],
  ])('is %s', (_, answer, format, expected) => {
    expect(usageOfAnswer(answer, format)).toEqual(expected)
  })

  test.each([undefined, 'text', 'vtt'])('of an error under a 200 is that error (%s)', (format) => {
    expect(() =>
      usageOfAnswer({ error: { message: 'x', type: 'rate_limit_error' } }, format),
    ).toThrow(expect.objectContaining({ code: 'rate_limit_exceeded' }))
  })

  test.each([['{}'], ['[]'], ['oops'], ['']])('of %j is a failure of the provider', (answer) => {
    expect(() => usageOfAnswer(answer)).toThrow(
      expect.objectContaining({ code: 'upstream_failed' }),
    )
  })

  test('is read from the last event of a stream', async () => {
    const delta = 'data: {"type":"transcript.text.delta","delta":"He said \\"error\\"."}\n\n'
    const last = `data: ${JSON.stringify({ type: 'transcript.text.done', text: 'x', usage: tokens })}\n\n`
    for (const pieces of everySplit(bytesOf(delta + last))) {
      const scanner = openAiTranscription.relay.scanner({ ...asked, stream: 'events' }, targetOf())
      const passed = pieces.map((piece) => textOf(scanner.push(piece))).join('')
      expect(passed + textOf(scanner.end())).toBe(delta + last)
      expect(scanner.usage).toEqual(usageOf({ input: 14, audioIn: 4, output: 101 }))
    }
    const client = openAiClient(() => delta + last, 'text/event-stream')
    const stream = await client.audio.transcriptions.create({
      file: await toFile(sound, 'a.wav'),
      model: 'm1',
      stream: true,
    })
    const types: string[] = []
    for await (const { type } of stream) types.push(type)
    expect(types).toEqual(['transcript.text.delta', 'transcript.text.done'])
  })
})
