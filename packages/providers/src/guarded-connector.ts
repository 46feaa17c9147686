import { promises as dns, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { allowedAddresses } from './egress.ts'

/** All addresses of a name. Fails with `code: 'ENOTFOUND'` when there are none. */
export type Lookup = (hostname: string) => Promise<LookupAddress[]>

/** The operating system's resolver: its hosts file, its DNS servers. */
export const systemLookup: Lookup = (hostname) => dns.lookup(hostname, { all: true })

/**
 * One question at a time for a name: many connections opened at once share the answer, because the
 * system's resolver has few threads, and the disk needs them too.
 */
export function sharedLookup(lookup: Lookup): Lookup {
  const asked = new Map<string, Promise<LookupAddress[]>>()
  return (hostname) => {
    let answer = asked.get(hostname)
    if (answer === undefined) {
      answer = lookup(hostname).finally(() => asked.delete(hostname))
      asked.set(hostname, answer)
    }
    return answer
  }
}

/**
 * Opens connections to checked addresses only. Whenever one is opened the name is resolved, each
 * address is checked, and exactly those that passed are handed to the socket, so that an answer which
 * changes between check and dial (DNS rebinding) has no effect. undici does not look up hosts that
 * are addresses: those are checked where the URL is read.
 */
export function guardedConnector(options: {
  lookup: Lookup
  allowPrivateNetwork: boolean
  timeoutMs: number
}): buildConnector.connector {
  const lookup: LookupFunction = (hostname, { all }, done) => {
    options
      .lookup(hostname)
      .then((found) => allowedAddresses(hostname, found, options.allowPrivateNetwork))
      .then(
        (addresses) => {
          const [first] = addresses
          if (all === true || first === undefined) done(null, addresses)
          else done(null, first.address, first.family)
        },
        (error: NodeJS.ErrnoException) => done(error, []),
      )
  }
  return buildConnector({
    lookup,
    timeout: options.timeoutMs,
    // HTTP/1.1: hanging up closes the connection, and one slow reader cannot hold up the others.
    allowH2: false,
    // Also when the environment says NODE_TLS_REJECT_UNAUTHORIZED=0.
    rejectUnauthorized: true,
  })
}
