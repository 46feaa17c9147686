import { expect, test } from 'vitest'
import { jsonArrayStream } from './json-array-stream.ts'

async function textOf(...pieces: (string | Uint8Array)[]): Promise<string> {
  async function* body() {
    yield* pieces
  }
  let text = ''
  for await (const piece of jsonArrayStream(body())) text += piece
  return text
}

test('events become the members of one array, whatever the pieces they come in', async () => {
  const text = await textOf(
    '',
    'data: {"a":1}\n\n',
    Buffer.from('data: {"b":"ü"}\r\n\r\ndata: {"c":3}\n\n'),
  )
  expect(JSON.parse(text)).toEqual([{ a: 1 }, { b: 'ü' }, { c: 3 }])
})

test('comments are white space, before the first event as well', async () => {
  const text = await textOf(': keep-alive\n\n', 'data: {"a":1}\n\n', ': keep-alive\n\n')
  expect(JSON.parse(text)).toEqual([{ a: 1 }])
  expect(text.startsWith('\n')).toBe(true)
})

test('a stream without events is an empty array', async () => {
  expect(JSON.parse(await textOf(''))).toEqual([])
})
