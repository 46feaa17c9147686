import {
  asHubError,
  type ChatEvent,
  HubError,
  type ReplyContext,
  type Target,
} from '@aigne-hub/protocol'
import type { Attempt, StreamKind } from './attempt.ts'
import { failedStream, relayLate, relayStream, type StreamBody } from './relay.ts'
import { type CallLog, type Outcome, storageUnavailable } from './request-record.ts'
import type { AnswerKeeper } from './stored-answers.ts'

/** What the caller gets. Leaving a streamed body early closes the connection to the provider. */
export interface Reply {
  status: number
  headers: Record<string, string>
  body: Uint8Array | string | AsyncIterable<Uint8Array | string>
}

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  // nginx would otherwise collect the events before it passes them on.
  'x-accel-buffering': 'no',
}

interface AnsweredCall {
  streamKind: StreamKind
  target: Target
  context: ReplyContext
  keeper: AnswerKeeper | undefined
  log: CallLog
}

/** What becomes of one attempt: the reply, or the error it ended with. */
export async function replyWith({ result, summary }: Attempt, call: AnsweredCall): Promise<Reply> {
  const { keeper, log } = call
  log.record.attempts = [summary]
  if (result instanceof HubError) throw await settleFailure(result, log)
  if (result.kind === 'whole') {
    const { body, usage, events, contentType } = result
    const error = keeper && (await notKept(keeper, call, body as Uint8Array, events))
    await log.settle({ usage, ...(error && { error }) })
    if (error) throw error
    const headers = replyHeaders(log)
    if (contentType !== undefined) headers['content-type'] = sendable(contentType)
    return { status: 200, headers, body }
  }
  const { stream } = result
  log.record.firstEventMs = Math.round(log.elapsedMs())
  const settle = keeper
    ? async (outcome: Outcome) => {
        const { answerId, events } = stream.lane
        const error = outcome.error ?? (await notKept(keeper, call, answerId, events))
        await log.settle(error ? { ...outcome, error } : outcome)
        if (error && !outcome.error) throw error
      }
    : (outcome: Outcome) => log.settle(outcome)
  const headers = Object.assign(replyHeaders(log), streamHeaders)
  if (call.streamKind === 'bytes') headers['content-type'] = sendable(stream.contentType)
  return { status: 200, headers, body: relayStream(stream, settle) }
}

/** What sound and transcripts come as. A browser would run others, such as HTML, in the hub's name. */
const safeTypes =
  /^(?:(?:audio|video)\/[\w.+-]+|application\/(?:json|octet-stream|ogg|x-subrip)|text\/(?:plain|srt|vtt))(?:\s*;[\x20-\x7e]*)?$/i

/** A provider's content type as a caller may get it. */
function sendable(type = ''): string {
  return safeTypes.test(type) ? type : 'application/octet-stream'
}

/**
 * Keeps the answer for later calls. What it took is recorded all the same when that fails.
 * @param answer of a provider that keeps it: its id, or the whole of it.
 */
function notKept(
  keeper: AnswerKeeper,
  { target, context }: AnsweredCall,
  answer: string | Uint8Array | undefined,
  events: readonly ChatEvent[] | undefined,
): Promise<HubError | undefined> {
  const keeping = events ? keeper.keepSaid(events, context) : keeper.keepPlace(answer, target)
  return keeping.then(() => undefined, storageUnavailable)
}

/** The reply, or a stream of comments that becomes the reply when that takes too long. */
export async function orKeepAlive(
  replying: Promise<Reply>,
  late: {
    /** Undefined when it has taken long enough for a sign of life. */
    wait: <T>(opening: Promise<T>) => Promise<T | undefined>
    writeFailure(error: HubError): string
    giveUp(): void
    log: CallLog
  },
): Promise<Reply> {
  const reply = await late.wait(replying)
  if (reply) return reply
  const opening = replying.then(
    ({ body }) => body as StreamBody,
    (thrown) => failedStream(late.writeFailure(asHubError(thrown))),
  )
  const body = relayLate(opening, late.wait, late.giveUp)
  return { status: 200, headers: Object.assign(replyHeaders(late.log), streamHeaders), body }
}

/** The reply, or its headers now and its body later, when that takes longer than `wait` waits. */
export async function orEarlyHeaders(
  replying: Promise<Reply>,
  late: { wait: (replying: Promise<Reply>) => Promise<Reply | undefined>; log: CallLog },
): Promise<Reply> {
  const reply = await late.wait(replying)
  return reply ?? { status: 200, headers: replyHeaders(late.log), body: lateBody(replying) }
}

async function* lateBody(replying: Promise<Reply>): StreamBody {
  const { body } = await replying
  yield body as Uint8Array | string
}

/** Our own answer, where the provider has none. */
export async function replyWithEstimate(
  body: string,
  target: Target,
  log: CallLog,
): Promise<Reply> {
  log.record.provider = target.provider.id
  log.record.model = target.model.id
  await log.settle({})
  const headers = replyHeaders(log)
  headers['x-hub-estimated'] = 'true'
  return { status: 200, headers, body }
}

/** Ends the record of a call that failed, unless that has been done. */
export async function settleFailure(thrown: unknown, log: CallLog): Promise<HubError> {
  const error = asHubError(thrown)
  if (log.settled) return error
  error.attempts = log.record.attempts
  // What went wrong matters more to the caller than that it could not be written down.
  await log.settle({ error }).catch(() => {})
  return error
}

/** Of a whole answer; a stream's go over them. */
function replyHeaders(log: CallLog): Record<string, string> {
  const { provider, attempts, dropped } = log.record
  let upstreamMs = 0
  for (const { durationMs } of attempts) upstreamMs += durationMs
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-hub-provider': provider ?? '',
    'x-hub-attempts': String(attempts.length),
    'server-timing': `total;dur=${log.elapsedMs().toFixed(1)}, upstream;dur=${upstreamMs}`,
  }
  if (dropped.length > 0) headers['x-hub-dropped-params'] = listed(dropped)
  return headers
}

const maxListed = 30

/** Names as a header can carry them: callers may have given them any. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, maxListed).map((name) => name.replace(/[^\x21-\x7e]|,/g, '?'))
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')}, +${more}` : shown.join(', ')
}
