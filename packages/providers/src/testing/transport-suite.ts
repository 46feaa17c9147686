import { EventEmitter, getEventListeners, once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { inspect } from 'node:util'
import { HubError, type Transport, type TransportRequest } from '@aigne-hub/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startUpstream, type Upstream } from './upstream.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** What every transport keeps, whatever it is made of. */
export function transportSuite(name: string, create: () => Transport): void {
  describe(name, () => {
    const transport = create()
    const never = new AbortController().signal
    const requests = new EventEmitter()
    let handler: Handler
    let upstream: Upstream

    beforeAll(async () => {
      upstream = await startUpstream((request, response) => {
        requests.emit('request', request.socket)
        handler(request, response)
      })
    })
    afterAll(() => upstream.close())

    const request = (extra: Partial<TransportRequest> = {}): TransportRequest => ({
      method: 'POST',
      url: `${upstream.origin}/v1/chat/completions`,
      headers: { 'content-type': 'application/json' },
      body: '{}',
      allowPrivateNetwork: true,
      ...extra,
    })
    const failure = async (work: Promise<unknown>): Promise<HubError> => {
      const error = await work.then(
        () => undefined,
        (reason: unknown) => reason,
      )
      if (!(error instanceof HubError)) throw new Error(`No HubError but ${inspect(error)}`)
      return error
    }
    /** Answers with headers and one chunk, and leaves the body open. */
    const answerOpenly: Handler = (_, response) => {
      response.writeHead(200)
      response.write('first')
    }

    describe('an answer', () => {
      test('comes with its status, lower-case headers and all its bytes', async () => {
        handler = (_, response) => {
          response.writeHead(418, { 'X-Request-Id': 'abc', Via: ['one', 'two'] })
          response.end('short and stout')
        }
        const { status, headers, body } = await transport.send(request(), never)
        expect(status).toBe(418)
        expect(headers['x-request-id']).toBe('abc')
        expect(headers.via).toBe('one, two')
        expect(new TextDecoder().decode(await body.bytes(100))).toBe('short and stout')
      })

      test('may be empty', async () => {
        handler = (_, response) => response.writeHead(204).end()
        const { status, body } = await transport.send(request(), never)
        expect(status).toBe(204)
        expect(await body.bytes(0)).toHaveLength(0)
      })

      test('with a redirect is returned and not followed', async () => {
        handler = (_, response) => response.writeHead(307, { location: '/elsewhere' }).end()
        const before = upstream.requests
        const { status, headers } = await transport.send(request(), never)
        expect([status, headers.location]).toEqual([307, '/elsewhere'])
        expect(upstream.requests - before).toBe(1)
      })

      test('is handed over chunk by chunk as the chunks arrive', async () => {
        const read = new EventEmitter()
        const sent = ['data: 1\n\n', 'da', 'ta: é'.slice(0, 3), 'x'.repeat(5_000)]
        handler = async (_, response) => {
          response.writeHead(200)
          for (const chunk of sent) {
            const next = once(read, 'chunk')
            response.write(chunk)
            await next
          }
          response.end()
        }
        const { body } = await transport.send(request(), never)
        const got: string[] = []
        for await (const chunk of body) {
          got.push(new TextDecoder().decode(chunk))
          read.emit('chunk')
        }
        expect(got).toEqual(sent)
      })

      test('can be read only once', async () => {
        handler = (_, response) => response.end('once')
        const { body } = await transport.send(request(), never)
        await body.bytes(10)
        await expect(async () => body.bytes(10)).rejects.toThrow(TypeError)
      })
    })

    describe('a request', () => {
      test('arrives as it was written, and asks for no compression', async () => {
        const bytes = new TextEncoder().encode('{"text":"日本 🙂"}')
        const seen: unknown[] = []
        handler = async (incoming, response) => {
          const chunks = await incoming.toArray()
          const { authorization, 'accept-encoding': encoding } = incoming.headers
          seen.push(incoming.method, incoming.url, authorization, encoding)
          response.end(Buffer.concat(chunks))
        }
        const headers = { authorization: 'Bearer abc' }
        const path = '/v1/x?alt=sse&q=%20'
        const sent = request({ url: upstream.origin + path, headers, body: bytes })
        const { body } = await transport.send(sent, never)
        expect(Buffer.from(await body.bytes(1_000))).toEqual(Buffer.from(bytes))
        expect(seen).toEqual(['POST', path, 'Bearer abc', 'identity'])
      })

      test('whose header holds a line break is refused, unsent and unquoted', async () => {
        const before = upstream.requests
        const headers = { authorization: 'Bearer canary\r\nx-evil: 1' }
        const error = await failure(transport.send(request({ headers }), never))
        expect(error.message).toContain('authorization')
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary')
        expect(upstream.requests).toBe(before)
      })

      test('that cannot be delivered says why, naming the host alone', async () => {
        const gone = await startUpstream(() => undefined)
        await gone.close()
        const url = `${gone.origin}/v1/private-path?key=canary`
        const headers = { authorization: 'Bearer canary' }
        const error = await failure(transport.send(request({ url, headers }), never))
        expect(error.code).toBe('upstream_failed')
        expect(error.message).toContain(`127.0.0.1:${gone.port}`)
        expect(error.message).toContain('refused the connection')
        expect(inspect(error, { depth: 9 })).not.toMatch(/canary|private-path/)
      })
    })

    describe('hanging up', () => {
      test('before sending: nothing is sent', async () => {
        const before = upstream.requests
        const reason = new Error('mine')
        await expect(transport.send(request(), AbortSignal.abort(reason))).rejects.toBe(reason)
        expect(upstream.requests).toBe(before)
      })

      test('before the answer rejects with the reason and closes the connection', async () => {
        handler = () => undefined
        const arrived = once(requests, 'request')
        const caller = new AbortController()
        const answer = transport.send(request(), caller.signal)
        const [socket] = (await arrived) as [Socket]
        const closed = once(socket, 'close')
        caller.abort(new Error('mine'))
        await expect(answer).rejects.toThrow('mine')
        await closed
      })

      test('inside the body rejects what is pending and closes the connection', async () => {
        handler = answerOpenly
        const arrived = once(requests, 'request')
        const caller = new AbortController()
        const { body } = await transport.send(request(), caller.signal)
        const [socket] = (await arrived) as [Socket]
        const closed = once(socket, 'close')
        const reader = body[Symbol.asyncIterator]()
        expect((await reader.next()).done).toBe(false)
        const pending = reader.next()
        caller.abort(new Error('mine'))
        await expect(pending).rejects.toThrow('mine')
        await closed
        await expect(reader.next()).rejects.toThrow('mine')
      })

      test('while the whole body is awaited rejects and closes the connection', async () => {
        handler = answerOpenly
        const arrived = once(requests, 'request')
        const caller = new AbortController()
        const { body } = await transport.send(request(), caller.signal)
        const [socket] = (await arrived) as [Socket]
        const closed = once(socket, 'close')
        const whole = body.bytes(1_000)
        caller.abort(new Error('mine'))
        await expect(whole).rejects.toThrow('mine')
        await closed
      })

      test('by leaving the loop closes the connection and drops the listener', async () => {
        handler = answerOpenly
        const arrived = once(requests, 'request')
        const caller = new AbortController()
        const { body } = await transport.send(request(), caller.signal)
        const [socket] = (await arrived) as [Socket]
        const closed = once(socket, 'close')
        for await (const chunk of body) {
          expect(Buffer.from(chunk).toString()).toBe('first')
          break
        }
        await closed
        expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
      })
    })

    describe('a body', () => {
      const closesAt = async (send: Handler, maxBytes: number) => {
        handler = send
        const arrived = once(requests, 'request')
        const { body } = await transport.send(request(), never)
        const [socket] = (await arrived) as [Socket]
        const closed = once(socket, 'close')
        const error = await failure(body.bytes(maxBytes))
        await closed
        return error
      }

      test('that says it is too large is not waited for', async () => {
        const error = await closesAt((_, response) => {
          response.writeHead(200, { 'content-length': '1000' })
          response.write('x')
        }, 999)
        expect(error.code).toBe('upstream_failed')
        expect(error.message).toContain('999')
      })

      test('that turns out too large is cut off', async () => {
        const error = await closesAt((_, response) => {
          response.writeHead(200)
          response.write('x'.repeat(600))
          setImmediate(() => response.write('x'.repeat(600)))
        }, 1_000)
        expect(error.code).toBe('upstream_failed')
      })

      test('of exactly the largest size is read', async () => {
        handler = (_, response) => response.end('x'.repeat(1_000))
        const { body } = await transport.send(request(), never)
        expect(await body.bytes(1_000)).toHaveLength(1_000)
      })

      test('shorter than announced is incomplete, whole or in chunks', async () => {
        handler = (_, response) => {
          response.writeHead(200, { 'content-length': '1000' })
          response.write('first', () => response.socket?.end())
        }
        const whole = await transport.send(request(), never)
        expect((await failure(whole.body.bytes(5_000))).code).toBe('upstream_incomplete')

        const chunks = await transport.send(request(), never)
        const reader = chunks.body[Symbol.asyncIterator]()
        expect(Buffer.from((await reader.next()).value ?? '').toString()).toBe('first')
        expect((await failure(reader.next())).code).toBe('upstream_incomplete')
      })

      test('that is reset is incomplete', async () => {
        handler = (_, response) => {
          response.writeHead(200)
          response.write('first', () => response.socket?.resetAndDestroy())
        }
        const { body } = await transport.send(request(), never)
        expect((await failure(body.bytes(5_000))).code).toBe('upstream_incomplete')
      })

      test('that nobody reads stops the sender, and is whole when it is read after all', async () => {
        const total = 50 * 1024 * 1024
        const chunk = Buffer.alloc(64 * 1024, 'x')
        handler = async ({ url }, response) => {
          if (url === '/other') return response.end('tick')
          for (let sent = 0; sent < total; sent += chunk.length) {
            if (!response.write(chunk)) await once(response, 'drain')
          }
          response.end()
        }
        const arrived = once(requests, 'request')
        const { body } = await transport.send(request(), never)
        const [socket] = (await arrived) as [Socket]
        // Other traffic is the clock: without back-pressure the body would flow in between.
        let still = 0
        let before = -1
        while (still < 100) {
          const other = request({ url: `${upstream.origin}/other` })
          await (await transport.send(other, never)).body.bytes(10)
          still = socket.bytesWritten === before ? still + 1 : 0
          before = socket.bytesWritten
        }
        expect(socket.writableNeedDrain).toBe(true)
        expect(socket.bytesWritten).toBeLessThan(total / 2)
        expect(await body.bytes(total)).toHaveLength(total)
      })
    })

    test('10,000 requests on one signal leave no listener and few connections behind', async () => {
      handler = (_, response) => response.end('{}')
      const caller = new AbortController()
      const before = upstream.connections.length
      for (let n = 0; n < 10_000; n++) {
        await (await transport.send(request(), caller.signal)).body.bytes(10)
      }
      expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
      expect(upstream.connections.length - before).toBeLessThanOrEqual(2)
    })
  })
}
