import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type ConnectionPorts, serve } from './connection.ts'

export interface ListenOptions {
  /** 0, the default, takes any free port. */
  port?: number
  /** The default is 127.0.0.1: nobody but this machine. */
  host?: string
}

export interface Listening {
  /** Without a slash at the end. */
  url: string
  port: number
  /** Stops listening and breaks off every connection. */
  close(): Promise<void>
}

/** Rejects with Node's error when the port is taken. */
export async function listen(options: ListenOptions, ports: ConnectionPorts): Promise<Listening> {
  const { port = 0, host = '127.0.0.1' } = options
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    serve(socket, ports)
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${name}:${address.port}`,
    port: address.port,
    close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      return closed.then(() => undefined)
    },
  }
}

/** An address on this machine that refuses every connection: it was free a moment ago. */
export async function refusingUrl(): Promise<string> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const closed = once(server, 'close')
  server.close()
  await closed
  return `http://127.0.0.1:${port}`
}
