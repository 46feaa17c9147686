import { lookup } from 'node:dns/promises'
import { createServer } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Settings } from './config.ts'
import { ConfigError } from './config-error.ts'

/** The port the app was given; differs from the setting when that is 0. */
export function portOf(app: FastifyInstance): number {
  const [address] = app.addresses()
  return typeof address === 'object' ? address.port : 0
}

function tryListen(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', resolve)
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/**
 * Asked before anything is written to disk, so that a start that cannot work leaves no trace.
 * @throws ConfigError when the address is taken, not ours, or may not be used.
 */
export async function assertPortFree({ host, port }: Settings): Promise<void> {
  const addresses = await lookup(host, { all: true }).catch(() => {
    throw new ConfigError(`HUB_HOST is "${host}", which does not resolve to an address.`)
  })
  for (const { address } of addresses) {
    const error = await tryListen(address, port)
    if (!error) continue
    // A machine without IPv6 still has the other loopback.
    if (error.code === 'EADDRNOTAVAIL' && addresses.length > 1) continue
    throw new ConfigError(describe(error, address, port))
  }
}

function describe({ code }: NodeJS.ErrnoException, address: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${address} is in use by another program; stop it, or set HUB_PORT to a free port.`
    case 'EACCES':
      return `Port ${port} may not be used by this user; set HUB_PORT to a port above 1023.`
    case 'EADDRNOTAVAIL':
      return `HUB_HOST names ${address}, which is not an address of this machine; use localhost or 0.0.0.0.`
    default:
      return `The hub cannot listen on ${address} port ${port} (${code}); change HUB_HOST or HUB_PORT.`
  }
}
