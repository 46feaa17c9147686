import {
  CallAbort,
  type CallSignal,
  type Credential,
  type Headers,
  HubError,
  isJsonObject,
  type Json,
  type Model,
  type ProviderAdapter,
  type ProviderQuestion,
  type Transport,
  type TransportRequest,
} from '@aigne-hub/protocol'

const maxAnswerBytes = 128 * 1024 * 1024

export interface AskOptions {
  transport: Transport
  signal?: CallSignal
}

/** Asks a provider something other than to run a model, with a signed request; gives whatever it answers. */
export async function askProvider(
  adapter: ProviderAdapter,
  credential: Credential,
  {
    method = 'GET',
    path,
    at = (baseUrl) => baseUrl,
  }: ProviderQuestion & { method?: 'GET' | 'DELETE' },
  { transport, signal = new CallAbort() }: AskOptions,
): Promise<{ status: number; headers: Headers; body: Uint8Array }> {
  const secrets = credential.open()
  const route = adapter.transport ?? transport
  const send = (request: TransportRequest) => route.send(request, signal)
  const request: TransportRequest = {
    method,
    url: at(adapter.baseUrlFor?.(secrets) ?? adapter.baseUrl) + path,
    headers: {},
    allowPrivateNetwork: adapter.allowPrivateNetwork === true,
  }
  const { status, headers, body } = await send(await adapter.sign(request, secrets, send))
  return { status, headers, body: await body.bytes(maxAnswerBytes) }
}

/** @throws HubError what the provider answers when that is no JSON under 2xx. */
async function askAbout(
  adapter: ProviderAdapter,
  credential: Credential,
  question: ProviderQuestion,
  options: AskOptions,
): Promise<Json> {
  const { status, headers, body } = await askProvider(adapter, credential, question, options)
  if (status < 200 || status > 299) throw readError(adapter, status, headers, body)
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    throw noAnswer(adapter, status)
  }
}

function readError(
  adapter: ProviderAdapter,
  status: number,
  headers: Headers,
  body: Uint8Array,
): HubError {
  const [dialect] = Object.values(adapter.dialects).flat()
  const target = { provider: adapter.id, model: '', quirks: {} }
  return dialect?.readError(status, headers, body, target) ?? noAnswer(adapter, status)
}

function noAnswer({ name }: ProviderAdapter, status: number): HubError {
  return new HubError(
    'upstream_failed',
    `${name} answered with HTTP ${status} and nothing that could be read. Check that its address is that of an API.`,
  )
}

/**
 * The models that a provider says it has for this credential.
 * @throws HubError what the provider answers, or `upstream_failed` when that is no list.
 */
export async function listModels(
  adapter: ProviderAdapter,
  credential: Credential,
  options: AskOptions,
): Promise<Model[]> {
  const { listModels: list } = adapter
  if (!list) return [...adapter.models]
  return list.read(await askAbout(adapter, credential, list, options))
}

/**
 * Whether the provider takes the credential, by a request that costs nothing.
 * @throws HubError `credential_rejected` when it does not, else why nobody could tell.
 */
export async function checkCredential(
  adapter: ProviderAdapter,
  credential: Credential,
  options: AskOptions,
): Promise<void> {
  const { credentialCheck } = adapter
  if (!credentialCheck) return
  const answer = await askAbout(adapter, credential, credentialCheck, options)
  // Some say so under a 200.
  if (isJsonObject(answer) && answer.error !== undefined && answer.error !== null) {
    throw readError(adapter, 400, {}, new TextEncoder().encode(JSON.stringify(answer)))
  }
}
