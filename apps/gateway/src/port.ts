import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Settings } from './config.ts'
import { ConfigError } from './config-error.ts'

/** The port the app was given; differs from the setting when that is 0. */
export function portOf(app: FastifyInstance): number {
  const [address] = app.addresses()
  return typeof address === 'object' ? address.port : 0
}

/**
 * The addresses of a host. `localhost` is both loopbacks, whatever the hosts file says: clients try both.
 * @throws ConfigError when it has none.
 */
async function addressesOf(host: string): Promise<string[]> {
  if (host === 'localhost') return ['127.0.0.1', '::1']
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address)
  } catch {
    throw new ConfigError(`HUB_HOST is "${host}", which does not resolve to an address.`)
  }
}

/** A machine without IPv6 still has the other loopback. */
const absent: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

async function listenOn(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port, exclusive: true })
  await once(server, 'listening')
}

/**
 * Asked before anything is written to disk, so that a start that cannot work leaves no trace.
 * @throws ConfigError when an address is taken, not ours, or may not be used.
 */
export async function assertPortFree({ host, port }: Settings): Promise<void> {
  const addresses = await addressesOf(host)
  for (const address of addresses) {
    const server = createServer()
    try {
      await listenOn(server, address, port)
      server.close()
      await once(server, 'close')
    } catch (error) {
      refuse(error, address, port, addresses.length > 1)
    }
  }
}

/**
 * Listens on every address of the host.
 * @throws ConfigError as `assertPortFree`: another program may have been faster.
 */
export async function listen(app: FastifyInstance, { host, port }: Settings): Promise<void> {
  const addresses = await addressesOf(host)
  const [first = host, ...others] = addresses
  await app.listen({ host: first, port }).catch((error) => refuse(error, first, port, false))
  for (const address of others) {
    // One HTTP server behind all of them, so that it knows of every connection.
    const server = createServer((socket) => app.server.emit('connection', socket))
    app.server.once('close', () => server.close())
    await listenOn(server, address, portOf(app)).catch((error) =>
      refuse(error, address, portOf(app), true),
    )
  }
}

/** @throws ConfigError unless there are others and this one is not there at all. */
function refuse(error: unknown, address: string, port: number, hasOthers: boolean): void {
  const { code } = error as NodeJS.ErrnoException
  if (hasOthers && absent.has(code)) return
  throw new ConfigError(describe(code, address, port))
}

function describe(code: string | undefined, address: string, port: number): string {
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
