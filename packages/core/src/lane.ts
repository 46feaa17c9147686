import {
  type BodyEdit,
  type ChatEvent,
  editBody,
  type HubError,
  type InboundDialect,
  type JsonBody,
  type Operation,
  type OutboundDialect,
  type RelayHalf,
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

/** One call's way through: what goes out, and how what comes back becomes the caller's reply. */
export interface Lane {
  kind: 'relay' | 'translate'
  wire: WireRequest
  /** Reads a whole answer; throws a `HubError` when it is none. */
  whole(body: Uint8Array): { body: Uint8Array | string; usage: Usage }
  /** Starts reading a streamed answer. */
  stream(): StreamLane
}

/** A streamed answer on its way: what `RelayScanner` says, for both lanes. */
export interface StreamLane {
  push(bytes: Uint8Array): Uint8Array | string
  end(): Uint8Array | string
  fail(error: HubError): string
  readonly committed: boolean
  readonly usage: Usage | undefined
  readonly error: HubError | undefined
}

interface LaneCall<O extends Operation> {
  inbound: InboundDialect<O>
  body: JsonBody
  request: RequestOf<O>
  requestId: string
}

/**
 * The relay lane when caller and provider speak the same dialect, the provider allows it and edits of
 * top-level fields are enough; else the translate lane.
 * @throws HubError `unsupported_parameter` for meaning the target cannot express.
 */
export function chooseLane<O extends Operation>(call: LaneCall<O>, target: Target): Lane {
  // planRoute left out every provider without a dialect for this operation.
  const outbound = target.provider.dialects[call.inbound.operation] as unknown as OutboundDialect<O>
  const wireTarget: WireTarget = {
    provider: target.provider.id,
    model: target.model.id,
    quirks: target.provider.quirks,
  }
  const { relay } = outbound
  if (relay && outbound.id === call.inbound.id && target.provider.relay.includes(outbound.id)) {
    const fitting = relay.edits(call.body, call.request, wireTarget)
    if (fitting) return relayLane(relay, call, wireTarget, fitting)
  }
  return translateLane(outbound, call, wireTarget)
}

function relayLane<O extends Operation>(
  relay: RelayHalf<O>,
  call: LaneCall<O>,
  target: WireTarget,
  { edits, dropped }: { edits: BodyEdit[]; dropped: string[] },
): Lane {
  return {
    kind: 'relay',
    wire: { path: relay.path, body: editBody(call.body, edits), dropped },
    whole: (body) => ({ body, usage: relay.readUsage(body, target) }),
    stream() {
      if (!relay.scanner) throw new TypeError(`${call.inbound.id} does not stream.`)
      return relay.scanner(call.request, target, call.requestId)
    },
  }
}

function translateLane<O extends Operation>(
  outbound: OutboundDialect<O>,
  call: LaneCall<O>,
  target: WireTarget,
): Lane {
  const { inbound, request, requestId } = call
  return {
    kind: 'translate',
    wire: outbound.writeRequest(request, target),
    whole(body) {
      const reply: ReplyOf<O> = outbound.readResponse(body, target)
      const usage = replyUsage[inbound.operation](reply)
      return { body: inbound.writeResponse({ request, requestId }, reply), usage }
    },
    stream() {
      const reader = outbound.streamReader?.(target)
      const writer = inbound.streamWriter?.({ request, requestId })
      if (!reader || !writer) throw new TypeError(`${inbound.id} does not stream.`)
      return new TranslatedStream(reader, writer)
    },
  }
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

  constructor(reader: StreamReader, writer: StreamWriter) {
    this.#reader = reader
    this.#writer = writer
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
