// What faults do to a reply, piece by piece.

import type { Header, Reply, Step } from './reply.ts'

/** All bytes of a reply's body. */
export function bodyBytes(reply: Reply): Buffer {
  const pieces: Uint8Array[] = []
  for (const step of reply.steps) if ('send' in step) pieces.push(Buffer.from(step.send))
  return Buffer.concat(pieces)
}

/** The first half of the body, then what follows. A whole answer still announces all of it. */
export function half(reply: Reply, ...then: Step[]): Reply {
  if (reply.streamed) {
    const kept = reply.steps.slice(0, Math.ceil(reply.steps.length / 2))
    return { ...reply, steps: [...kept, ...then] }
  }
  const body = bodyBytes(reply)
  return {
    ...reply,
    announcedBytes: body.length,
    steps: [{ send: body.subarray(0, body.length >> 1) }, ...then],
  }
}

/** Each event of a stream as other pieces. A whole answer stays as it is. */
export function reframed(reply: Reply, pieces: (frame: string, at: number) => string[]): Reply {
  if (!reply.streamed) return reply
  const steps = reply.steps.flatMap((step, at): Step[] =>
    'send' in step && typeof step.send === 'string'
      ? pieces(step.send, at).map((send) => ({ send }))
      : [step],
  )
  return { ...reply, steps }
}

/** A stream whose middle event cannot be read: cut, or with a wrong checksum where it has one. */
export function corrupted(reply: Reply): Reply {
  const middle = reply.steps.length >> 1
  const steps = reply.steps.map((step, at): Step => {
    if (at !== middle || !('send' in step)) return step
    const { send } = step
    if (typeof send === 'string') return { send: `${send.slice(0, send.length >> 1)}\n\n` }
    const bytes = Buffer.from(send)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 0xff, bytes.length - 1)
    return { ...step, send: bytes }
  })
  return { ...reply, steps }
}

/** Cut before every byte that continues a character (RFC 3629: 10xxxxxx). */
export function splitCharacters(body: Buffer): Step[] {
  const steps: Step[] = []
  let start = 0
  for (let at = 1; at < body.length; at++) {
    if (((body[at] ?? 0) & 0xc0) !== 0x80) continue
    steps.push({ send: body.subarray(start, at) })
    start = at
  }
  steps.push({ send: body.subarray(start) })
  return steps
}

const dripMs = 1000

export function dripped(reply: Reply): Reply {
  const body = bodyBytes(reply)
  const steps: Step[] = []
  for (let at = 0; at < body.length; at++) {
    steps.push({ waitMs: dripMs }, { send: body.subarray(at, at + 1) })
  }
  return { ...reply, steps }
}

const firstWaitMs = 2000
const wholeWaitMs = 10_000
const gapMs = 1000
const gaps = 10

export function slowed(reply: Reply): Reply {
  if (!reply.streamed) return { ...reply, delayMs: wholeWaitMs }
  const every = Math.max(1, Math.ceil(reply.steps.length / gaps))
  const steps = reply.steps.flatMap((step, at): Step[] =>
    at % every === every - 1 ? [{ waitMs: gapMs }, step] : [step],
  )
  return { ...reply, delayMs: firstWaitMs, steps }
}

/** The reply with headers set, in place of those of the same name. */
export function withHeaders(reply: Reply, headers: readonly Header[]): Reply {
  const names = new Set(headers.map(([name]) => name))
  return { ...reply, headers: [...reply.headers.filter(([name]) => !names.has(name)), ...headers] }
}

/** The page of something between us and the provider. */
export function htmlPage(reply: Reply, status: number, title: string): Reply {
  const page = `<!doctype html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`
  return {
    ...withHeaders(reply, [['content-type', 'text/html; charset=utf-8']]),
    status,
    streamed: false,
    steps: [{ send: page }],
  }
}
