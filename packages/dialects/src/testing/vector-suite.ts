// The suite of the recorded exchanges: what the providers' own pages and clients show, with invented
// values, and what it is in our words.

import {
  type CallAddress,
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  foldChat,
  type InboundDialect,
  type OutboundDialect,
  readJsonBody,
  type Usage,
  usageOf,
} from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { targetOf } from './bytes.ts'

type ChatDialect = InboundDialect<'chat'> & Required<OutboundDialect<'chat'>>

/** What `<name>.ours.json` says of an exchange. */
interface Vector {
  name: string
  request?: ChatRequest
  /** Of the whole answer and of the stream. */
  response?: Omit<ChatResponse, 'usage'> & { usage?: Partial<Usage> }
  /** What only the whole answer says. */
  whole?: Partial<ChatResponse>
  /** With which the answer ends. */
  error?: object
  /** With which the whole answer ends, where that is another one. */
  wholeError?: object
}

/** Of `node:fs`, which the test hands in: this package is pure. */
interface FileSystem {
  readdirSync(folder: URL): string[]
  readFileSync(file: URL): Uint8Array
  existsSync(file: URL): boolean
}

interface Vectors {
  names: string[]
  file(name: string): Uint8Array
  /** The exchanges of which `ours.json` has `key` and that have a file `<name>.<extension>`. */
  having<K extends keyof Vector>(key: K, extension: string): (Vector & Required<Pick<Vector, K>>)[]
}

/** The exchanges of the dialect `id`, in `vectors/<id>`. */
export function vectorsOf(id: string, files: FileSystem): Vectors {
  const folder = new URL(`../../vectors/${id}/`, import.meta.url)
  const names = files
    .readdirSync(folder)
    .filter((name) => name.endsWith('.ours.json'))
    .map((name) => name.slice(0, -'.ours.json'.length))
  const file = (name: string) => new Uint8Array(files.readFileSync(new URL(name, folder)))
  const cases = names.map((name): Vector => ({ name, ...ours(file(`${name}.ours.json`)) }))
  return {
    names,
    file,
    having<K extends keyof Vector>(key: K, extension: string) {
      return cases.filter(
        (one): one is Vector & Required<Pick<Vector, K>> =>
          key in one && files.existsSync(new URL(`${one.name}.${extension}`, folder)),
      )
    },
  }
}

/** Costs are whole numbers without end, which JSON has no way to write: `"12300n"`. */
function ours(bytes: Uint8Array): Omit<Vector, 'name'> {
  return JSON.parse(new TextDecoder().decode(bytes), (_, value) =>
    typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  )
}

/** The events of a stream that comes in these pieces. */
export function readPieces(dialect: ChatDialect, pieces: Uint8Array[]): ChatEvent[] {
  const reader = dialect.streamReader(targetOf())
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
}

/** @param address where the requests were sent, if that says something. */
export function testVectors(dialect: ChatDialect, files: FileSystem, address?: CallAddress): void {
  const { file, having } = vectorsOf(dialect.id, files)

  test.each(having('request', 'request.json'))('$name: the request', ({ name, request }) => {
    const body = readJsonBody(file(`${name}.request.json`))
    expect(dialect.readRequest(body, {}, address)).toStrictEqual(request)
  })

  test.each(having('response', 'response.json'))('$name: the whole answer', (one) => {
    const events = dialect.readResponse(file(`${one.name}.response.json`), targetOf())
    expect(foldChat(events)).toStrictEqual({ ...complete(one.response), ...one.whole })
  })

  test.each(having('response', 'sse'))('$name: the stream', ({ name, response }) => {
    const folded = foldChat(readPieces(dialect, [file(`${name}.sse`)]))
    expect(folded).toStrictEqual(complete(response))
  })

  test.each(having('error', 'sse'))('$name: the failing stream', ({ name, error }) => {
    const events = readPieces(dialect, [file(`${name}.sse`)])
    const errors = events.filter(({ type }) => type === 'error')
    expect(errors).toEqual([{ type: 'error', error: expect.objectContaining(error) }])
    expect(events.at(-1)).toBe(errors[0])
  })

  test.each(having('error', 'response.json'))('$name: the failing answer', (failing) => {
    const body = file(`${failing.name}.response.json`)
    expect(() => dialect.readResponse(body, targetOf())).toThrow(
      expect.objectContaining(failing.wholeError ?? failing.error),
    )
  })
}

function complete(response: Required<Vector>['response']): object {
  return { ...response, usage: usageOf(response.usage ?? {}) }
}
