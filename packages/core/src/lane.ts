import {
  type ChatEvent,
  type ExchangeAnswer,
  type ExchangeDialect,
  type ExchangeStep,
  editBody,
  type Headers,
  HubError,
  type InboundDialect,
  type JsonBody,
  type Operation,
  type OutboundDialect,
  type ProviderDialect,
  type RelayHalf,
  type ReplyContext,
  type ReplyOf,
  type RequestOf,
  replyUsage,
  type StreamReader,
  type StreamWriter,
  type Target,
  type Usage,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { chooseDialect, dialectsFor } from './choose-dialect.ts'

/** One call's way through: what goes out, and how what comes back becomes the caller's reply. */
export type Lane = RequestLane | ExchangeLane

interface LaneBase {
  kind: 'relay' | 'translate'
  /** What the target cannot express, by its name in the caller's request. */
  dropped: readonly string[]
  /** Reads an answer whose status is not 2xx. */
  readError(status: number, headers: Headers, body: Uint8Array): HubError
}

/** One request to the provider. */
export interface RequestLane extends LaneBase {
  wire: WireRequest
  /** Reads a whole answer; throws a `HubError` when it is none. */
  whole(body: Uint8Array, headers: Headers): WholeAnswer
  /** Starts reading a streamed answer. */
  stream(): StreamLane
}

/** Several requests for one answer. */
export interface ExchangeLane extends LaneBase {
  kind: 'translate'
  first: ExchangeStep
  /** Goes on with the answers of the step before: to the next step, or to the caller's answer. */
  next(answers: readonly ExchangeAnswer[]): ExchangeStep | WholeAnswer
}

export interface WholeAnswer {
  body: Uint8Array | string
  usage: Usage
  /** Default: JSON. */
  contentType?: string | undefined
  /** What was said, in the translate lane of chat. */
  events?: ChatEvent[]
}

/** A streamed answer on its way: what `RelayScanner` says, for both lanes. */
export interface StreamLane {
  push(bytes: Uint8Array): Uint8Array | string
  end(): Uint8Array | string
  /** Undefined where the stream has no words for a failure: it has to break off. */
  fail(error: HubError): string | undefined
  readonly committed: boolean
  readonly usage: Usage | undefined
  readonly error: HubError | undefined
  /** The answer's own id, where the provider keeps the answer. */
  readonly answerId?: string | undefined
  /** What was said so far, where it is to be kept. */
  readonly events?: readonly ChatEvent[] | undefined
}

/** What a lane is chosen for. */
export interface LaneCall<O extends Operation> {
  inbound: InboundDialect<O>
  /** Absent where a form came. */
  body?: JsonBody | undefined
  /** What is asked; need not be what `body` says when `isRewritten`. */
  request: RequestOf<O>
  context: ReplyContext<O>
  /** The body does not say all of the request: it cannot be passed on. */
  isRewritten?: boolean
  /** The events of the answer are needed when it is over. */
  keepsEvents?: boolean
  /** The caller would rather lose what the target cannot express than be refused. */
  dropsUnsupported?: boolean
}

/**
 * The relay lane when caller and provider speak the same dialect, the provider allows it and edits of
 * top-level fields are enough; else the translate lane.
 * @throws HubError `unsupported_parameter` for meaning the target cannot express, `request_too_large` for
 *   more than it takes at once.
 */
export function chooseLane<O extends Operation>(call: LaneCall<O>, target: Target): Lane {
  const { inbound, request } = call
  const { provider, model } = target
  const offered = dialectsFor(provider, model, inbound.operation)
  const outbound = chooseDialect(offered, inbound.id, request, model)
  if (!outbound) throw new TypeError(`${provider.id} has no dialect for ${inbound.operation}.`)
  const wireTarget: WireTarget = {
    provider: provider.id,
    model: model.id,
    quirks: model.quirks ?? provider.quirks,
    ...(model.limits && { limits: model.limits }),
    ...(call.dropsUnsupported && { dropsUnsupported: true }),
  }
  const mayRelay = outbound.id === inbound.id && provider.relay.includes(outbound.id)
  if (mayRelay && 'relay' in outbound && outbound.relay && !call.isRewritten) {
    const passed = passedOn(outbound.relay, call, wireTarget)
    if (passed) return relayLane(outbound.relay, outbound, call, wireTarget, passed)
  }
  if ('exchange' in outbound) return exchangeLane(outbound, call, wireTarget)
  if ('writeRequest' in outbound) return translateLane(outbound, call, wireTarget)
  throw new TypeError(
    `${provider.id} has ${outbound.id} passed on only, which this call cannot be.`,
  )
}

/** A provider's own refusal of a large request often is a broken connection. */
function assertFits({ body = '' }: WireRequest, { provider, quirks }: WireTarget): void {
  const { maxRequestBytes } = quirks
  // A text has at least as many bytes; what makes it large is base64.
  if (maxRequestBytes === undefined || body.length <= maxRequestBytes) return
  const megabytes = (bytes: number) => Math.ceil(bytes / 1024 / 1024)
  throw new HubError(
    'request_too_large',
    `${provider} takes at most ${megabytes(maxRequestBytes)} MiB in one request, files included; this one has ${megabytes(body.length)}. Send less, or name files by their address.`,
  )
}

/** The caller's own request, made to fit the target; undefined when it has to be translated. */
function passedOn<O extends Operation>(
  relay: RelayHalf<O>,
  { body, request }: LaneCall<O>,
  target: WireTarget,
): WireRequest | undefined {
  if (!body) return relay.rewrite?.(request, target)
  const fitting = relay.edits?.(body, request, target)
  if (!fitting) return undefined
  const { edits, ...wire } = fitting
  return { ...wire, body: editBody(body, edits) }
}

function relayLane<O extends Operation>(
  relay: RelayHalf<O>,
  outbound: ProviderDialect<O>,
  { inbound, request, context }: LaneCall<O>,
  target: WireTarget,
  wire: WireRequest,
): Lane {
  assertFits(wire, target)
  return {
    kind: 'relay',
    wire,
    dropped: wire.dropped,
    whole: (body, headers) => ({
      body,
      usage: relay.readUsage(body, target, request),
      contentType: relay.passesContentType ? headers['content-type'] : undefined,
    }),
    stream() {
      if (!relay.scanner) throw new TypeError(`${inbound.id} does not stream.`)
      return relay.scanner(request, target, context.requestId)
    },
    readError: (status, headers, body) => outbound.readError(status, headers, body, target),
  }
}

function translateLane<O extends Operation>(
  outbound: OutboundDialect<O>,
  { inbound, request, context, keepsEvents }: LaneCall<O>,
  target: WireTarget,
): Lane {
  const wire = outbound.writeRequest(inbound.storedAnswers ? unstored(request) : request, target)
  assertFits(wire, target)
  return {
    kind: 'translate',
    wire,
    dropped: wire.dropped,
    whole(body) {
      const reply: ReplyOf<O> = outbound.readResponse(body, target, request)
      const usage = replyUsage[inbound.operation](reply)
      const answer: WholeAnswer = { body: inbound.writeResponse(context, reply), usage }
      if (keepsEvents) answer.events = reply as ChatEvent[]
      return answer
    },
    stream() {
      const reader = outbound.streamReader?.(target)
      const writer = inbound.streamWriter?.(context)
      if (!reader || !writer) throw new TypeError(`${inbound.id} does not stream.`)
      return new TranslatedStream(reader, writer, keepsEvents === true)
    },
    readError: (status, headers, body) => outbound.readError(status, headers, body, target),
  }
}

function exchangeLane<O extends Operation>(
  outbound: ExchangeDialect<O>,
  { inbound, request, context }: LaneCall<O>,
  target: WireTarget,
): Lane {
  const exchange = outbound.exchange(request, target)
  const goOn = ({ done, value }: IteratorResult<ExchangeStep, ReplyOf<O>>) => {
    if (done) {
      const usage = replyUsage[inbound.operation](value)
      return { body: inbound.writeResponse(context, value), usage }
    }
    if (value.do === 'send') for (const wire of value.requests) assertFits(wire, target)
    return value
  }
  const first = goOn(exchange.next())
  if (!('do' in first) || first.do !== 'send') {
    throw new TypeError(`${outbound.id} does not begin with a request.`)
  }
  return {
    kind: 'translate',
    first,
    dropped: [...new Set(first.requests.flatMap(({ dropped }) => dropped))],
    next: (answers) => goOn(exchange.next(answers)),
    readError: (status, headers, body) => outbound.readError(status, headers, body, target),
  }
}

/** What the hub keeps itself, or nobody does, is no matter of the provider's. */
function unstored<R extends object>(request: R): R {
  if (!('store' in request)) return request
  const { store: _, ...rest } = request
  return rest as R
}

function isReal({ type }: ChatEvent): boolean {
  return type !== 'start' && type !== 'keepAlive' && type !== 'usage'
}

class TranslatedStream implements StreamLane {
  readonly #reader: StreamReader
  readonly #writer: StreamWriter
  committed = false
  usage: Usage | undefined
  error: HubError | undefined
  readonly events: ChatEvent[] | undefined

  constructor(reader: StreamReader, writer: StreamWriter, keepsEvents: boolean) {
    this.#reader = reader
    this.#writer = writer
    this.events = keepsEvents ? [] : undefined
  }

  push(bytes: Uint8Array): string {
    return this.#write(this.#reader.push(bytes))
  }

  end(): string {
    const rest = this.#write(this.#reader.end())
    return this.error ? rest : rest + this.#writer.end()
  }

  fail(error: HubError): string {
    return this.#writer.fail(error)
  }

  #write(events: ChatEvent[]): string {
    let out = ''
    this.events?.push(...events)
    for (const event of events) {
      if (event.type === 'error') {
        this.error = event.error
        break
      }
      if (event.type === 'usage') this.usage = event.usage
      else if (isReal(event)) this.committed = true
      out += this.#writer.push(event)
    }
    return out
  }
}
