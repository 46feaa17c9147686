import type { ChatEvent } from './chat.ts'
import type { HubError } from './errors.ts'
import type { FormBody } from './form-body.ts'
import type { Json } from './json.ts'
import type { JsonBody } from './json-body.ts'
import type { BodyEdit } from './json-edit.ts'
import type { Model, ModelLimits } from './model.ts'
import type { DialectId, Operation, ReplyOf, RequestOf } from './operation.ts'
import type { Transport, TransportRequest, TransportResponse } from './transport.ts'
import type { Usage } from './usage.ts'

/** Header names are lower-case; a repeated header's values are joined by `, `. */
export type Headers = Readonly<Record<string, string>>

// ── A dialect: one wire format, as two halves ───────────────────────────────────────────────────
// Both halves are pure and synchronous: they never fetch, read the clock or log.

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

/** Where a request is going, as far as its wording depends on it. */
export interface WireTarget {
  /** The provider's id, for messages and signatures. */
  provider: string
  /** The provider's own id of the model. */
  model: string
  quirks: Quirks
  /** What is known of the model's limits. */
  limits?: ModelLimits
  /** The caller would rather lose what the target cannot express than be refused. */
  dropsUnsupported?: boolean
}

export interface WireRequest {
  /** Default: `POST`. */
  method?: 'GET' | 'POST' | 'DELETE'
  /** Appended to the provider's base URL; starts with a slash. */
  path: string
  /** `content-type` is `application/json` unless it is here. */
  headers?: Headers
  body?: string | Uint8Array
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

/** One step of an exchange: what the hub is to do before the exchange goes on. */
export type ExchangeStep =
  /** Requests to the provider, a few at a time. An answer that is not 2xx ends the exchange. */
  | { do: 'send'; requests: readonly WireRequest[] }
  /** Files at absolute addresses; with the credential only on the provider's own origin. */
  | { do: 'fetch'; urls: readonly string[] }
  | { do: 'wait'; milliseconds: number }

/** What a request or a file came back as. */
export interface ExchangeAnswer {
  status: number
  headers: Headers
  body: Uint8Array
}

/**
 * Several requests that make one answer, as a generator that does nothing itself: it is given the
 * answers of the step before, in its order, and yields the next step.
 */
export type Exchange<O extends Operation = Operation> = Generator<
  ExchangeStep,
  ReplyOf<O>,
  readonly ExchangeAnswer[]
>

/** The half that faces providers where one answer takes several requests: jobs, batches, downloads. */
export interface ExchangeDialect<O extends Operation = Operation> {
  readonly id: DialectId
  readonly operation: O
  /**
   * Its first step is `send`, and what is lost of the request is in the `dropped` of those requests.
   * @throws HubError `unsupported_parameter` as `writeRequest` does, and as `readResponse` does later.
   */
  exchange(request: RequestOf<O>, target: WireTarget): Exchange<O>
  /** Reads an answer whose status is not 2xx. Never throws, whatever the body is. */
  readError(status: number, headers: Headers, body: Uint8Array, target: WireTarget): HubError
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

/** What a body that is passed through needs on its way. */
export interface RelayEdits extends Pick<WireRequest, 'path' | 'headers' | 'dropped'> {
  edits: BodyEdit[]
}

/** How a dialect is passed through without being rewritten. */
export interface RelayHalf<O extends Operation = Operation> {
  /**
   * The top-level edits that make the caller's body fit the target, or undefined when top-level edits
   * are not enough and the request must be translated. Same drop rules as `writeRequest`. Absent: no
   * body is passed through.
   */
  edits?(body: JsonBody, request: RequestOf<O>, target: WireTarget): RelayEdits | undefined
  /** The request written anew, where only the answer is passed through: of a form. */
  rewrite?(request: RequestOf<O>, target: WireTarget): WireRequest
  /** The caller gets the provider's own `content-type`; absent: answers are JSON or events. */
  passesContentType?: boolean
  /**
   * Usage of a whole answer whose bytes are passed on.
   * @throws HubError as `readResponse` does.
   */
  readUsage(body: Uint8Array, target: WireTarget, request: RequestOf<O>): Usage
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
  /** One typed error frame, in this dialect; undefined where a stream has no words for it. */
  fail(error: HubError): string | undefined
  /** A real event (anything but the start and comments) has been seen: no other target after this. */
  readonly committed: boolean
  /** What the provider reported, once it has. */
  readonly usage: Usage | undefined
  readonly error: HubError | undefined
  /** The answer's own id, once it is known; only where answers are stored at the provider. */
  readonly answerId?: string | undefined
}

/** Ways in which servers that speak the same dialect differ, by name. Absent = as the dialect says. */
export interface Quirks {
  /** The one field for the token limit; absent = whichever the caller used. */
  maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /**
   * Fields the server refuses, by their wire name: left out and reported as dropped. Top-level ones;
   * for `openai-chat` also `cache_control`, `reasoning_content`, `reasoning_details` and
   * `messages.name`, wherever in the request they stand; for `gemini` also members of
   * `generationConfig`, and `functionCall.id` (ids of calls and results).
   */
  unsupported?: readonly string[]
  /** The server refuses `stream_options`. */
  noStreamOptions?: boolean
  /** Embeddings only as numbers. */
  noBase64Embeddings?: boolean
  /** The images endpoint refuses `response_format`. */
  noImageResponseFormat?: boolean
  /**
   * The reasoning efforts it takes, weakest first. Another one becomes the nearest, stronger if two are
   * as near. Absent = unknown: any is passed on. Empty = it does not reason, and any is dropped.
   */
  efforts?: readonly string[]
  /** Temperature and top_p are refused unless the effort is `none`. */
  samplingNeedsNoReasoning?: boolean
  /** The `anthropic-messages` kinds of `thinking` it takes; absent = unknown: any is passed on. */
  thinking?: readonly ('enabled' | 'adaptive' | 'disabled' | 'between_tools')[]
  /** `anthropic-messages`: a tool cannot be forced. */
  noForcedTools?: boolean
  /**
   * No schema for the answer. `anthropic-messages`: it is asked for as the input of a forced tool;
   * `openai-chat`: in words, beside `json_object`, or in words alone with `noJsonObject`.
   */
  noJsonSchema?: boolean
  /** `gemini`: thinking by level, weakest first; absent = by budget. */
  thinkingLevels?: readonly string[]
  /** `gemini`: the budgets it takes, in tokens; `least` of 0 = it can be switched off. */
  thinkingBudget?: { least: number; most: number }
  /** The most bytes a request may have, files inside included. Absent = unknown. */
  maxRequestBytes?: number
  /** The server fetches no addresses: the hub fetches media and sends them inside the request. */
  mediaByValue?: boolean
  /** A model may have to be loaded first: the first token of any may take minutes. */
  slowStart?: boolean
  /** Both OpenAI dialects: the service tiers it has; another is left out. Absent = any is passed on. */
  serviceTiers?: readonly string[]
  /** The highest temperature it takes: a higher one becomes that. */
  maxTemperature?: number
  /** Both OpenAI dialects: the role `developer` is refused; `system` says the same. */
  noDeveloperRole?: boolean
  /** `openai-chat`: the response format `json_object` is refused; a schema of any object says the same. */
  noJsonObject?: boolean
  /** `openai-chat`: an answer in JSON cannot be asked for together with tools. */
  noJsonWithTools?: boolean
  /** Both OpenAI dialects: `json_object` is for requests whose messages ask for JSON in words. */
  jsonNeedsWords?: boolean
  /** `openai-chat`: no `allowed_tools`: only those tools are offered. */
  noAllowedTools?: boolean
  /** `openai-chat`: `tool_choice` is a word; a tool cannot be forced by its name. */
  noNamedToolChoice?: boolean
  /** `openai-chat`: the word for `tool_choice: "required"`. */
  requiredToolChoice?: 'any'
  /** `openai-chat`: the field for `seed`. */
  seedField?: 'random_seed'
  /** `openai-chat`: the field for `user`; `user_id` is of letters, digits, `-` and `_`. */
  userField?: 'user_id'
  /** `openai-chat`, `bedrock-converse`: ids of tool calls are nine letters and digits. */
  shortToolCallIds?: boolean
  /** `openai-chat`: files and audio stand in the part itself: `document_url`, `file_id`, `input_audio`. */
  flatMedia?: boolean
  /** `openai-chat`: the content of a tool's result is a string. */
  textToolResults?: boolean
  /** `openai-chat`: an answer that is to be continued has `prefix: true`; the new one begins with it. */
  prefixField?: boolean
  /**
   * Both OpenAI dialects: reasoning is switched off by `thinking: {type: "disabled"}`, not by an effort.
   */
  thinkingSwitch?: boolean
  /** `openai-chat`: answers with tool calls go back with their `reasoning_content`, even if it is empty. */
  replaysReasoning?: boolean
  /**
   * `openai-chat`: thoughts come and go back as content of the type `thinking`. Refusals go back as text,
   * and an answer that says nothing is left out.
   */
  thinkingContent?: boolean
  /** `openai-chat`: a stream may say a piece of reasoning twice in a row. */
  repeatsReasoning?: boolean
  /** `openai-chat`: `[DONE]` does not say that an answer is complete: only its finish reason does. */
  needsFinishReason?: boolean
  /** `openai-chat`: reasoning is asked for by the object `reasoning`, which also takes a budget. */
  reasoningObject?: boolean
  /** `openai-chat`: `completion_tokens` leaves reasoning out. */
  reasoningBesideCompletion?: boolean
  /** `openai-embeddings`: the field for `dimensions`. */
  dimensionsField?: 'output_dimension'
  /** Embeddings: the most inputs a request may have. */
  maxInputs?: number
  /** `vertex-embeddings`: `:embedContent` instead of `:predict`, one input a request. */
  embedsContent?: boolean
  /** `anthropic-messages` on a cloud: the model stands in the path, the version in the body. */
  modelInPath?: { prefix: string; version: string }
  /**
   * `bedrock-converse`: how its models are asked to reason; absent = they cannot be. `anthropic` says as
   * well that the model takes Anthropic's own fields, whether it can think (`thinking`) or not.
   */
  converseReasoning?: 'anthropic' | 'gpt-oss' | 'openai' | 'nova'
  /** `ollama`: thinking is on or off, without levels. */
  thinkIsBoolean?: boolean
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
  /** Of several lines, such as a file. */
  multiline?: boolean
  /** The environment variable in which everybody keeps it: `OPENAI_API_KEY`. */
  environment?: string
  /**
   * One way to authenticate, where there are several: the required fields of exactly one way are to be
   * filled in. Fields without are common to all.
   */
  way?: string
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
  /** No slash at the end. Where it depends on the credential: an example. */
  baseUrl: string
  /** The base URL for a credential, by its fields that are not secret; absent = `baseUrl`. */
  baseUrlFor?(fields: Secrets): string
  /** Its address may be on a private network. */
  allowPrivateNetwork?: boolean
  credentialFields: readonly CredentialField[]
  /** Adds the credential to a request. */
  sign: Sign
  /** Which dialects serve which operation, the preferred one first. */
  dialects: {
    readonly [O in Operation]?: readonly (O extends 'chat' | 'countTokens'
      ? OutboundDialect<O>
      : ProviderDialect<O>)[]
  }
  /** Dialects whose bytes may be passed through. */
  relay: readonly DialectId[]
  quirks: Quirks
  /** Models known without asking. */
  models: readonly Model[]
  /** Only the models above exist; any other name is 404. */
  modelsAreComplete?: boolean
  /** What can be said of a model that is not listed, by its name. */
  unlisted?(id: string, operation: Operation): Model
  /** How to ask for the models on offer. */
  listModels?: ProviderQuestion & { read(body: Json): Model[] }
  /** A request that costs nothing and fails when the credential is bad. */
  credentialCheck?: ProviderQuestion
  /** Its own way to be reached, instead of the router's. */
  transport?: Transport
}

/** A GET request about the account rather than to a model. */
export interface ProviderQuestion {
  path: string
  /** Where it is asked, made from the base URL; absent = there. */
  at?(baseUrl: string): string
}

/** @param send for what a signature needs first, such as an access token. */
export type Sign = (
  request: TransportRequest,
  secrets: Secrets,
  send: (request: TransportRequest) => Promise<TransportResponse>,
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
