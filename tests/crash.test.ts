// A hub that is killed under load has kept a record of every call whose caller was told that it is complete.
import { rmSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { createSimulator, type Listening } from '@aigne-hub/simulator'
import { openStore } from '@aigne-hub/store'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminKey, hubFolder, type RunningHub, startHub } from './hub.ts'
import { scale } from './scale.ts'

/** The store alone is killed far more often, in its own tests. */
const kills = Math.max(5, scale.kills / 10)
const callers = 12

let server: Listening
let folder: string

beforeAll(async () => {
  server = await createSimulator({ keepRequests: 0 }).listen()
  folder = hubFolder()
})

afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Acknowledged {
  whole: string[]
  streamed: string[]
}

function call(hub: RunningHub, agent: Agent, stream: boolean): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' }
    const path = `${hub.baseURL}/chat/completions`
    const sent = request(path, { method: 'POST', agent, headers }, resolve)
    sent.once('error', reject)
    const messages = [{ role: 'user', content: 'one two three four five six seven eight' }]
    sent.end(JSON.stringify({ model: 'lab/echo', messages, stream }))
  })
}

/** Calls again and again, until the hub is gone. Notes a call the moment it is acknowledged. */
async function keepCalling(hub: RunningHub, stream: boolean, note: (id: string) => void) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    for (;;) {
      const response = await call(hub, agent, stream)
      const id = String(response.headers['x-request-id'])
      expect(response.statusCode).toBe(200)
      // A whole answer is acknowledged with its status line, a stream with its last frame.
      if (!stream) note(id)
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) {
        text += chunk
        if (text.endsWith('data: [DONE]\n\n')) note(id)
      }
    }
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toMatch(/^(ECONNRESET|ECONNREFUSED|EPIPE)$/)
  } finally {
    agent.destroy()
  }
}

/** Kills a hub after so many acknowledgements; answers with every call acknowledged before it was gone. */
async function callUntilKilled(after: number): Promise<Acknowledged> {
  const hub = await startHub({
    folder,
    file: `providers: [{ id: lab, baseUrl: "${server.url}/v1", allowPrivateNetwork: true }]\n`,
  })
  const acknowledged: Acknowledged = { whole: [], streamed: [] }
  let left = after
  const calling = Array.from({ length: callers }, (_, index) => {
    const stream = index % 2 === 1
    return keepCalling(hub, stream, (id) => {
      acknowledged[stream ? 'streamed' : 'whole'].push(id)
      if (--left === 0) hub.process.kill('SIGKILL')
    })
  })
  await Promise.all(calling)
  expect(await hub.ended, hub.log()).toBe('SIGKILL')
  return acknowledged
}

test(
  `no acknowledged call is lost in ${kills} kills under load`,
  async () => {
    const seed = Date.now()
    const moments = fc.sample(fc.integer({ min: 1, max: 400 }), { numRuns: kills, seed })
    const all: Acknowledged = { whole: [], streamed: [] }
    for (const after of moments) {
      const { whole, streamed } = await callUntilKilled(after)
      const store = await openStore({ dataDir: join(folder, 'data') })
      const records = [...whole, ...streamed].map(async (id) => [id, await store.requests.find(id)])
      const lost = (await Promise.all(records)).filter(([, record]) => record === undefined)
      await store.close()
      expect({ seed, after, lost }).toEqual({ seed, after, lost: [] })
      all.whole.push(...whole)
      all.streamed.push(...streamed)
    }
    expect(all.whole.length).toBeGreaterThan(kills)
    expect(all.streamed.length).toBeGreaterThan(kills)
  },
  30_000 + kills * 5_000,
)
