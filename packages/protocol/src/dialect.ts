// A dialect: one wire format, as two halves.
// Both are pure and synchronous: they never fetch, read the clock or log.

import type { ChatEvent } from './chat.ts'
import type { HubError } from './errors.ts'
import type { ExchangeDialect } from './exchange.ts'
import type { FormBody } from './form-body.ts'
import type { Headers } from './headers.ts'
import type { JsonBody } from './json-body.ts'
import type { DialectId, Operation, ReplyOf, RequestOf } from './operation.ts'
import type { RelayHalf } from './relay.ts'
import type { WireRequest, WireTarget } from './wire.ts'

/** What the address of a call says, in dialects that put the model and the wish to stream there. */
export interface CallAddress {
  model?: string
  stream?: boolean
}

/** What a writer knows of the call besides the reply itself. */
export interface ReplyContext<O extends Operation = Operation> {
  request: RequestOf<O>
  requestId: string
  /** When the call came in, in Unix seconds: the date of an answer whose provider gave none. */
  arrivedAt: number
  /** The id the answer must have; absent = the provider's, or one the writer makes. */
  answerId?: string
}

/** Events in, text of the wire out. */
export interface StreamWriter {
  /** What `event` adds to the stream; often an empty string. Never called with an `error` event. */
  push(event: ChatEvent): string
  /** The terminal frames. They tell the caller that the call is acknowledged, so they come last. */
  end(): string
  /** One typed error frame, and whatever must close the stream after it. Called at most once. */
  fail(error: HubError): string
}

/** The half that faces our callers: their request read, our reply written. */
export interface InboundDialect<O extends Operation = Operation> {
  readonly id: DialectId
  readonly operation: O
  /**
   * @throws HubError `invalid_request` or `unsupported_parameter`, with `param` naming the field.
   */
  readRequest(body: JsonBody, headers: Headers, address?: CallAddress): RequestOf<O>
  /**
   * Only where requests may come as forms (`multipart/form-data`).
   * @throws HubError as `readRequest` does.
   */
  readForm?(form: FormBody, headers: Headers): RequestOf<O>
  /** What a stream of this operation is; default: server-sent events. */
  streamOf?(request: RequestOf<O>): 'events' | 'bytes'
  /** The body of a whole reply, as JSON text. */
  writeResponse(context: ReplyContext<O>, reply: ReplyOf<O>): string
  /** Only where the operation can stream. */
  streamWriter?(context: ReplyContext<O>): StreamWriter
  /** The body of an error reply, as JSON text. Status and headers are the surface's. */
  writeError(error: HubError, requestId: string): string
  /** The answer where the target's provider has nothing for this operation; absent = there is none. */
  estimateReply?(request: RequestOf<O>): ReplyOf<O>
  /** How answers are named that a later call may continue by their id; absent = they cannot be. */
  readonly storedAnswers?: StoredAnswers
}

export interface StoredAnswers {
  /** Essential extensions that keep something at the provider, where nobody could tell whose it is. */
  readonly uncontrolled: readonly string[]
  /** The id of an answer that the hub keeps itself. */
  idFor(requestId: string): string
  /** The id in a whole answer that is passed on as it is. */
  readId(body: Uint8Array): string | undefined
  /**
   * The ids of answers the hub keeps itself that a request refers to single items of, each once. Mostly
   * empty; whether there are such answers is not known here.
   */
  referredTo(body: JsonBody): readonly string[]
  /**
   * The same request with those items in the place of the references. What is not found stays as it is.
   * @param answers the bodies of the answers, as `writeResponse` gave them.
   */
  dereference(body: JsonBody, answers: readonly string[]): JsonBody
}

/** Bytes of an upstream stream in, events out. */
export interface StreamReader {
  push(bytes: Uint8Array): ChatEvent[]
  /** What the end of the bytes means: an `error` event unless a terminal signal was seen. */
  end(): ChatEvent[]
}

/** The half that faces providers: our request written, their reply read. */
export interface OutboundDialect<O extends Operation = Operation> {
  readonly id: DialectId
  readonly operation: O
  /** @throws HubError `unsupported_parameter` for meaning the dialect cannot express. */
  writeRequest(request: RequestOf<O>, target: WireTarget): WireRequest
  /**
   * Reads a whole answer of status 2xx.
   * @param request for what is counted here where the provider does not report it.
   * @throws HubError when it is malformed, or an error in disguise (some providers send those as 200).
   */
  readResponse(body: Uint8Array, target: WireTarget, request?: RequestOf<O>): ReplyOf<O>
  /** Only where the operation can stream. */
  streamReader?(target: WireTarget): StreamReader
  /** Reads an answer whose status is not 2xx. Never throws, whatever the body is. */
  readError(status: number, headers: Headers, body: Uint8Array, target: WireTarget): HubError
  /** The relay lane, for a caller and a provider who both speak this dialect. */
  readonly relay?: RelayHalf<O>
}

/** Where answers are only ever passed on: nothing reads them into words of ours. */
export interface PassingDialect<O extends Operation = Operation> {
  readonly id: DialectId
  readonly operation: O
  readError(status: number, headers: Headers, body: Uint8Array, target: WireTarget): HubError
  readonly relay: RelayHalf<O>
}

/** However a provider is asked for an operation. */
export type ProviderDialect<O extends Operation = Operation> =
  | OutboundDialect<O>
  | ExchangeDialect<O>
  | PassingDialect<O>
