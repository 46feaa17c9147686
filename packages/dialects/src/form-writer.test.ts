import type { FormField, FormFile } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeForm } from './form-writer.ts'
import { textOf } from './testing/bytes.ts'
import { sentForm } from './testing/parsed-form.ts'

const text = fc.string({ unit: 'grapheme', minLength: 1 })
const field: fc.Arbitrary<FormField> = fc.record(
  { name: text, value: fc.string({ unit: 'grapheme' }) },
  { noNullPrototype: true },
)
const file: fc.Arbitrary<FormFile> = fc.record(
  {
    name: text,
    fileName: text,
    mimeType: fc.constantFrom('image/png', 'audio/mpeg', 'application/octet-stream'),
    bytes: fc.uint8Array(),
  },
  { noNullPrototype: true },
)

test('a reader we did not write gets every part back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(field), fc.array(file), async (fields, files) => {
      expect(await sentForm(writeForm([...fields, ...files]))).toEqual({ fields, files })
    }),
  )
})

test('a value keeps its line ends and may look like the end of another form', async () => {
  const plain = writeForm([])
  const value = `a\r\nb\nc\r${textOf(plain.body)}`
  const fields = [{ name: 'prompt', value }]
  const written = writeForm(fields)
  expect(written.headers).not.toEqual(plain.headers)
  expect(await sentForm(written)).toEqual({ fields, files: [] })
})

test('names and types cannot add parts or headers', async () => {
  const sly = 'a"\r\nX-Evil: 1\r\n\r\nb'
  const bytes = Uint8Array.of(1)
  const written = writeForm([{ name: sly, fileName: sly, mimeType: `image/png\r\nX: 1`, bytes }])
  expect(await sentForm(written)).toEqual({
    fields: [],
    files: [{ name: sly, fileName: sly, mimeType: 'application/octet-stream', bytes }],
  })
})

test.each([
  ['image/png', 'file.png'],
  ['audio/mpeg', 'file.mp3'],
  ['audio/x-wav', 'file.wav'],
])('a file of %s without a name is %s', async (mimeType, fileName) => {
  const { files } = await sentForm(
    writeForm([{ name: 'file', mimeType, bytes: new Uint8Array(1) }]),
  )
  expect(files[0]?.fileName).toBe(fileName)
})
