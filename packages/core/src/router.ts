import {
  CallAbort,
  type CallAddress,
  type Caller,
  type CallSignal,
  type FormBody,
  type Headers,
  HubError,
  type InboundDialect,
  type JsonBody,
  type Operation,
  type ReplyContext,
  type RequestOf,
  readJsonBody,
  systemClock,
  type Target,
} from '@aigne-hub/protocol'
import { givenUp, startAttempt } from './attempt.ts'
import { dialectsFor } from './choose-dialect.ts'
import { within } from './deadline.ts'
import { fetchMedia } from './fetch-media.ts'
import { withMediaInside } from './input-media.ts'
import { chooseLane, type Lane } from './lane.ts'
import { type Deadlines, defaultDeadlines, type RouterPorts } from './ports.ts'
import {
  orEarlyHeaders,
  orKeepAlive,
  type Reply,
  replyWith,
  replyWithEstimate,
  settleFailure,
} from './reply.ts'
import { CallLog, type RequestRecord } from './request-record.ts'
import { maxNameLength, type Resolution, resolveModel } from './resolve-model.ts'
import { planRoute } from './route-plan.ts'
import {
  type AnswerKeeper,
  type Conversation,
  keptElsewhere,
  openConversation,
} from './stored-answers.ts'

/** One call as it arrived. Only the dialect and the body are always needed. */
export interface Call<O extends Operation = Operation> {
  /** How the caller speaks, and so which operation it asks for. */
  dialect: InboundDialect<O>
  /** Bytes of JSON as received, or a body read already. */
  body: Uint8Array | JsonBody | FormBody
  /** Lower-case names. */
  headers?: Headers
  /** What the address says, for dialects that put the model and the wish to stream there. */
  address?: CallAddress
  /**
   * The caller waits for the headers of a whole answer only so long: they go out in time, and a failure
   * after them breaks the body off.
   */
  wantsEarlyHeaders?: boolean
  /** Default: an embedder's own calls. */
  caller?: Caller
  requestId?: string
  /** Aborted when the caller hangs up, or with a `HubError` that the caller is to be told. */
  signal?: CallSignal
}

export interface Router {
  /**
   * Sends a call to the model it names and answers in the caller's dialect. Everything that fails
   * before the first byte fails here; after it, a stream carries its own error.
   * @throws HubError whatever went wrong, with every try in `attempts`.
   */
  route<O extends Operation>(call: Call<O>): Promise<Reply>
}

const embedder: Caller = { keyId: 'embedded', keyName: 'embedded', accountId: 'system' }
const neverAborted: CallSignal = new CallAbort()
const noAddress: CallAddress = {}

/** The router. Its `serve` is the path of a request, top to bottom. */
export function createRouter(ports: RouterPorts): Router {
  const {
    transport,
    recorder,
    answers,
    memory,
    clock = systemClock,
    mayUseModel = () => true,
  } = ports
  const given = ports.catalogue
  const catalogue = typeof given === 'function' ? given : () => given
  const deadlines: Deadlines = { ...defaultDeadlines, ...ports.deadlines }
  const sending = { transport, clock, deadlines }
  const media = {
    transport,
    clock,
    memory,
    timeoutMs: deadlines.mediaMs,
    allowPrivateNetwork: ports.allowPrivateMedia ?? false,
  }

  /**
   * The path of a request, top to bottom. Everything before sending is synchronous, but for the look-up
   * of a conversation that is continued by its id.
   */
  async function serve<O extends Operation>(call: FullCall<O>, log: CallLog): Promise<Reply> {
    const { dialect, caller, signal, headers } = call
    const given = call.body instanceof Uint8Array ? readJsonBody(call.body) : call.body
    const read = readCall(call, given)
    const stream = 'stream' in read && read.stream !== undefined
    const streamKind = (stream && dialect.streamOf?.(read)) || 'events'
    log.record.requestedModel = read.model.slice(0, maxNameLength)
    log.record.stream = stream
    const losses = readLossWish(headers)

    const opening =
      'files' in given
        ? { body: undefined, asked: read, request: read }
        : openConversation(call, { body: given, asked: read }, answers)
    const { body, asked, request, isRewritten, pin, keeper }: OpenConversation<O> =
      opening instanceof Promise ? await opening : opening

    const mayUse = (name: string) => mayUseModel(caller, name)
    const resolution = resolveModel(request.model, dialect.operation, catalogue(), mayUse)
    const plan = planRoute(onlyAllowed(resolution, caller, mayUse), {
      operation: dialect.operation,
      canEstimate: dialect.estimateReply !== undefined,
      pin,
    })
    const [target] = plan.targets
    const context = replyContext(asked, keeper, log)
    const estimated = estimateReply(dialect, context, target)
    if (estimated !== undefined) return replyWithEstimate(estimated, target, log)

    const fetching = withMediaInside(request, target, async (urls) => {
      const { files, claimedBytes } = await fetchMedia(urls, { ...media, signal })
      log.afterwards(() => memory?.release(claimedBytes))
      return files
    })
    const lane = chooseLane(
      {
        inbound: dialect,
        body,
        request: fetching ? await fetching : request,
        context,
        isRewritten: isRewritten === true || fetching !== undefined,
        keepsEvents: keeper !== undefined,
        dropsUnsupported: losses === 'drop',
      },
      target,
    )
    if (losses === 'error') assertNothingLost(lane)
    if (pin && lane.kind === 'translate') throw keptElsewhere(pin)
    noteSending(log.record, target, lane)

    const { attempt, close } = startAttempt(
      target,
      lane,
      { operation: dialect.operation, stream, streamKind, signal },
      sending,
    )
    const replying = attempt.then((over) =>
      replyWith(over, { streamKind, target, context, keeper, log }),
    )
    if ('wire' in lane && stream && streamKind === 'events') {
      return orKeepAlive(replying, {
        wait: (opening) => within(clock, deadlines.keepAliveMs, opening),
        writeFailure: (error) => lane.stream().fail(error) ?? '',
        giveUp: () => close(givenUp()),
        log,
      })
    }
    if (!call.wantsEarlyHeaders) return replying
    return orEarlyHeaders(replying, {
      // Fetching files has taken some of the time.
      wait: (opening) => within(clock, Math.max(0, deadlines.headersMs - log.elapsedMs()), opening),
      log,
    })
  }

  return {
    async route(call) {
      const full = withDefaults(call)
      const log = new CallLog(full, clock, recorder)
      try {
        return await serve(full, log)
      } catch (thrown) {
        throw await settleFailure(thrown, log)
      }
    },
  }
}

type FullCall<O extends Operation> = Required<Call<O>>

/** A conversation whose call may have come as a form. */
type OpenConversation<O extends Operation> = Omit<Conversation<O>, 'body'> & {
  body: JsonBody | undefined
}

/** @throws HubError what the dialect finds wrong, and `unsupported_media_type` for a form it takes none of. */
function readCall<O extends Operation>(
  { dialect, headers, address }: FullCall<O>,
  body: JsonBody | FormBody,
): RequestOf<O> {
  if (!('files' in body)) return dialect.readRequest(body, headers, address)
  if (dialect.readForm) return dialect.readForm(body, headers)
  throw new HubError('unsupported_media_type', 'This address takes JSON, not a form.')
}

/** What writers need to know. Only an answer that is kept has its id from us. */
function replyContext<O extends Operation>(
  request: RequestOf<O>,
  keeper: AnswerKeeper | undefined,
  { record }: CallLog,
): ReplyContext<O> {
  const arrivedAt = Math.floor(record.createdAt / 1000)
  const context = { request, requestId: record.id, arrivedAt }
  return keeper ? { ...context, answerId: keeper.answerId } : context
}

/** `x-hub-unsupported`: what to do with what the target cannot express, instead of our own rule. */
function readLossWish({ 'x-hub-unsupported': wish }: Headers): 'error' | 'drop' | undefined {
  if (wish === undefined || wish === 'error' || wish === 'drop') return wish
  throw new HubError(
    'invalid_request',
    'The header x-hub-unsupported must be "error" or "drop". Leave it out to drop hints and refuse the rest.',
    { param: 'x-hub-unsupported' },
  )
}

/** @throws HubError `unsupported_parameter` naming the first parameter that would be dropped. */
function assertNothingLost({ dropped }: Lane): void {
  const [param] = dropped
  if (param === undefined) return
  throw new HubError(
    'unsupported_parameter',
    `The target cannot express ${dropped.join(', ')}, and the header x-hub-unsupported asks for an error then. Leave them out, or use another model.`,
    { param },
  )
}

/** Our own answer where the target's provider has none. */
function estimateReply<O extends Operation>(
  dialect: InboundDialect<O>,
  context: ReplyContext<O>,
  { provider, model }: Target,
): string | undefined {
  if (!dialect.estimateReply || dialectsFor(provider, model, dialect.operation).length > 0) {
    return undefined
  }
  return dialect.writeResponse(context, dialect.estimateReply(context.request))
}

function withDefaults<O extends Operation>(call: Call<O>): FullCall<O> {
  return {
    dialect: call.dialect,
    body: call.body,
    headers: call.headers ?? {},
    address: call.address ?? noAddress,
    wantsEarlyHeaders: call.wantsEarlyHeaders ?? false,
    caller: call.caller ?? embedder,
    requestId: call.requestId ?? globalThis.crypto.randomUUID(),
    signal: call.signal ?? neverAborted,
  }
}

/** The candidates the caller may use, by alias or by name. */
function onlyAllowed(
  resolution: Resolution,
  caller: Caller,
  mayUse: (name: string) => boolean,
): Resolution {
  if (resolution.isAlias && mayUse(resolution.name)) return resolution
  const candidates = resolution.candidates.filter(({ provider, model }) =>
    mayUse(`${provider.adapter.id}/${model.id}`),
  )
  if (candidates.length > 0) return { ...resolution, candidates }
  throw new HubError(
    'permission_denied',
    `The API key "${caller.keyName}" may not use the model "${resolution.name}". Choose one that GET /v1/models lists, or ask the operator for access.`,
    { param: 'model' },
  )
}

const maxDropped = 100

function noteSending(record: RequestRecord, target: Target, lane: Lane): void {
  record.provider = target.provider.id
  record.model = target.model.id
  record.credentialId = target.credential.id
  record.lane = lane.kind
  // Callers may have made up any number of names of any length.
  record.dropped = lane.dropped.slice(0, maxDropped).map((name) => name.slice(0, 100))
}
