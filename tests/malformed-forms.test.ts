// Whatever form a caller sends where files are taken: what is wrong with it is said in a 4xx, and no
// provider is asked; what is well is answered.
import { Agent, request } from 'node:http'
import { createSimulator, type Listening, type Simulator } from '@aigne-hub/simulator'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey, discard, type RunningHub, startHub } from './hub.ts'
import { scale } from './scale.ts'
import { pixels } from './voices.ts'

const mebibyte = 1024 * 1024

let hub: RunningHub
let upstream: Simulator
let server: Listening
const agent = new Agent({ keepAlive: true, maxSockets: 8 })

beforeAll(async () => {
  upstream = createSimulator({ keepRequests: 0 })
  server = await upstream.listen()
  hub = await startHub({
    file: `providers: [{ id: lab, baseUrl: "${server.url}/v1", allowPrivateNetwork: true }]\n`,
  })
})

afterAll(async () => {
  agent.destroy()
  await discard(hub)
  await server.close()
})

const boundary = 'boundary-of-the-form'
const formType = `multipart/form-data; boundary=${boundary}`

interface Answer {
  status: number
  requestId: string
  body: string
}

function post(path: string, body: Uint8Array, type = formType): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${adminKey}`,
      'content-type': type,
      'content-length': body.length,
    }
    const sent = request(hub.url + path, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          requestId: String(response.headers['x-request-id']),
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

/** A part: its head (a whole one, or what stands behind `form-data; `) and its content. */
type Part = readonly [head: string, content: string | Uint8Array]

const part = ([head, content]: Part): Buffer =>
  Buffer.concat([
    Buffer.from(
      `--${boundary}\r\n${head.includes(':') ? head : `content-disposition: form-data; ${head}`}\r\n\r\n`,
    ),
    Buffer.from(content as Uint8Array),
    Buffer.from('\r\n'),
  ])
const end = Buffer.from(`--${boundary}--\r\n`)
const formOf = (...parts: readonly Part[]): Buffer => Buffer.concat([...parts.map(part), end])

const png = Buffer.from(pixels, 'base64')
const image: Part = [
  'content-disposition: form-data; name="image"; filename="a.png"\r\ncontent-type: image/png',
  png,
]
const audio: Part = [
  'content-disposition: form-data; name="file"; filename="a.wav"\r\ncontent-type: audio/wav',
  'RIFF0000WAVEfmt audio',
]
const drawing: Part = ['name="model"', 'lab/image']
const hearing: Part = ['name="model"', 'lab/transcribe']
const prompt: Part = ['name="prompt"', 'Side by side']
/** `head` with another name for its file. */
const renamed = ([head, content]: Part, name: string): Part => [
  head.replace(/filename="[^"]*"/, `filename="${name}"`),
  content,
]

const edits = '/v1/images/edits'
const transcriptions = '/v1/audio/transcriptions'
const valid: readonly (readonly [path: string, parts: readonly Part[]])[] = [
  [edits, [drawing, prompt, image, ['name="n"', '1'], ['name="size"', '64x64']]],
  [
    edits,
    [
      [image[0].replace('"image"', '"image[]"'), png],
      [image[0].replace('"image"', '"image[]"'), png],
      [image[0].replace('"image"', '"mask"'), png],
      drawing,
      prompt,
    ],
  ],
  [transcriptions, [audio, hearing, ['name="language"', 'en'], ['name="temperature"', '0.5']]],
  [
    transcriptions,
    [
      hearing,
      ['name="response_format"', 'verbose_json'],
      ['name="timestamp_granularities[]"', 'word'],
      audio,
    ],
  ],
  [transcriptions, [hearing, ['name="stream"', 'true'], audio]],
]

const said = expect.stringMatching(/\S/)

function expectRefusal({ status, requestId, body }: Answer, wanted = 400): { message: string } {
  expect(status, body.slice(0, 500)).toBe(wanted)
  expect(requestId).toMatch(/^req_/)
  const { error } = JSON.parse(body)
  expect(error).toMatchObject({ message: said, type: said, code: said, request_id: requestId })
  expect(body.length).toBeLessThan(2_000)
  return error
}

test('the forms that are altered here are answered', async () => {
  for (const [path, parts] of valid) {
    const { status, body } = await post(path, formOf(...parts))
    expect([path, status], body.slice(0, 500)).toEqual([path, 200])
  }
})

describe('refused, and no provider is asked', () => {
  test.for<[what: string, path: string, body: Buffer, about: RegExp]>([
    ['nothing at all', edits, Buffer.alloc(0), /form/],
    ['no end', edits, Buffer.concat([drawing, prompt, image].map(part)), /ends too early/],
    ['half a part', transcriptions, formOf(hearing, audio).subarray(0, -60), /ends too early/],
    ['half a head', edits, part(drawing).subarray(0, 40), /ends too early/],
    ['another boundary', edits, Buffer.from('--other\r\n\r\n\r\n--other--\r\n'), /form/],
    ['JSON', edits, Buffer.from('{"model":"lab/image","prompt":"x"}'), /form/],
    ['a part without a name', edits, formOf(drawing, prompt, image, ['x="y"', 'z']), /no name/],
    ['an empty name', edits, formOf(drawing, prompt, image, ['name=""', 'z']), /no name/],
    [
      'a name of 10,000 letters',
      edits,
      formOf(drawing, prompt, image, [`name="${'x'.repeat(10_000)}"`, 'z']),
      /name.*too long/,
    ],
    [
      'a file’s name of 10,000 letters',
      transcriptions,
      formOf(hearing, audio, [`name="${'x'.repeat(10_000)}"; filename="a"`, 'z']),
      /name.*too long/,
    ],
    [
      '10,000 parts',
      edits,
      formOf(drawing, prompt, image, ...Array<Part>(10_000).fill(['name="x[]"', 'y'])),
      /1,?000 parts/,
    ],
    [
      'a field of two megabytes',
      transcriptions,
      formOf(hearing, ['name="prompt"', 'x'.repeat(2 * mebibyte)], audio),
      /prompt is longer than 1 MiB/,
    ],
    ['no file', transcriptions, formOf(hearing), /file/],
    ['no image', edits, formOf(drawing, prompt), /image/],
    ['an empty file', transcriptions, formOf(hearing, [audio[0], '']), /file/],
    ['an empty image', edits, formOf(drawing, prompt, [image[0], '']), /image/],
    ['text where audio is wanted', transcriptions, formOf(hearing, ['name="file"', 'x']), /file/],
    [
      'text where an image is wanted',
      edits,
      formOf(drawing, prompt, ['name="image"', 'x']),
      /image/,
    ],
    [
      'text where a mask is wanted',
      edits,
      formOf(drawing, prompt, image, ['name="mask"', 'x']),
      /mask/,
    ],
    [
      'a file where the model is wanted',
      edits,
      formOf(['name="model"; filename="m.txt"', 'lab/image'], prompt, image),
      /model/,
    ],
    [
      'a file in a field nobody knows',
      transcriptions,
      formOf(hearing, audio, ['name="other"; filename="o.wav"', 'x']),
      /other/,
    ],
    ['two files', transcriptions, formOf(hearing, audio, audio), /one file/],
    [
      'two masks',
      edits,
      formOf(
        drawing,
        prompt,
        image,
        ...[0, 1].map((): Part => [image[0].replace('"image"', '"mask"'), png]),
      ),
      /one file/,
    ],
    ['17 images', edits, formOf(drawing, prompt, ...Array<Part>(17).fill(image)), /16 images/],
    ['two models', transcriptions, formOf(hearing, hearing, audio), /model.*once/],
    ['two prompts', edits, formOf(drawing, prompt, prompt, image), /prompt.*once/],
    ['a number in words', edits, formOf(drawing, prompt, image, ['name="n"', 'two']), /\bn\b/],
    ['half a number', edits, formOf(drawing, prompt, image, ['name="n"', '1.5']), /\bn\b/],
    [
      'a yes in other words',
      transcriptions,
      formOf(hearing, audio, ['name="stream"', 'yes']),
      /stream/,
    ],
    [
      'a stream of images',
      edits,
      formOf(drawing, prompt, image, ['name="stream"', 'true']),
      /stream/,
    ],
    [
      'text that is not UTF-8',
      edits,
      formOf(drawing, ['name="prompt"', Buffer.from([0x41, 0xff, 0xfe, 0x80])], image),
      /UTF-8/,
    ],
    [
      'a form within the form',
      edits,
      formOf(drawing, prompt, [
        'content-disposition: form-data; name="image"\r\ncontent-type: multipart/mixed; boundary=inner',
        '--inner\r\ncontent-disposition: file; filename="a.png"\r\n\r\nx\r\n--inner--',
      ]),
      /image/,
    ],
    [
      'a part that is no form-data',
      transcriptions,
      formOf(hearing, ['content-disposition: attachment; name="file"; filename="a.wav"', 'x']),
      /file|form/,
    ],
    ['a model nobody has', edits, formOf(['name="model"', 'nobody/x'], prompt, image), /model/],
  ])('%s', async ([, path, body, about]) => {
    const before = upstream.counters.received
    const refused = await post(path, body)
    expect(expectRefusal(refused, refused.status === 404 ? 404 : 400).message).toMatch(about)
    expect(upstream.counters.received).toBe(before)
  })

  test.for<[what: string, type: string]>([
    ['no boundary', 'multipart/form-data'],
    ['another kind of parts', `multipart/mixed; boundary=${boundary}`],
    ['fields without files', 'application/x-www-form-urlencoded'],
    ['plain text', 'text/plain'],
  ])('a content type of %s is 415', async ([, type]) => {
    const before = upstream.counters.received
    expectRefusal(await post(transcriptions, formOf(hearing, audio), type), 415)
    expect(upstream.counters.received).toBe(before)
  })

  test.for([
    'multipart/form-data;',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
    'multipart/form-data; charset=utf-8',
    `multipart/form-data; boundary=${'x'.repeat(5_000)}`,
    'multipart/form-data; boundary=a; boundary=b',
  ])('%s is a 4xx', async (type) => {
    const before = upstream.counters.received
    const refused = await post(transcriptions, formOf(hearing, audio), type)
    expectRefusal(refused, refused.status === 415 ? 415 : 400)
    expect(upstream.counters.received).toBe(before)
  })

  test.for(['/v1/chat/completions', '/v1/audio/speech', '/v1/embeddings', '/api/v2/image'])(
    'a form where %s takes JSON is 415',
    async (path) => {
      expectRefusal(await post(path, formOf(drawing, prompt, image)), 415)
    },
  )

  test('more than 64 MiB is 413', async () => {
    const large = formOf(hearing, [audio[0], Buffer.alloc(65 * mebibyte)])
    const { message } = expectRefusal(await post(transcriptions, large), 413)
    expect(message).toContain('64 MiB')
  })
})

test.for(['utf-7', 'utf-16le', 'x-mine', ''])(
  'a text of the charset “%s” is UTF-8',
  async (charset) => {
    const head = `content-disposition: form-data; name="prompt"\r\ncontent-type: text/plain; charset=${charset}`
    const { status, body } = await post(edits, formOf(drawing, [head, '+AGE-ü'], image))
    expect(status).toBe(200)
    expect(body).toContain('+AGE-ü (from 1 image')
  },
)

test.for([
  '../../etc/passwd.wav',
  '/etc/passwd.wav',
  'C:\\\\Windows\\\\a.wav',
  '..\\\\..\\\\a.wav',
  '%0D%0Acontent-disposition: form-data; name=model%0D%0A.wav',
  `x\u0000.wav`,
  '"; name="model.wav',
  '.wav',
])('a file named %s is no more than a name', async (name) => {
  const { status, body } = await post(
    transcriptions,
    formOf(hearing, renamed(audio, name.replaceAll('"', '\\"'))),
  )
  expect([status, body]).toEqual([200, expect.stringContaining('"text"')])
})

const anyForm = fc.constantFrom(...valid).map(([path, parts]) => ({ path, body: formOf(...parts) }))

/** Bytes that mean something to readers of forms. */
const tokens = fc.constantFrom(
  '\r\n',
  '\n',
  '\r',
  '--',
  `\r\n--${boundary}`,
  `\r\n--${boundary}--`,
  `--${boundary}\r\n`,
  '\r\n\r\n',
  'content-disposition: form-data; name="model"\r\n\r\nlab/echo\r\n',
  'content-type: multipart/mixed; boundary=x\r\n',
  'content-transfer-encoding: base64\r\n',
  "; filename*=utf-8''%2e%2e%2f",
  '; name=',
  '"',
  '\\"',
  '\0',
  '[]',
  '__proto__',
)

const damaged = fc
  .tuple(
    anyForm,
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat(12),
        fc.oneof(tokens.map(Buffer.from), fc.uint8Array({ maxLength: 6 }).map(Buffer.from)),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([{ path, body }, wounds]) => {
    let bytes = body
    for (const [position, dropped, put] of wounds) {
      const at = position % (bytes.length + 1)
      bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + dropped)])
    }
    return { path, body: bytes }
  })

const truncated = fc
  .tuple(anyForm, fc.nat())
  .map(([{ path, body }, at]) => ({ path, body: body.subarray(0, at % body.length) }))

/** The parts of a form in any order, some of them more than once, some not at all. */
const shuffled = fc
  .tuple(
    fc.constantFrom(...valid),
    fc.array(fc.constantFrom(...valid.flatMap(([, parts]) => parts)), { maxLength: 6 }),
  )
  .map(([[path], parts]) => ({ path, body: formOf(...parts) }))

const numForms = scale.malformedBodies / 2

test(
  `${numForms} malformed forms are the caller’s fault, and the hub lives on`,
  async () => {
    const statuses = new Map<number, number>()
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged, damaged, truncated, shuffled), async ({ path, body }) => {
        const answer = await post(path, body)
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        expect(answer.status, answer.body.slice(0, 500)).toBeLessThan(500)
        if (answer.status !== 200) expectRefusal(answer, answer.status)
      }),
      // A failure prints the seed and the smallest form.
      { numRuns: numForms, endOnFailure: false },
    )
    // The forms were neither all refused at the door nor all fine.
    expect(statuses.get(400)).toBeGreaterThan(numForms / 5)
    expect(statuses.get(200)).toBeGreaterThan(numForms / 50)
    expect(hub.process.exitCode).toBeNull()
    expect(hub.log()).not.toMatch(/internal_error|nhandled|TypeError/)
  },
  60_000 + numForms * 10,
)
