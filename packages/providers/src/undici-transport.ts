import type {
  CallSignal,
  Headers,
  Transport,
  TransportRequest,
  TransportResponse,
} from '@aigne-hub/protocol'
import { Pool } from 'undici'
import { readEgressUrl } from './egress.ts'
import { Exchange } from './exchange.ts'
import { guardedConnector, type Lookup, sharedLookup, systemLookup } from './guarded-connector.ts'
import { shuttingDown } from './upstream-error.ts'

export type { Lookup } from './guarded-connector.ts'

export interface UndiciTransportOptions {
  /** Resolves host names; default: the operating system's resolver. */
  lookup?: Lookup
  /** How long a connection may take (name, TCP and TLS together), in milliseconds; default 5000. */
  connectTimeoutMs?: number
}

export interface UndiciTransport extends Transport {
  /** Closes every connection at once. What is under way fails with `shutting_down`. */
  close(): Promise<void>
}

/** Names and values in turn, the form that undici takes as it is. */
function flatHeaders(headers: Headers): string[] {
  const flat: string[] = []
  for (const name in headers) flat.push(name, headers[name] as string)
  // A compressed answer would have to be unpacked before it can be watched or passed on.
  if (headers['accept-encoding'] === undefined) flat.push('accept-encoding', 'identity')
  // Some web application firewalls refuse requests that name no agent.
  if (headers['user-agent'] === undefined) flat.push('user-agent', 'aigne-hub')
  return flat
}

/**
 * How long a connection without a request is kept, in milliseconds, unless the server names its own
 * time. Public endpoints keep theirs for a minute and more; small local servers (uvicorn) close after 5 s.
 */
const idleMs = { https: 30_000, http: 4_000 }

const poolOptions = {
  allowH2: false,
  headersTimeout: 0,
  bodyTimeout: 0,
  maxHeaderSize: 16 * 1024,
} satisfies Pool.Options

/** A URL that has been read and checked, once for all its requests. */
interface Endpoint {
  pool: Pool
  host: string
  path: string
}

const maxEndpoints = 1_000
/** Callers name files on any number of hosts. */
const maxPools = 200

/**
 * A transport over undici's connection pools, one an origin. Every address it dials has been checked
 * (see `egress.ts`): private ones need the request's `allowPrivateNetwork`, names are resolved here and
 * the checked address is the one that is dialled. TLS certificates are always verified. A compressed
 * answer is refused. There is no deadline for the answer itself: that is whoever sends' own.
 */
export function createUndiciTransport(options: UndiciTransportOptions = {}): UndiciTransport {
  const timeoutMs = options.connectTimeoutMs ?? 5_000
  const lookup = sharedLookup(options.lookup ?? systemLookup)
  const connectors = {
    public: guardedConnector({ lookup, allowPrivateNetwork: false, timeoutMs }),
    private: guardedConnector({ lookup, allowPrivateNetwork: true, timeoutMs }),
  }
  const pools = new Map<string, Pool>()
  const endpoints = { public: new Map<string, Endpoint>(), private: new Map<string, Endpoint>() }
  let closed = false

  const openEndpoint = (address: string, network: 'public' | 'private'): Endpoint => {
    if (closed) throw shuttingDown()
    const { origin, protocol, host, pathname, search } = readEgressUrl(
      address,
      network === 'private',
    )
    const key = `${network} ${origin}`
    let pool = pools.get(key)
    if (pool === undefined) {
      if (pools.size >= maxPools) closeIdlePools()
      pool = new Pool(origin, {
        ...poolOptions,
        connect: connectors[network],
        keepAliveTimeout: protocol === 'https:' ? idleMs.https : idleMs.http,
      })
      pools.set(key, pool)
    }
    return { pool, host, path: pathname + search }
  }

  const closeIdlePools = () => {
    endpoints.public.clear()
    endpoints.private.clear()
    for (const [key, pool] of pools) {
      if (pool.stats.size > 0) continue
      pools.delete(key)
      void pool.close()
    }
  }

  /** Only what is posted to is asked again and again: other addresses are of single files and answers. */
  const endpointOf = ({ url, method }: TransportRequest, network: 'public' | 'private') => {
    const known = endpoints[network]
    const found = known.get(url)
    if (found !== undefined) return found
    const endpoint = openEndpoint(url, network)
    // Some dialects have the model in the path, and there is no end of model names.
    if (known.size >= maxEndpoints) known.clear()
    if (method === 'POST') known.set(url, endpoint)
    return endpoint
  }

  const send = (request: TransportRequest, signal: CallSignal): Promise<TransportResponse> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const network = request.allowPrivateNetwork ? 'private' : 'public'
      const { pool, host, path } = endpointOf(request, network)
      pool.dispatch(
        {
          path,
          method: request.method,
          headers: flatHeaders(request.headers),
          body: request.body ?? null,
        },
        new Exchange(host, signal, resolve, reject),
      )
    })

  return {
    send,
    async close() {
      closed = true
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}
