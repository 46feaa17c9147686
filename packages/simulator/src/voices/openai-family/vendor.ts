// What the vendors whose API is OpenAI's in the main differ in, as data and a few functions.

import type { Json, JsonObject } from '../../json.ts'
import type { Header, Reply } from '../../reply.ts'
import type { Voice, VoiceContext, VoiceRequest } from '../voice.ts'
import type { ErrorTable, VendorError } from './errors.ts'

/** What stood where a route's path has a name in braces, percent-decoded. */
export type PathNames = Readonly<Record<string, string>>

/**
 * Answers the requests of one path. The headers that all of the vendor's replies have are added later.
 * @throws Problem for a request that cannot be read or answered.
 */
export type Route = (request: VoiceRequest, context: VoiceContext, names: PathNames) => Reply

/** By method and path: `GET /v1/models/{id...}`. `{id}` is one segment, `{id...}` the rest of the path. */
export type Routes = Readonly<Record<string, Route>>

export interface ErrorStyle {
  /** Where status, type and code differ from OpenAI's. */
  table?: ErrorTable
  /** The body of an error reply. Default: `{ error: { message, type, param, code } }`. */
  write?(error: VendorError, context: VoiceContext): Json
  /** Headers of error replies alone; `given` is what goes out already. */
  headers?(error: VendorError, given: readonly Header[]): Header[]
  /** An error as the last event of a stream. Default: `data: ` and OpenAI's form. */
  frame?(error: VendorError, begun: Reply): string
}

/** Paths of a vendor at which another voice is heard. */
export interface Part {
  /** The start of the vendor's path, and what the other voice knows it as. */
  path: string
  as: string
  voice: Voice
  /**
   * The body in the other voice's terms.
   * @throws Problem for what the vendor refuses.
   */
  read?(body: JsonObject, context: VoiceContext): JsonObject
  /** Default: the vendor's. */
  keyOf?: Voice['keyOf']
  /** Errors are worded as everywhere else with this vendor. */
  ownErrors?: boolean
}

export interface Vendor {
  routes: Routes
  /** Default: the bearer token. */
  keyOf?: Voice['keyOf']
  keyRefusal?: Voice['keyRefusal']
  accepts?: Voice['accepts']
  /** What every reply carries, beside its date and what says what its content is. */
  headers?(context: VoiceContext): Header[]
  errors?: ErrorStyle
  /** Routes, as in `routes`, that take requests without a key. */
  open?: readonly string[]
  parts?: readonly Part[]
}
