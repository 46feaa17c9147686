import type { HubError } from './errors.ts'
import type { Headers } from './headers.ts'
import type { DialectId, Operation, ReplyOf, RequestOf } from './operation.ts'
import type { WireRequest, WireTarget } from './wire.ts'

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
