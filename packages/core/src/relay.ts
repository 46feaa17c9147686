import { asHubError, HubError, sseKeepAlive, usageOf } from '@aigne-hub/protocol'
import type { OpenStream } from './attempt.ts'
import type { Outcome } from './request-record.ts'

export type StreamBody = AsyncGenerator<Uint8Array | string, void, void>

/** Why a call was given up: its signal's own reason, or a caller who is gone. */
export function givenUp(signal?: AbortSignal): HubError {
  if (signal?.reason instanceof HubError) return signal.reason
  return new HubError('client_closed', 'The caller hung up before the answer was complete.')
}

/**
 * The caller's bytes of an open stream. The last frames wait for `settle` (called once): a caller who
 * has seen the end can rely on the record. A failure becomes exactly one typed error frame. Leaving
 * early, or the caller's signal, closes the connection to the provider and settles with what is known.
 */
export async function* relayStream(
  stream: OpenStream,
  signal: AbortSignal,
  settle: (outcome: Outcome) => Promise<void>,
): StreamBody {
  const { lane } = stream
  let settled = false
  /** Ends the stream: what is left to send once the outcome is safe. */
  const finish = async (last: Uint8Array | string, error?: HubError) => {
    settled = true
    stream.close(error)
    const usage = lane.usage ?? usageOf({ estimated: true })
    try {
      await settle({ usage, ...(error ? { error } : {}) })
    } catch (thrown) {
      return lane.fail(asHubError(thrown))
    }
    return error ? lane.fail(error) : last
  }
  try {
    yield* stream.first
    yield* passOn(stream)
    yield await finish(stream.terminal ?? '', lane.error)
  } catch (thrown) {
    yield await finish('', signal.aborted ? givenUp(signal) : asHubError(thrown))
  } finally {
    if (!settled) await finish('', givenUp())
  }
}

/** Everything between the first event and the terminal frames, which are left in `stream.terminal`. */
async function* passOn(stream: OpenStream): StreamBody {
  const { lane, rest, timer } = stream
  while (stream.terminal === undefined && !lane.error) {
    const { value, done } = await rest.next()
    timer.touch()
    if (done) stream.terminal = lane.end()
    else {
      const out = lane.push(value)
      if (out.length > 0) yield out
    }
  }
}

/**
 * A stream for a caller who has waited long enough without a sign: a comment now and at every `tick`
 * until the stream opens, or one typed error frame when it does not.
 */
export async function* relayLate(
  opening: Promise<StreamBody>,
  tick: () => Promise<'tick'>,
  writeFailure: (error: HubError) => string,
): StreamBody {
  let body: StreamBody | undefined
  try {
    do {
      yield sseKeepAlive
      const opened = await Promise.race([opening, tick()])
      if (opened !== 'tick') body = opened
    } while (!body)
    yield* body
  } catch (thrown) {
    yield writeFailure(asHubError(thrown))
  } finally {
    // Left before it opened: entering it once and leaving closes the connection and settles.
    if (!body) opening.then(leave, () => {})
  }
}

async function leave(body: StreamBody): Promise<void> {
  await body.next()
  await body.return()
}
