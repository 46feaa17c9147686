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
      return relay.scanner(call.request, target)
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
      return translatedStream(reader, writer)
    },
  }
}

function isReal({ type }: ChatEvent): boolean {
  return type !== 'start' && type !== 'keepAlive' && type !== 'usage'
}

function translatedStream(reader: StreamReader, writer: StreamWriter): StreamLane {
  let committed = false
  let usage: Usage | undefined
  let error: HubError | undefined

  function write(events: ChatEvent[]): string {
    let out = ''
    for (const event of events) {
      if (event.type === 'error') {
        error = event.error
        break
      }
      if (event.type === 'usage') usage = event.usage
      else if (isReal(event)) committed = true
      out += writer.push(event)
    }
    return out
  }

  return {
    push: (bytes) => write(reader.push(bytes)),
    end() {
      const rest = write(reader.end())
      return error ? rest : rest + writer.end()
    },
    fail: (failure) => writer.fail(failure),
    get committed() {
      return committed
    },
    get usage() {
      return usage
    },
    get error() {
      return error
    },
  }
}
