import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BadHttp, type HttpRequest, HttpRequestReader } from './http-request.ts'

/** What comes out when the bytes come in pieces cut at `cuts`. */
function read(text: string, cuts: readonly number[] = []): HttpRequest[] {
  const bytes = Buffer.from(text)
  const reader = new HttpRequestReader()
  const requests: HttpRequest[] = []
  const ends = [...cuts, bytes.length].sort((first, second) => first - second)
  let start = 0
  for (const end of ends) {
    reader.push(bytes.subarray(start, end))
    start = Math.max(start, end)
    for (let next = reader.next(); next; next = reader.next()) requests.push(next)
  }
  return requests
}

const three = [
  'POST /v1/a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n{"ü":1',
  'POST /v1/b HTTP/1.1\r\nX-Two: 1\r\nx-two:  2 \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n',
  '\r\nGET /v1/models HTTP/1.0\r\n\r\n',
].join('')

const parsed = [
  {
    method: 'POST',
    target: '/v1/a?b=c',
    headers: { host: 'x', 'content-length': '7' },
    body: Buffer.from('{"ü":1'),
    keepsAlive: true,
  },
  {
    method: 'POST',
    target: '/v1/b',
    headers: { 'x-two': '1, 2', 'transfer-encoding': 'chunked' },
    body: Buffer.from('abc0123456789'),
    keepsAlive: true,
  },
  { method: 'GET', target: '/v1/models', headers: {}, body: Buffer.alloc(0), keepsAlive: false },
]

test('requests are read one after the other, with a length, in chunks and without a body', () => {
  expect(read(three)).toEqual(parsed)
})

test('it does not matter where the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(Buffer.byteLength(three)), { maxLength: 8 }), (cuts) => {
      expect(read(three, cuts)).toEqual(parsed)
    }),
  )
  expect(
    read(
      three,
      Array.from({ length: Buffer.byteLength(three) }, (_, at) => at),
    ),
  ).toEqual(parsed)
})

test('leave to send a body is asked for once', () => {
  const reader = new HttpRequestReader()
  reader.push(Buffer.from('POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n'))
  expect(reader.next()).toBeUndefined()
  expect([reader.takeContinue(), reader.takeContinue()]).toEqual([true, false])
  reader.push(Buffer.from('{}'))
  expect(reader.next()?.body.toString()).toBe('{}')
})

test.each([
  ['a line that is no request', 'hello\r\n\r\n', 400],
  ['another version', 'GET / HTTP/2.0\r\n\r\n', 400],
  ['a header without a name', 'GET / HTTP/1.1\r\n: x\r\n\r\n', 400],
  ['a length that is no number', 'GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n', 400],
  ['two lengths', 'GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
  [
    'a chunk size that is no number',
    'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n',
    400,
  ],
  [
    'a chunk longer than its size',
    'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n',
    400,
  ],
  ['another coding', 'POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n', 400],
  ['a body that is too large', 'POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n', 413],
  ['headers without end', `GET / HTTP/1.1\r\nx: ${'a'.repeat(70_000)}`, 431],
])('%s is refused', (_name, text, status) => {
  const thrown = (() => {
    try {
      return read(text)
    } catch (error) {
      return error
    }
  })()
  expect(thrown).toBeInstanceOf(BadHttp)
  expect(thrown).toMatchObject({ status })
})
