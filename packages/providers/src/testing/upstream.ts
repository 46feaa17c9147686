import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A server of this test run, on loopback. */
export interface Upstream {
  server: Server
  origin: string
  port: number
  /** Sockets it has accepted, in order. */
  connections: Socket[]
  requests: number
  close(): Promise<void>
}

/** Starts `server` on a free loopback port and watches who connects. */
export async function listen(server: Server): Promise<Upstream> {
  const upstream = { connections: [] as Socket[], requests: 0 }
  server.on('connection', (socket) => upstream.connections.push(socket))
  server.on('request', () => upstream.requests++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return Object.assign(upstream, {
    server,
    port,
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}

/** An HTTP server that answers with `listener`. */
export function startUpstream(listener: RequestListener): Promise<Upstream> {
  return listen(createServer(listener))
}
