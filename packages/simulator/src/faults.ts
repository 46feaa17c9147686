import { gzipSync } from 'node:zlib'
import type { Fault } from './fault.ts'
import {
  bodyBytes,
  corrupted,
  dripped,
  half,
  htmlPage,
  reframed,
  slowed,
  splitCharacters,
  withHeaders,
} from './fault-steps.ts'
import type { ProblemKind } from './problem.ts'
import { byteLength, type Header } from './reply.ts'

const limited = 'Rate limit reached for requests. Try again later.'
const broken = 'The server had an error while it processed your request.'
const busy = 'The server is overloaded. Try again later.'

function rateLimited(does: string, retryAfter: (nowMs: number) => string | undefined): Fault {
  return {
    does,
    reply(_reply, { problem, nowMs }) {
      const value = retryAfter(nowMs)
      return problem('rateLimited', limited, value === undefined ? [] : [['retry-after', value]])
    },
  }
}

function refuses(does: string, kind: ProblemKind, message: string): Fault {
  return { does, reply: (_reply, { problem }) => problem(kind, message) }
}

function errorEvent(does: string, kind: ProblemKind, message: string): Fault {
  return {
    does,
    reply(reply, { problem, problemFrame }) {
      if (!reply.streamed) return { ...problem(kind, message), status: 200 }
      const begun = half(reply)
      return { ...begun, steps: [...begun.steps, { send: problemFrame(kind, message, begun) }] }
    },
  }
}

function badUsage(does: string, count: number | string): Fault {
  return {
    does,
    alter(outcome) {
      if (!outcome.usage) return
      const fields = Object.keys(outcome.usage).map((field) => [field, count])
      outcome.usage = Object.fromEntries(fields)
    },
  }
}

function says(does: string, token: () => string, reply?: Fault['reply']): Fault {
  return {
    does,
    alter(outcome) {
      if (!('answers' in outcome)) return
      for (const { text } of outcome.answers) text.push(token())
    },
    ...(reply ? { reply } : {}),
  }
}

const mebibyte = 1024 * 1024
/** One member of a gzip file: 1 MiB of spaces, which is legal before any JSON. */
const bombMember = () => gzipSync(Buffer.alloc(mebibyte, ' '))

/** One row a fault. Those of a stream hit a whole answer too, as far as it has such a moment. */
export const faults = {
  none: { does: 'Nothing goes wrong.' },

  // The connection ends before there is an answer.
  'close-before-status': {
    does: 'Closes the connection instead of answering.',
    reply: (reply) => ({ ...reply, silent: 'close' }),
  },
  'reset-before-status': {
    does: 'Resets the connection instead of answering.',
    reply: (reply) => ({ ...reply, silent: 'reset' }),
  },
  'headers-never-come': {
    does: 'Takes the request and never answers.',
    reply: (reply) => ({ ...reply, silent: 'hang' }),
  },

  // The answer is an error.
  'rate-limited': rateLimited('429, Retry-After: 2.', () => '2'),
  'rate-limited-date': rateLimited('429, Retry-After as a date 30 s from now.', (nowMs) =>
    new Date(nowMs + 30_000).toUTCString(),
  ),
  'rate-limited-silent': rateLimited('429 without Retry-After.', () => undefined),
  'rate-limited-absurd': rateLimited('429, Retry-After: 1000000000.', () => '1000000000'),
  'quota-exhausted': refuses(
    '429 that no waiting helps: the account has run out of credit.',
    'quotaExhausted',
    'You have used up your quota. Check your plan and billing.',
  ),
  'server-error': refuses('500.', 'serverError', broken),
  'bad-gateway': {
    does: '502 with the HTML page of a proxy.',
    reply: (reply) => htmlPage(reply, 502, 'Bad Gateway'),
  },
  unavailable: refuses('503.', 'unavailable', busy),
  'gateway-timeout': {
    does: '504 with the HTML page of a proxy.',
    reply: (reply) => htmlPage(reply, 504, 'Gateway Timeout'),
  },
  overloaded: refuses('529.', 'overloaded', busy),
  unauthorized: refuses('401: the key is refused.', 'unauthorized', 'The API key is not valid.'),
  forbidden: refuses('403: the key may not do this.', 'forbidden', 'Your key may not do this.'),
  'context-length': refuses(
    '400: the request is too long for the model.',
    'contextLength',
    'The messages are longer than the context of this model. Shorten them.',
  ),

  // The answer has status 200 and is none.
  'error-in-200': {
    does: 'An error body under status 200.',
    reply: (_reply, { problem }) => ({ ...problem('serverError', broken), status: 200 }),
  },
  'malformed-json': {
    does: 'JSON with a mistake in it; in a stream, one event of many.',
    reply(reply) {
      if (!reply.streamed) {
        return { ...reply, steps: [{ send: `${bodyBytes(reply).toString().slice(0, -1)},}` }] }
      }
      return corrupted(reply)
    },
  },
  html: {
    does: 'An HTML page under status 200.',
    reply: (reply) => htmlPage(reply, 200, 'Please log in to this network'),
  },

  // The answer breaks off.
  'close-mid-stream': {
    does: 'Closes the connection half-way, between two events.',
    reply: (reply) => half(reply, { ending: 'close' }),
  },
  'cut-mid-event': {
    does: 'Closes the connection inside an event.',
    reply(reply) {
      const next = reply.steps[Math.ceil(reply.steps.length / 2)]
      if (!reply.streamed || !next || !('send' in next)) return half(reply, { ending: 'close' })
      const cut = next.send.slice(0, next.send.length >> 1)
      return half(reply, { send: cut }, { ending: 'close' })
    },
  },
  'reset-mid-stream': {
    does: 'Resets the connection half-way.',
    reply: (reply) => half(reply, { ending: 'reset' }),
  },
  stall: {
    does: 'Sends half of the answer and then nothing more, with the connection open.',
    reply: (reply) => half(reply, { ending: 'hang' }),
  },
  'ends-early': {
    does: 'Ends the body properly half-way, without a terminal event.',
    reply(reply) {
      const cut = half(reply)
      const { announcedBytes: _, ...rest } = cut
      return rest
    },
  },
  'no-done': {
    does: 'Leaves out the last event, which says that the stream is over.',
    reply: (reply) => (reply.streamed ? { ...reply, steps: reply.steps.slice(0, -1) } : reply),
  },
  'error-event': errorEvent(
    'An error event half-way through the stream, then its end.',
    'serverError',
    broken,
  ),
  'overloaded-event': errorEvent(
    'An event half-way through the stream that says it is overloaded, then its end.',
    'overloaded',
    busy,
  ),

  // The answer is complete, and awkward to read.
  'split-utf8': says(
    'Chunks that end inside a character.',
    () => ' — 日本語 — 🌍',
    (reply) => ({ ...reply, steps: splitCharacters(bodyBytes(reply)) }),
  ),
  crlf: {
    does: 'Lines end in CR LF, and chunks end between the two.',
    reply: (reply) => reframed(reply, (frame) => frame.replaceAll('\n', '\r\n').split(/(?<=\r)/)),
  },
  'huge-line': says('One event of 10 MiB on one line.', () => 'x'.repeat(10 * mebibyte)),
  comments: {
    does: 'Comment lines and blank lines before and inside of every event.',
    reply: (reply) => reframed(reply, (frame) => [': keep-alive\n\n', '\n\n', `: note\n${frame}`]),
  },
  'byte-order-mark': {
    does: 'The body starts with a byte order mark.',
    reply: (reply) => reframed(reply, (frame, at) => [at === 0 ? `\uFEFF${frame}` : frame]),
  },
  drip: { does: 'One byte a second.', reply: dripped },
  slow: { does: 'Waits seconds before the answer and within it.', reply: slowed },

  // The answer counts wrong.
  'no-usage': {
    does: 'No usage.',
    alter(outcome) {
      outcome.usage = undefined
    },
  },
  'usage-negative': badUsage('Usage below zero.', -1_000_000),
  'usage-huge': badUsage('Usage of 10^18 tokens.', 1e18),
  'usage-text': badUsage('Usage as text.', '12'),
  'usage-incomplete': {
    does: 'Usage with only the total.',
    alter(outcome) {
      const total = outcome.usage?.total
      outcome.usage = total === undefined ? {} : { total }
    },
  },

  // The HTTP is wrong.
  redirect: {
    does: '307 to another path of the simulator, where nobody should show up.',
    reply: (reply) => ({
      status: 307,
      headers: [...reply.headers, ['location', '/redirected']],
      streamed: false,
      steps: [],
    }),
  },
  'gzip-bomb': {
    does: '256 MiB of spaces in a quarter of a megabyte of gzip.',
    reply: (reply) => ({
      ...withHeaders(reply, [['content-encoding', 'gzip']]),
      streamed: false,
      steps: [{ send: Buffer.concat(new Array(256).fill(bombMember())) }],
    }),
  },
  'wrong-encoding': {
    does: 'Says gzip and sends plain text.',
    reply: (reply) => withHeaders(reply, [['content-encoding', 'gzip']]),
  },
  'content-length-too-long': {
    does: 'Announces more bytes than it sends before it closes.',
    reply(reply) {
      const body = bodyBytes(reply)
      return {
        ...reply,
        streamed: false,
        announcedBytes: byteLength(body) + 100,
        steps: [{ send: body }, { ending: 'close' }],
      }
    },
  },
  'content-length-too-short': {
    does: 'Announces fewer bytes than it sends.',
    reply(reply) {
      const body = bodyBytes(reply)
      return {
        ...reply,
        streamed: false,
        announcedBytes: byteLength(body) >> 1,
        steps: [{ send: body }, { ending: 'close' }],
      }
    },
  },
  'many-headers': {
    does: '100 more headers.',
    reply: (reply) =>
      withHeaders(
        reply,
        Array.from({ length: 100 }, (_, at): Header => [`x-filler-${at + 1}`, 'filler']),
      ),
  },
  'oversized-header': {
    does: 'One header of 64 KiB.',
    reply: (reply) => withHeaders(reply, [['x-filler', 'a'.repeat(64 * 1024)]]),
  },

  // Sometimes.
  'flaky-30': {
    does: '500 three times out of ten.',
    reply: (reply, { problem, draw }) => (draw() < 0.3 ? problem('serverError', broken) : reply),
  },
} as const satisfies Record<string, Fault>

export type FaultName = keyof typeof faults

/** The faults by name, with what each does. */
export const faultDescriptions: Readonly<Record<FaultName, string>> = Object.fromEntries(
  Object.entries(faults).map(([name, { does }]) => [name, does]),
) as Record<FaultName, string>
