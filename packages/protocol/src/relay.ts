import type { HubError } from './errors.ts'
import type { JsonBody } from './json-body.ts'
import type { BodyEdit } from './json-edit.ts'
import type { Operation, RequestOf } from './operation.ts'
import type { Usage } from './usage.ts'
import type { WireRequest, WireTarget } from './wire.ts'

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
