import type { CallSignal } from './call-signal.ts'
import type { ChatEvent } from './chat.ts'
import type { HubError } from './errors.ts'
import type { Json } from './json.ts'
import type { JsonBody } from './json-body.ts'
import type { BodyEdit } from './json-edit.ts'
import type { Model } from './model.ts'
import type { DialectId, Operation, ReplyOf, RequestOf } from './operation.ts'
import type { Usage } from './usage.ts'

/** Header names are lower-case; a repeated header's values are joined by `, `. */
export type Headers = Readonly<Record<string, string>>

// ── A dialect: one wire format, as two halves ───────────────────────────────────────────────────
// Both halves are pure and synchronous: they never fetch, read the clock or log.

/** What a writer knows of the call besides the reply itself. */
export interface ReplyContext<O extends Operation = Operation> {
  request: RequestOf<O>
  requestId: string
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
  readRequest(body: JsonBody, headers: Headers): RequestOf<O>
  /** The body of a whole reply, as JSON text. */
  writeResponse(context: ReplyContext<O>, reply: ReplyOf<O>): string
  /** Only where the operation can stream. */
  streamWriter?(context: ReplyContext<O>): StreamWriter
  /** The body of an error reply, as JSON text. Status and headers are the surface's. */
  writeError(error: HubError, requestId: string): string
}

/** Where a request is going, as far as its wording depends on it. */
export interface WireTarget {
  /** The provider's id, for messages and signatures. */
  provider: string
  /** The provider's own id of the model. */
  model: string
  quirks: Quirks
}

export interface WireRequest {
  /** Appended to the provider's base URL; starts with a slash. */
  path: string
  headers?: Headers
  body: string | Uint8Array
  /** Hints and sampling fields the target cannot express, by their name in the caller's request. */
  dropped: string[]
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
   * @throws HubError when it is malformed, or an error in disguise (some providers send those as 200).
   */
  readResponse(body: Uint8Array, target: WireTarget): ReplyOf<O>
  /** Only where the operation can stream. */
  streamReader?(target: WireTarget): StreamReader
  /** Reads an answer whose status is not 2xx. Never throws, whatever the body is. */
  readError(status: number, headers: Headers, body: Uint8Array, target: WireTarget): HubError
  /** The relay lane, for a caller and a provider who both speak this dialect. */
  readonly relay?: RelayHalf<O>
}

/** How a dialect is passed through without being rewritten. */
export interface RelayHalf<O extends Operation = Operation> {
  readonly path: string
  /**
   * The top-level edits that make the caller's body fit the target, or undefined when top-level edits
   * are not enough and the request must be translated. Same drop rules as `writeRequest`.
   */
  edits(
    body: JsonBody,
    request: RequestOf<O>,
    target: WireTarget,
  ): { edits: BodyEdit[]; dropped: string[] } | undefined
  /**
   * Usage of a whole answer whose bytes are passed on.
   * @throws HubError as `readResponse` does.
   */
  readUsage(body: Uint8Array, target: WireTarget): Usage
  /** Only where the operation can stream. `requestId` goes into the error frame. */
  scanner?(request: RequestOf<O>, target: WireTarget, requestId?: string): RelayScanner
}

/** Watches a stream go by. What `push` and `end` return is the provider's bytes, in whole frames. */
export interface RelayScanner {
  /**
   * The frames that may go on to the caller. Left out: the terminal frame (kept for `end`), a usage
   * frame the caller did not ask for, an error frame (kept in `error`).
   */
  push(bytes: Uint8Array): Uint8Array
  /** The terminal frames, once the bytes have ended. Sets `error` when there was no terminal signal. */
  end(): Uint8Array
  /** One typed error frame, in this dialect. */
  fail(error: HubError): string
  /** A real event (anything but the start and comments) has been seen: no other target after this. */
  readonly committed: boolean
  /** What the provider reported, once it has. */
  readonly usage: Usage | undefined
  readonly error: HubError | undefined
}

/** Ways in which servers that speak the same dialect differ, by name. Absent = as the dialect says. */
export interface Quirks {
  /** The one field for the token limit; absent = whichever the caller used. */
  maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /**
   * Fields the server refuses, by their wire name: left out and reported as dropped. Top-level ones;
   * for `openai-chat` also `cache_control`, `reasoning_content`, `reasoning_details` and
   * `messages.name`, wherever in the request they stand.
   */
  unsupported?: readonly string[]
  /** The server refuses `stream_options`. */
  noStreamOptions?: boolean
  /** Embeddings only as numbers. */
  noBase64Embeddings?: boolean
  /** The images endpoint refuses `response_format`. */
  noImageResponseFormat?: boolean
}

// ── A provider: who hosts models, as data ───────────────────────────────────────────────────────

/** One input of the form in which an operator enters a credential. */
export interface CredentialField {
  name: string
  label: string
  /** Shown masked, stored sealed. */
  secret: boolean
  required: boolean
  /** A regular expression the value must match as a whole. */
  pattern?: string
  /** The environment variable in which everybody keeps it: `OPENAI_API_KEY`. */
  environment?: string
}

/** A credential's fields in the clear. Lives only between signing and sending. */
export type Secrets = Readonly<Record<string, string>>

/** What we show a provider. `open` is called once an attempt; nothing may keep what it returns. */
export interface Credential {
  id: string
  name: string
  /** The only models it is for; absent = all of the provider's. */
  models?: readonly string[]
  open(): Secrets
}

/** A host of models. */
export interface ProviderAdapter {
  /** Lower-case, stable: the first part of `provider/model`. */
  id: string
  name: string
  /** No slash at the end. */
  baseUrl: string
  /** Its address may be on a private network. */
  allowPrivateNetwork?: boolean
  credentialFields: readonly CredentialField[]
  /** Adds the credential to a request. */
  sign: Sign
  /** Which dialect serves which operation. */
  dialects: { readonly [O in Operation]?: OutboundDialect<O> }
  /** Dialects whose bytes may be passed through. */
  relay: readonly DialectId[]
  quirks: Quirks
  /** Models known without asking. */
  models: readonly Model[]
  /** Only the models above exist; any other name is 404. */
  modelsAreComplete?: boolean
  /** How to ask for the models on offer. */
  listModels?: { path: string; read(body: Json): Model[] }
  /** A request that costs nothing and fails when the credential is bad. */
  credentialCheck?: { path: string }
  /** Its own way to be reached, instead of the router's. */
  transport?: Transport
}

export type Sign = (
  request: TransportRequest,
  secrets: Secrets,
) => TransportRequest | Promise<TransportRequest>

/** A provider as someone has set it up: who hosts, and what we show them. */
export interface Provider {
  adapter: ProviderAdapter
  credentials: readonly Credential[]
}

/** One provider's copy of a model, with the credential to use. */
export interface Target {
  provider: ProviderAdapter
  model: Model
  credential: Credential
}

// ── Sending ─────────────────────────────────────────────────────────────────────────────────────

export interface TransportRequest {
  method: 'GET' | 'POST' | 'DELETE'
  /** Absolute. Built from the provider's base URL and the dialect's path, never from the caller. */
  url: string
  headers: Headers
  body?: string | Uint8Array
  /** Whether this origin may be on a private network. */
  allowPrivateNetwork: boolean
}

/** Read once: either as chunks or whole. Leaving the iteration early closes the connection. */
export interface TransportBody extends AsyncIterable<Uint8Array> {
  /** @throws HubError `upstream_failed` when there is more than `maxBytes`. */
  bytes(maxBytes: number): Promise<Uint8Array>
}

export interface TransportResponse {
  status: number
  headers: Headers
  body: TransportBody
}

/**
 * Sends one request. Never follows a redirect, never retries. Aborting `signal` closes the connection
 * at once, also while the body is read; what is pending then rejects with the signal's reason.
 * @throws HubError `egress_refused` for an address that may not be called, `upstream_failed` or
 *   `upstream_timeout` when there is no answer.
 */
export interface Transport {
  send(request: TransportRequest, signal: CallSignal): Promise<TransportResponse>
}
