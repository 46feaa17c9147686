import { HubError } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readFormBody } from './form-body.ts'

/** A form as Node's own `fetch` writes it. */
async function written(form: FormData): Promise<{ bytes: Buffer; type: string }> {
  const response = new Response(form)
  const type = response.headers.get('content-type') ?? ''
  return { bytes: Buffer.from(await response.arrayBuffer()), type }
}

const name = fc.stringMatching(/^[\w[\].-]{1,30}$/)
const file = fc.record({ name, content: fc.uint8Array({ maxLength: 5000 }), fileName: name })

test('a form is read as it was written, files byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ name, value: fc.string({ unit: 'grapheme' }) }), { maxLength: 5 }),
      fc.array(file, { maxLength: 4 }),
      async (fields, files) => {
        const form = new FormData()
        for (const { name, value } of fields) form.append(name, value)
        for (const { name, content, fileName } of files) {
          form.append(name, new Blob([content as Uint8Array<ArrayBuffer>]), `f${fileName}.png`)
        }
        const { bytes, type } = await written(form)
        const read = await readFormBody(bytes, type)
        expect(read.files.map((one) => [one.name, Buffer.from(one.bytes).toString('hex')])).toEqual(
          files.map((one) => [one.name, Buffer.from(one.content).toString('hex')]),
        )
        // Line ends of a text are made CRLF on the way out (HTML, "constructing the entry list").
        const crlf = (text: string) => text.replace(/\r\n|\r|\n/g, '\r\n')
        expect(read.fields).toEqual(fields.map(({ name, value }) => ({ name, value: crlf(value) })))
      },
    ),
    { numRuns: 200 },
  )
})

const mebibyte = 1024 * 1024

test('files larger than what is read at once are the same, wherever a line ends in them', async () => {
  for (const filling of ['x', '\r\n', '\r\n--', 'ab\r\n-']) {
    const content = Buffer.alloc(3 * mebibyte + 5, filling)
    const form = new FormData()
    form.append('first', new Blob([content]), 'a.bin')
    form.append('second', new Blob([content.subarray(7)]), 'b.bin')
    const { bytes, type } = await written(form)
    const { files } = await readFormBody(bytes, type)
    expect(files.map(({ name }) => name)).toEqual(['first', 'second'])
    expect(content.equals(files[0]?.bytes ?? content.subarray(1))).toBe(true)
    expect(content.subarray(7).equals(files[1]?.bytes ?? content)).toBe(true)
  }
})

test('a large form keeps nobody waiting, and one with too many parts is not read to its end', async () => {
  let turns = 0
  let isOver = false
  const takeTurn = () => {
    turns++
    if (!isOver) setImmediate(takeTurn)
  }
  const type = 'multipart/form-data; boundary=x'
  const head = '--x\r\ncontent-disposition: form-data; name="a"; filename="a"\r\n\r\n'
  const large = Buffer.concat([
    Buffer.from(head),
    Buffer.alloc(20 * mebibyte),
    Buffer.from('\r\n--x--'),
  ])
  takeTurn()
  await readFormBody(large, type)
  expect(turns).toBeGreaterThanOrEqual(20)
  turns = 0
  const parts = Buffer.from(`${head}\r\n`.repeat(300_000))
  await expect(readFormBody(parts, type)).rejects.toThrow('more than 1000 parts')
  isOver = true
  expect(turns).toBeLessThan(5)
})

test('a form that is cut off or mangled is a 400, or what is left of it', async () => {
  const form = new FormData()
  form.append('model', 'sim/image')
  form.append('image', new Blob([new Uint8Array(3000)], { type: 'image/png' }), 'a.png')
  const { bytes, type } = await written(form)
  const reading = (body: Buffer) =>
    readFormBody(body, type).then(
      () => 'read',
      (error: unknown) => error instanceof HubError && error.status,
    )
  for (let length = 0; length < bytes.length; length += 17) {
    expect([400, 'read']).toContain(await reading(bytes.subarray(0, length)))
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
      const mangled = Buffer.from(bytes)
      mangled[at] = value
      expect([400, 'read']).toContain(await reading(mangled))
    }),
    { numRuns: 500 },
  )
})

test.each([
  ['no boundary', 'multipart/form-data', ''],
  ['nothing in it', 'multipart/form-data; boundary=x', ''],
  [
    'no end',
    'multipart/form-data; boundary=x',
    '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb',
  ],
  [
    'no name',
    'multipart/form-data; boundary=x',
    '--x\r\ncontent-disposition: form-data\r\n\r\nb\r\n--x--\r\n',
  ],
  [
    'a field of megabytes',
    'multipart/form-data; boundary=x',
    `--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n${'b'.repeat(2 ** 20 + 1)}\r\n--x--\r\n`,
  ],
  [
    'text that is not UTF-8',
    'multipart/form-data; boundary=x',
    Buffer.from(
      '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--\r\n',
      'latin1',
    ),
  ],
  [
    'thousands of parts',
    'multipart/form-data; boundary=x',
    `${'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n'.repeat(1001)}--x--\r\n`,
  ],
])('a form with %s is refused', async (_, type, body) => {
  await expect(readFormBody(Buffer.from(body as string), type)).rejects.toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  )
})

test.each([
  ['no disposition', 'x-other: y'],
  ['no head', ''],
  ['another disposition', 'content-disposition: attachment; name="a"'],
])('a large part with %s is passed over', async (_, head) => {
  const last = '--x\r\ncontent-disposition: form-data; name="b"\r\n\r\nc\r\n--x--\r\n'
  const body = Buffer.from(`--x\r\n${head}\r\n\r\n${'a'.repeat(3 * 2 ** 20)}\r\n${last}`)
  const { fields, files } = await readFormBody(body, 'multipart/form-data; boundary=x')
  expect({ fields, files }).toEqual({ fields: [{ name: 'b', value: 'c' }], files: [] })
})
