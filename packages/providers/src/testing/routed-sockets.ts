import type { LookupAddress } from 'node:dns'
import { type LookupFunction, Socket, type TcpNetConnectOpts } from 'node:net'
import { vi } from 'vitest'

/**
 * Makes every new connection of this process end at a loopback port, whatever addresses its lookup
 * returned, and lists those: a network in which 8.8.8.8 is a test server. Undone by
 * `vi.restoreAllMocks()`.
 */
export function routeEverythingTo(port: number): { dialled: string[][] } {
  const dialled: string[][] = []
  const connect = Socket.prototype.connect as (...args: unknown[]) => Socket
  vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (
    this: Socket,
    ...args: unknown[]
  ) {
    const [first] = args
    // `net.connect` hands over its normalised arguments, `tls.connect` the options alone.
    const options = (Array.isArray(first) ? first[0] : first) as TcpNetConnectOpts
    const lookup: LookupFunction = (hostname, how, done) =>
      options.lookup?.(hostname, how, (error, found) => {
        if (error) return done(error, [])
        dialled.push((found as LookupAddress[]).map(({ address }) => address))
        done(null, [{ address: '127.0.0.1', family: 4 }])
      })
    return connect.call(this, { ...options, port, lookup }, ...args.slice(1))
  })
  return { dialled }
}
