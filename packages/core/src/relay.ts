import { asHubError, HubError, sseKeepAlive, usageOf } from '@aigne-hub/protocol'
import { givenUp, type OpenStream, readOn } from './attempt.ts'
import type { Outcome } from './request-record.ts'

export type StreamBody = AsyncGenerator<Uint8Array | string, void, void>

/**
 * The caller's bytes of an open stream. The last frames wait for `settle` (called once): a caller who
 * has seen the end can rely on the record. A failure becomes exactly one typed error frame, or is thrown
 * where a stream has no words for it. Leaving early closes the connection to the provider and settles with what is known.
 */
export function relayStream(
  stream: OpenStream,
  settle: (outcome: Outcome) => Promise<void>,
): StreamBody {
  return entered(passOn(stream, settle))
}

async function* passOn(
  stream: OpenStream,
  settle: (outcome: Outcome) => Promise<void>,
): StreamBody {
  let isLeft = true
  let last: Uint8Array | string | HubError
  try {
    yield ''
    for (const piece of stream.first) yield piece
    while (stream.terminal === undefined && !stream.error) {
      const piece = await readOn(stream)
      if (piece.length > 0) yield piece
    }
    isLeft = false
  } finally {
    last = await finish(stream, isLeft ? givenUp() : stream.error, settle)
  }
  if (last instanceof HubError) throw last
  yield last
}

/** Ends the stream: what is left to send once the outcome is safe, or what it has to break off with. */
async function finish(
  { lane, terminal, close }: OpenStream,
  error: HubError | undefined,
  settle: (outcome: Outcome) => Promise<void>,
): Promise<Uint8Array | string | HubError> {
  close(error)
  const usage = lane.usage ?? usageOf({ estimated: true })
  const settling = settle({ usage, ...(error ? { error } : {}) })
  const notKept = await settling.then(() => undefined, asHubError)
  // What went wrong matters more to the caller than that it could not be written down.
  const failure = error ?? notKept
  return failure ? (lane.fail(failure) ?? failure) : (terminal ?? '')
}

/**
 * A stream for a caller who has waited long enough without a sign: a comment, another one whenever
 * `wait` grows tired of waiting for the stream to open, and then the stream.
 */
export function relayLate(
  opening: Promise<StreamBody>,
  wait: (opening: Promise<StreamBody>) => Promise<StreamBody | undefined>,
  giveUp: () => void,
): StreamBody {
  return entered(commentUntilOpen(opening, wait, giveUp))
}

async function* commentUntilOpen(
  opening: Promise<StreamBody>,
  wait: (opening: Promise<StreamBody>) => Promise<StreamBody | undefined>,
  giveUp: () => void,
): StreamBody {
  let body: StreamBody | undefined
  try {
    yield ''
    do {
      yield sseKeepAlive
      body = await wait(opening)
    } while (!body)
  } finally {
    if (!body) {
      giveUp()
      await (await opening).return()
    }
  }
  yield* body
}

/** The body of a stream that never opened. */
export async function* failedStream(frame: string): StreamBody {
  yield frame
}

/**
 * A generator that is left before it was entered runs no `finally`. Both above begin with an empty
 * piece, which is taken here, so that whoever gets them may also leave at once.
 */
function entered(body: StreamBody): StreamBody {
  void body.next()
  return body
}
