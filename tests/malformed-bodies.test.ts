// Whatever bytes a caller sends as a body: the answer is theirs to mend (4xx), or an answer; never ours (5xx).
import { Agent, request } from 'node:http'
import { createSimulator, type Listening } from '@aigne-hub/simulator'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminKey, discard, type RunningHub, startHub } from './hub.ts'
import { scale } from './scale.ts'
import { validBodies as valid } from './valid-bodies.ts'

let hub: RunningHub
let server: Listening
const agent = new Agent({ keepAlive: true, maxSockets: 8 })

beforeAll(async () => {
  server = await createSimulator({ keepRequests: 0 }).listen()
  hub = await startHub({
    file: `providers:
  - { id: lab, baseUrl: "${server.url}/v1", allowPrivateNetwork: true }
  - { id: responses, dialect: openai-responses, baseUrl: "${server.url}/v1", allowPrivateNetwork: true }
  - { id: claude, dialect: anthropic, baseUrl: "${server.url}/v1", allowPrivateNetwork: true }
  - { id: google-like, dialect: gemini, baseUrl: "${server.url}/v1beta", allowPrivateNetwork: true }
`,
  })
})

afterAll(async () => {
  agent.destroy()
  await discard(hub)
  await server.close()
})

interface Answer {
  status: number
  requestId: string
  type: string
  body: string
}

function post(path: string, body: Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${adminKey}`,
      'content-type': 'application/json',
      'content-length': body.length,
    }
    const sent = request(hub.url + path, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          requestId: String(response.headers['x-request-id']),
          type: String(response.headers['content-type']),
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

type Path = keyof typeof valid
const path = fc.constantFrom(...(Object.keys(valid) as Path[]))

/** Values that readers stumble over. */
const oddValue = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    ' ',
    0,
    -0,
    -1,
    1e308,
    2 ** 53,
    0.1,
    [],
    {},
    [[]],
    [null],
  ),
  fc.constantFrom(
    '\u0000',
    '\ud800',
    '__proto__',
    'constructor',
    '\u2028',
    '𝕏'.repeat(50),
    'x'.repeat(20_000),
  ),
  fc.integer(),
)

interface Place {
  of: Record<string, unknown>
  key: string
}

/** Every member and item of a value, however deep. */
function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return []
  const of = value as Record<string, unknown>
  return Object.keys(of).flatMap((key) => [{ of, key }, ...placesOf(of[key])])
}

const change = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'remove', 'add', 'wrap'),
  value: oddValue,
  key: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toString', 'model', 'stream')),
})

function alter({ of, key }: Place, how: string, newKey: string, value: unknown): void {
  // Not by assignment: `__proto__` is to be a member like any other.
  const set = (name: string, to: unknown) =>
    Object.defineProperty(of, name, {
      value: to,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  if (how === 'remove') delete of[key]
  else if (how === 'add') set(newKey, value)
  else set(key, how === 'wrap' ? [of[key]] : value)
}

/** A call that would work, changed in one to three places. */
const mutated = path.chain((to) =>
  fc
    .tuple(fc.constantFrom(...valid[to]), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([call, changes]) => {
      const body = { call: structuredClone(call) as unknown }
      for (const { at, how, value, key } of changes) {
        const places = placesOf(body)
        const place = places[at % places.length]
        // A copy: constants are the same object in every run.
        if (place) alter(place, how, key, structuredClone(value))
      }
      return { to, body: Buffer.from(JSON.stringify(body.call) ?? '') }
    }),
)

const validText = path.chain((to) =>
  fc.constantFrom(...valid[to]).map((call) => ({ to, text: JSON.stringify(call) })),
)

/** A call cut off, with bytes put in, or with bytes changed. */
const damaged = fc
  .tuple(validText, fc.nat(), fc.nat(8), fc.uint8Array({ maxLength: 8 }))
  .map(([{ to, text }, position, dropped, bytes]) => {
    const whole = Buffer.from(text)
    const at = position % (whole.length + 1)
    return { to, body: Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(at + dropped)]) }
  })

const truncated = fc
  .tuple(validText, fc.nat())
  .map(([{ to, text }, at]) => ({ to, body: Buffer.from(text).subarray(0, at % text.length) }))

/** A call with a member that comes twice, or one JSON text among others that is legal and unusual. */
const spelled = fc
  .tuple(
    validText,
    fc.oneof(
      fc.string().map((key) => `${JSON.stringify(key)}:1,${JSON.stringify(key)}:2`),
      fc.constantFrom(
        '"model":"lab/echo"',
        '"mod\\u0065l":"lab/echo"',
        '"messages":[]',
        '"stream":1',
      ),
      fc.tuple(fc.string(), fc.bigInt()).map(([key, value]) => `${JSON.stringify(key)}:${value}`),
      fc.constantFrom('"n":1e999', '"n":-1e-999', `"seed":${'9'.repeat(400)}`, '"n":00', '"n":+1'),
      fc
        .integer({ min: 1, max: 20_000 })
        .chain((depth) =>
          fc.constantFrom(
            `"metadata":${'['.repeat(depth)}${']'.repeat(depth)}`,
            `"tools":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
            `"messages":${'['.repeat(depth)}`,
          ),
        ),
    ),
  )
  .map(([{ to, text }, member]) => ({ to, body: Buffer.from(`{${member},${text.slice(1)}`) }))

const random = fc
  .tuple(
    path,
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.string().map((text) => Buffer.from(text)),
    ),
  )
  .map(([to, body]) => ({ to, body: Buffer.from(body) }))

const anyBody = fc.oneof(
  { arbitrary: mutated, weight: 5 },
  { arbitrary: damaged, weight: 2 },
  truncated,
  { arbitrary: spelled, weight: 2 },
  random,
)

const said = expect.stringMatching(/\S/)

/** The body of an error, in the form of the surface. */
function envelopeAt(path: Path, requestId: string): object {
  if (path.startsWith('/v1/messages')) {
    return { type: 'error', error: { type: said, message: said }, request_id: requestId }
  }
  if (path.startsWith('/v1beta/')) {
    return { error: { code: expect.any(Number), message: said, status: said } }
  }
  return { error: { message: said, type: said, code: said, request_id: requestId } }
}

function expectSound(path: Path, { status, requestId, type, body }: Answer): void {
  expect(status, body).toBeLessThan(500)
  expect(requestId).toMatch(/^req_/)
  if (status === 200) {
    expect(type).toMatch(/^(application\/json|text\/event-stream|audio\/)/)
    expect(body).not.toMatch(/"error":[{"]/)
    return
  }
  expect(status, body).toBeGreaterThanOrEqual(400)
  expect(JSON.parse(body)).toMatchObject(envelopeAt(path, requestId))
  expect(body.length).toBeLessThan(10_000)
}

test('the bodies they are made of are answered', async () => {
  for (const to of Object.keys(valid) as Path[]) {
    for (const call of valid[to]) {
      const { status, body } = await post(to, Buffer.from(JSON.stringify(call)))
      expect([to, status, body]).toEqual([to, to === '/api/v2/video' ? 400 : 200, body])
    }
  }
})

test(
  `${scale.malformedBodies} malformed bodies are the caller’s fault, and the hub lives on`,
  async () => {
    const statuses = new Map<number, number>()
    await fc.assert(
      fc.asyncProperty(anyBody, async ({ to, body }) => {
        const answer = await post(to, body)
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        expectSound(to, answer)
      }),
      // A failure prints the seed and the smallest body.
      { numRuns: scale.malformedBodies, endOnFailure: false },
    )
    // The bodies were neither all refused at the door nor all fine.
    expect(statuses.get(400)).toBeGreaterThan(scale.malformedBodies / 5)
    expect(statuses.get(200)).toBeGreaterThan(scale.malformedBodies / 50)
    expect(hub.process.exitCode).toBeNull()
    const [fine] = valid['/v1/chat/completions']
    const answer = await post('/v1/chat/completions', Buffer.from(JSON.stringify(fine)))
    expect(answer.status).toBe(200)
    expect(hub.log()).not.toMatch(/internal_error|nhandled|TypeError/)
  },
  60_000 + scale.malformedBodies * 10,
)
