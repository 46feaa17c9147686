// A provider: who hosts models, as data.

import type { OutboundDialect, ProviderDialect } from './dialect.ts'
import type { Json } from './json.ts'
import type { Model } from './model.ts'
import type { DialectId, Operation } from './operation.ts'
import type { Quirks } from './quirks.ts'
import type { Transport, TransportRequest, TransportResponse } from './transport.ts'

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
  unlisted?(id: string, operation?: Operation): Model
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
