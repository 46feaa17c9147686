import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readForm } from './form-data.ts'

/** As fetch writes it. */
async function written(form: FormData) {
  const request = new Request('http://sim.local/', { method: 'POST', body: form })
  return {
    bytes: new Uint8Array(await request.arrayBuffer()),
    contentType: request.headers.get('content-type') ?? '',
  }
}

test('reads what fetch writes: texts, repeated names, files with any bytes', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at)
  const form = new FormData()
  form.append('prompt', 'a “lighthouse”\nat night')
  form.append('style_codes', 'AAAAAAAA')
  form.append('style_codes', 'BBBBBBBB')
  form.append('empty', '')
  form.append('image', new Blob([bytes], { type: 'image/png' }), 'my "best" one.png')
  const wire = await written(form)
  const parts = readForm(wire.bytes, wire.contentType)

  const texts = parts.slice(0, 4).map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])
  expect(texts).toEqual([
    // A form's line ends are CR LF.
    ['prompt', 'a “lighthouse”\r\nat night'],
    ['style_codes', 'AAAAAAAA'],
    ['style_codes', 'BBBBBBBB'],
    ['empty', ''],
  ])
  const filename = 'my "best" one.png'
  expect(parts[4]).toEqual({ name: 'image', filename, contentType: 'image/png', bytes })
  expect(parts).toHaveLength(5)
})

test('whatever files fetch writes, it reads back', async () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1 })
  const bytes = fc.uint8Array({ maxLength: 200 })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ name, filename: name, bytes })), async (files) => {
      const form = new FormData()
      for (const file of files) form.append(file.name, new Blob([file.bytes]), file.filename)
      const wire = await written(form)
      const read = readForm(wire.bytes, wire.contentType)
      const contentType = 'application/octet-stream'
      expect(read).toEqual(files.map((file) => ({ ...file, contentType })))
    }),
    { numRuns: 50 },
  )
})

test('reads a form of nothing, and a quoted boundary', () => {
  expect(readForm(Buffer.from('--b--\r\n'), 'multipart/form-data; boundary=b')).toEqual([])
  const one = '--a b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--a b--'
  const [part] = readForm(Buffer.from(one), 'multipart/form-data; charset=utf-8; boundary="a b"')
  expect(part).toEqual({ name: 'x', bytes: new Uint8Array(Buffer.from('1')) })
})

const type = 'multipart/form-data; boundary=b'
const field = 'Content-Disposition: form-data; name="x"'

test.each([
  ['JSON', '{}', 'application/json', 'content type'],
  ['no boundary in the type', '--b--', 'multipart/form-data', 'content type'],
  ['another start', 'hello', type, 'does not start with its boundary'],
  ['no end', `--b\r\n${field}\r\n\r\n1`, type, 'ends without its last boundary'],
  ['text after a boundary', `--bb\r\n${field}\r\n\r\n1\r\n--b--`, type, 'followed by something'],
  ['no headers', '--b\r\n1\r\n--b--', type, 'no headers'],
  ['a header of no name', '--b\r\nabc\r\n\r\n1\r\n--b--', type, 'header without a name'],
  ['a header twice', `--b\r\n${field}\r\n${field}\r\n\r\n1\r\n--b--`, type, 'two headers'],
  ['an attachment', '--b\r\nContent-Disposition: attachment\r\n\r\n1\r\n--b--', type, 'form-data'],
  ['no name', '--b\r\nContent-Disposition: form-data; a="b"\r\n\r\n1\r\n--b--', type, 'no name'],
])('refuses %s', (_what, text, contentType, message) => {
  expect(() => readForm(Buffer.from(text), contentType)).toThrow(message)
})
