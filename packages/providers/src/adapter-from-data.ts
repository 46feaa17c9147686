import type {
  CredentialField,
  DialectId,
  Headers,
  Json,
  Model,
  Operation,
  ProviderAdapter,
  ProviderDialect,
  ProviderQuestion,
  Quirks,
  Secrets,
  Sign,
  Transport,
} from '@aigne-hub/protocol'

/** What there is to say of a provider whose wire formats are known. */
export interface CompatibleOptions {
  /** Lower-case, stable: the first part of `provider/model`. */
  id: string
  name: string
  /** No slash at the end. */
  baseUrl: string
  /** The base URL for a credential, where it depends on fields of it. */
  baseUrlFor?: (fields: Secrets) => string
  /** What the server can be asked; default: everything its family has. */
  operations?: readonly Operation[]
  /** Operations that it has in other dialects than its family. */
  dialects?: ProviderAdapter['dialects']
  /** Dialects whose answers callers would not understand as they are: never passed through. */
  translated?: readonly DialectId[]
  quirks?: Quirks
  /** Models known without asking. What none of its dialects serves is left out. */
  models?: readonly Model[]
  /** What can be said of another model, by its name. */
  unlisted?: (id: string, operation?: Operation) => Model
  /** Only the models above exist. */
  modelsAreComplete?: boolean
  allowPrivateNetwork?: boolean
  /** Sent with every request. Lower-case names. */
  headers?: Headers
  /** Default: one required API key. */
  credentialFields?: readonly CredentialField[]
  /** Default: the API key in the header that its family uses. */
  sign?: Sign
  /** Default: its family's. */
  listModels?: ProviderQuestion & { read?(body: Json, known: KnownServer): Model[] }
  /** Default: its family's. */
  credentialCheck?: ProviderQuestion
  /** Its own way to be reached, instead of the router's. */
  transport?: Transport
}

type Dialects = ProviderAdapter['dialects']

/** What a family of servers has in common. */
export interface ServerFamily {
  dialects: Dialects
  sign: Sign
  /** Absent where there is no list of models. */
  listModels?: ProviderQuestion & { read(body: Json, known: KnownServer): Model[] }
  credentialCheck: ProviderQuestion
}

/** What a reader of the list of models may ask. */
export interface KnownServer {
  name: string
  /** What is known of a model the server lists; undefined = it can do nothing we could ask. */
  find(id: string, operations: readonly Operation[]): Model | undefined
}

/** The one field most providers ask for. */
export const apiKeyField: CredentialField = {
  name: 'apiKey',
  label: 'API key',
  secret: true,
  required: true,
}

/** A whole adapter: what the family of servers has, as far as this one differs from it. */
export function adapterFromData(options: CompatibleOptions, family: ServerFamily): ProviderAdapter {
  const { name, transport, unlisted, headers, baseUrlFor, translated = [] } = options
  const dialects = offered({ ...family.dialects, ...options.dialects }, options.operations)
  const served = (model: Model): Model[] => {
    const operations = model.operations.filter((name) => dialects[name])
    if (operations.length === model.operations.length) return [model]
    return operations.length === 0 ? [] : [{ ...model, operations }]
  }
  const models = (options.models ?? []).flatMap(served)
  const byId = new Map(models.map((model) => [model.id, model]))
  const sign = options.sign ?? family.sign
  const known: KnownServer = {
    name,
    find(id, operations) {
      const [first] = operations
      if (first === undefined) return undefined
      return served(byId.get(id) ?? unlisted?.(id, first) ?? { id, operations })[0]
    },
  }
  return {
    id: options.id,
    name,
    baseUrl: options.baseUrl,
    ...(baseUrlFor === undefined ? {} : { baseUrlFor }),
    allowPrivateNetwork: options.allowPrivateNetwork ?? false,
    credentialFields: options.credentialFields ?? [apiKeyField],
    sign: headers === undefined ? sign : withHeaders(headers, sign),
    dialects,
    relay: relayed(dialects).filter((id) => !translated.includes(id)),
    quirks: options.quirks ?? {},
    models,
    modelsAreComplete: options.modelsAreComplete ?? false,
    ...(unlisted === undefined ? {} : { unlisted }),
    ...(family.listModels && { listModels: listing(family.listModels, options.listModels, known) }),
    credentialCheck: options.credentialCheck ?? family.credentialCheck,
    ...(transport === undefined ? {} : { transport }),
  }
}

function listing(
  { read, ...question }: NonNullable<ServerFamily['listModels']>,
  own: CompatibleOptions['listModels'],
  known: KnownServer,
): NonNullable<ProviderAdapter['listModels']> {
  const readOwn = own?.read ?? read
  return { ...question, ...own, read: (body) => readOwn(body, known) }
}

function offered(dialects: Dialects, operations: readonly Operation[] | undefined): Dialects {
  if (operations === undefined) return dialects
  return Object.fromEntries(
    Object.entries(dialects).filter(([operation]) => operations.includes(operation as Operation)),
  )
}

/** The dialects whose bytes may be passed through. */
function relayed(dialects: Dialects): DialectId[] {
  const all: readonly ProviderDialect[] = Object.values(dialects).flat()
  return all.flatMap((dialect) => ('relay' in dialect && dialect.relay ? [dialect.id] : []))
}

/** Adds headers first, so that none of them can replace the credential. */
function withHeaders(headers: Headers, sign: Sign): Sign {
  return (request, secrets, send) =>
    sign({ ...request, headers: { ...request.headers, ...headers } }, secrets, send)
}
