export type {
  Credential,
  CredentialField,
  Provider,
  ProviderAdapter,
  ProviderQuestion,
  Secrets,
  Sign,
  Target,
} from './adapter.ts'
export { base64Length, fromBase64, toBase64 } from './base64.ts'
export { type AbortListener, CallAbort, type CallSignal } from './call-signal.ts'
export type { Caller } from './caller.ts'
export type {
  Annotation,
  ChatChoice,
  ChatEvent,
  ChatRequest,
  ChatResponse,
  FinishReason,
  MediaPart,
  Message,
  NativePart,
  Part,
  ReasoningPart,
  ReasoningWish,
  RefusalPart,
  ResponseFormat,
  Sampling,
  ServerToolPart,
  Signature,
  TextPart,
  TokenLogprob,
  Tool,
  ToolCallPart,
  ToolChoice,
  ToolResultPart,
} from './chat.ts'
export { type Clock, systemClock } from './clock.ts'
export type {
  CallAddress,
  InboundDialect,
  OutboundDialect,
  PassingDialect,
  ProviderDialect,
  ReplyContext,
  StoredAnswers,
  StreamReader,
  StreamWriter,
} from './dialect.ts'
export type { EmbeddingsInput, EmbeddingsRequest, EmbeddingsResponse } from './embeddings.ts'
export {
  type AttemptSummary,
  asHubError,
  type ErrorCode,
  errorCodes,
  HubError,
  type HubErrorOptions,
  type UpstreamFault,
} from './errors.ts'
export type { Exchange, ExchangeAnswer, ExchangeDialect, ExchangeStep } from './exchange.ts'
export { foldChat, unfoldChat } from './fold-chat.ts'
export type { FormBody, FormField, FormFile } from './form-body.ts'
export type { Headers } from './headers.ts'
export type { GeneratedImage, ImagesRequest, ImagesResponse } from './images.ts'
export { isJsonObject, type Json, type JsonObject } from './json.ts'
export { type JsonBody, jsonBody, readJsonBody } from './json-body.ts'
export { type BodyEdit, editBody } from './json-edit.ts'
export type { MediaContent, MediaFile } from './media-file.ts'
export type { Modality, Model, ModelLimits } from './model.ts'
export type { Moderation, ModerationsRequest, ModerationsResponse } from './moderations.ts'
export {
  formatUsd,
  type NanoUsd,
  type PicoUsd,
  parseRate,
  parseUsd,
  type Rate,
  sumAtRates,
} from './money.ts'
export {
  type ChatDialectId,
  type DialectId,
  modelOperation,
  type Operation,
  type Operations,
  type ReplyOf,
  type RequestOf,
  replyUsage,
} from './operation.ts'
export type { Quirks } from './quirks.ts'
export type { RelayEdits, RelayHalf, RelayScanner } from './relay.ts'
export type { RankedDocument, RerankRequest, RerankResponse } from './rerank.ts'
export type { SpeechRequest } from './speech.ts'
export { FrameCutter, sseFrame, sseKeepAlive } from './sse.ts'
export type { TokenCount } from './token-count.ts'
export type { TranscriptionRequest } from './transcription.ts'
export type {
  Transport,
  TransportBody,
  TransportRequest,
  TransportResponse,
} from './transport.ts'
export { readCount, type Usage, usageOf } from './usage.ts'
export type { GeneratedVideo, VideoRequest, VideoResponse } from './video.ts'
export type { WireRequest, WireTarget } from './wire.ts'
