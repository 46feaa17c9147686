import {
  type ChatEvent,
  editBody,
  type Headers,
  HubError,
  type InboundDialect,
  type JsonBody,
  type Operation,
  type OutboundDialect,
  type RelayEdits,
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
export interface Lane {
  kind: 'relay' | 'translate'
  wire: WireRequest
  /** Reads a whole answer; throws a `HubError` when it is none. */
  whole(body: Uint8Array): WholeAnswer
  /** Starts reading a streamed answer. */
  stream(): StreamLane
  /** Reads an answer whose status is not 2xx. */
  readError(status: number, headers: Headers, body: Uint8Array): HubError
}

export interface WholeAnswer {
  body: Uint8Array | string
  usage: Usage
  /** What was said, in the translate lane of chat. */
  events?: ChatEvent[]
}

/** A streamed answer on its way: what `RelayScanner` says, for both lanes. */
export interface StreamLane {
  push(bytes: Uint8Array): Uint8Array | string
  end(): Uint8Array | string
  fail(error: HubError): string
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
  body: JsonBody
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
  const { relay } = outbound
  const mayRelay = outbound.id === inbound.id && provider.relay.includes(outbound.id)
  const fitting =
    relay && mayRelay && !call.isRewritten ? relay.edits(call.body, request, wireTarget) : undefined
  const lane =
    relay && fitting
      ? relayLane(relay, outbound, call, wireTarget, fitting)
      : translateLane(outbound, call, wireTarget)
  assertFits(lane.wire, wireTarget)
  return lane
}

/** A provider's own refusal of a large request often is a broken connection. */
function assertFits({ body }: WireRequest, { provider, quirks }: WireTarget): void {
  const { maxRequestBytes } = quirks
  // A text has at least as many bytes; what makes it large is base64.
  if (maxRequestBytes === undefined || body.length <= maxRequestBytes) return
  const megabytes = (bytes: number) => Math.ceil(bytes / 1024 / 1024)
  throw new HubError(
    'request_too_large',
    `${provider} takes at most ${megabytes(maxRequestBytes)} MiB in one request, files included; this one has ${megabytes(body.length)}. Send less, or name files by their address.`,
  )
}

function relayLane<O extends Operation>(
  relay: RelayHalf<O>,
  outbound: OutboundDialect<O>,
  { inbound, body: sent, request, context }: LaneCall<O>,
  target: WireTarget,
  { edits, ...wire }: RelayEdits,
): Lane {
  return {
    kind: 'relay',
    wire: { ...wire, body: editBody(sent, edits) },
    whole: (body) => ({ body, usage: relay.readUsage(body, target) }),
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
  return {
    kind: 'translate',
    wire: outbound.writeRequest(inbound.storedAnswers ? unstored(request) : request, target),
    whole(body) {
      const reply: ReplyOf<O> = outbound.readResponse(body, target)
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
