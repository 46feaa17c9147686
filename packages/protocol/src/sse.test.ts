import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameCutter, sseFrame, sseKeepAlive } from './sse.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** The end of the last blank line of `text`, by reading it line by line. */
function lastFrameEnd(text: string): number {
  return [...text.matchAll(/([^\r\n]*)(\r\n|\n|\r)/g)].reduce(
    (end, line) => (line[1] === '' ? line.index + line[0].length : end),
    0,
  )
}

const stream = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\r\n\r\n') },
      { weight: 2, arbitrary: fc.constantFrom('data: x', 'data: é😀', ': c', 'event: done', 'd') },
    ),
    { maxLength: 24 },
  )
  .map((lines) => bytesOf(lines.join('')))

/** The stream in pieces, cut at any byte: within a character, within a line end. */
const pieces = stream.chain((bytes) =>
  fc.array(fc.nat(bytes.length), { maxLength: 12 }).map((cuts) => {
    const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
    return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
  }),
)

test('nothing is lost, added or reordered', () => {
  fc.assert(
    fc.property(pieces, (pieces) => {
      const cutter = new FrameCutter()
      const out = [...pieces.map((piece) => cutter.push(piece)), cutter.end()]
      expect(Buffer.concat(out)).toEqual(Buffer.concat(pieces))
      expect(cutter.held).toBe(0)
    }),
  )
})

test('what has come out is, after every push, all complete frames and nothing more', () => {
  fc.assert(
    fc.property(pieces, (pieces) => {
      const cutter = new FrameCutter()
      let received = ''
      let out = 0
      for (const piece of pieces) {
        received += Buffer.from(piece).toString('latin1')
        out += cutter.push(piece).length
        expect(out).toBe(lastFrameEnd(received))
        expect(cutter.held).toBe(received.length - out)
      }
    }),
    { numRuns: 1000 },
  )
})

test('what came out once is never written over by what comes later', () => {
  fc.assert(
    fc.property(pieces, (pieces) => {
      const cutter = new FrameCutter()
      const out = pieces.map((piece) => cutter.push(piece))
      const early = out.map((bytes) => Buffer.from(bytes).toString('latin1'))
      out.push(cutter.end(), cutter.push(bytesOf('data: next\n\n')))
      expect(out.slice(0, -2).map((bytes) => Buffer.from(bytes).toString('latin1'))).toEqual(early)
    }),
  )
})

test.each([
  ['LF', '\n'],
  ['CR LF', '\r\n'],
  ['CR', '\r'],
])('a frame comes out with its blank line, and not before, when lines end with %s', (_, end) => {
  const cutter = new FrameCutter()
  expect(cutter.push(bytesOf('data: a'))).toHaveLength(0)
  expect(cutter.push(bytesOf(end))).toHaveLength(0)
  expect(textOf(cutter.push(bytesOf(`${end}data: b`)))).toBe(`data: a${end}${end}`)
  expect(textOf(cutter.end())).toBe('data: b')
})

test('a frame of many pieces is held whole, and the next one starts afresh', () => {
  const cutter = new FrameCutter()
  const piece = bytesOf('x'.repeat(1000))
  const pushes = Array.from({ length: 500 }, () => cutter.push(piece).length)
  expect(Math.max(...pushes)).toBe(0)
  expect(cutter.push(bytesOf('\n\nrest'))).toHaveLength(500_002)
  expect(textOf(cutter.push(bytesOf('\n\n')))).toBe('rest\n\n')
})

test('frames and keep-alives that we write are whole frames', () => {
  const text = sseFrame('{"a":1}') + sseKeepAlive + sseFrame('[DONE]', 'done')
  expect(textOf(new FrameCutter().push(bytesOf(text)))).toBe(text)
  expect(text).toBe('data: {"a":1}\n\n: keep-alive\n\nevent: done\ndata: [DONE]\n\n')
})
