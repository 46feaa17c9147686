// Whatever a provider does, the caller gets either the whole answer or one typed error, and the call one record.
import {
  createSimulator,
  type FaultName,
  type Listening,
  refusingUrl,
  type Simulator,
} from '@aigne-hub/simulator'
import { openStore } from '@aigne-hub/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey, discard, type RunningHub, startHub } from './hub.ts'

/** `answer`, or the HTTP status and the error's code; status 200 with a code is an error in the stream. */
type Outcome = 'answer' | `${number} ${string}`

const table: [fault: FaultName, whole: Outcome, streamed: Outcome][] = [
  ['none', 'answer', 'answer'],
  ['close-before-status', '502 upstream_failed', '502 upstream_failed'],
  ['reset-before-status', '502 upstream_failed', '502 upstream_failed'],
  ['rate-limited', '429 rate_limit_exceeded', '429 rate_limit_exceeded'],
  ['rate-limited-date', '429 rate_limit_exceeded', '429 rate_limit_exceeded'],
  ['rate-limited-silent', '429 rate_limit_exceeded', '429 rate_limit_exceeded'],
  ['rate-limited-absurd', '429 rate_limit_exceeded', '429 rate_limit_exceeded'],
  ['quota-exhausted', '429 insufficient_quota', '429 insufficient_quota'],
  ['server-error', '502 upstream_failed', '502 upstream_failed'],
  ['bad-gateway', '502 upstream_failed', '502 upstream_failed'],
  ['unavailable', '503 upstream_overloaded', '503 upstream_overloaded'],
  ['overloaded', '503 upstream_overloaded', '503 upstream_overloaded'],
  ['gateway-timeout', '504 upstream_timeout', '504 upstream_timeout'],
  ['unauthorized', '502 credential_rejected', '502 credential_rejected'],
  ['forbidden', '502 credential_rejected', '502 credential_rejected'],
  // A refusal of what the caller asked for is the provider's own, code and all.
  ['context-length', '400 context_length_exceeded', '400 context_length_exceeded'],
  ['error-in-200', '502 upstream_failed', '502 upstream_failed'],
  ['malformed-json', '502 upstream_failed', '200 upstream_failed'],
  ['html', '502 upstream_failed', '502 upstream_incomplete'],
  ['close-mid-stream', '502 upstream_incomplete', '200 upstream_incomplete'],
  ['cut-mid-event', '502 upstream_incomplete', '200 upstream_incomplete'],
  ['reset-mid-stream', '502 upstream_incomplete', '200 upstream_incomplete'],
  ['ends-early', '502 upstream_failed', '200 upstream_incomplete'],
  ['error-event', '502 upstream_failed', '200 upstream_failed'],
  // Every choice has said that it is finished: nothing is missing.
  ['no-done', 'answer', 'answer'],
  ['split-utf8', 'answer', 'answer'],
  ['crlf', 'answer', 'answer'],
  ['huge-line', 'answer', 'answer'],
  ['comments', 'answer', 'answer'],
  ['byte-order-mark', 'answer', 'answer'],
  ['no-usage', 'answer', 'answer'],
  ['usage-negative', 'answer', 'answer'],
  ['usage-huge', 'answer', 'answer'],
  ['usage-text', 'answer', 'answer'],
  ['usage-incomplete', 'answer', 'answer'],
  ['redirect', '502 upstream_failed', '502 upstream_failed'],
  ['gzip-bomb', '502 upstream_failed', '502 upstream_failed'],
  ['wrong-encoding', '502 upstream_failed', '502 upstream_failed'],
  // With its terminal event a stream is complete, whatever length was announced.
  ['content-length-too-long', '502 upstream_incomplete', 'answer'],
  ['content-length-too-short', '502 upstream_failed', '200 upstream_incomplete'],
  ['many-headers', 'answer', 'answer'],
  ['oversized-header', '502 upstream_failed', '502 upstream_failed'],
]

let upstream: Simulator
let server: Listening
let hub: RunningHub
/** What the provider says when all is well. */
let said: string

beforeAll(async () => {
  const faults = Object.fromEntries(table.map(([fault]) => [`with-${fault}`, fault]))
  upstream = createSimulator({ faults, keepRequests: 1000 })
  server = await upstream.listen()
  hub = await startHub({
    file: `
providers:
  - { id: lab, baseUrl: "${server.url}/v1", allowPrivateNetwork: true }
  - { id: gone, baseUrl: "${await refusingUrl()}/v1", allowPrivateNetwork: true }
`,
  })
  said = (await ask('lab/chat', false)).text
})

afterAll(async () => {
  await discard(hub)
  await server.close()
})

interface Answered {
  outcome: Outcome
  text: string
  id: string
  headers: Headers
}

/** Every call made, with what its caller was told. */
const asked = new Map<string, Outcome>()

async function ask(model: string, stream: boolean): Promise<Answered> {
  const response = await fetch(`${hub.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: 'Tell me something about the sea.' }],
      stream,
    }),
  })
  const id = response.headers.get('x-request-id') ?? ''
  const body = await response.text()
  const read = response.ok && stream ? readStream(body, id) : readWhole(response.status, body, id)
  asked.set(id, read.outcome)
  return { ...read, id, headers: response.headers }
}

function readError(status: number, error: Record<string, unknown>, id: string): Outcome {
  expect(error).toMatchObject({
    message: expect.stringMatching(/\S/),
    type: expect.stringMatching(/\S/),
    code: expect.stringMatching(/\S/),
    request_id: id,
  })
  return `${status} ${error.code}`
}

function readWhole(status: number, body: string, id: string): Pick<Answered, 'outcome' | 'text'> {
  const { error, choices } = JSON.parse(body)
  if (error) return { outcome: readError(status, error, id), text: '' }
  const [{ message, finish_reason }] = choices
  expect(finish_reason).toBe('stop')
  return { outcome: 'answer', text: message.content }
}

/** A stream holds JSON events and, as its very last one, either `[DONE]` or one error. */
function readStream(body: string, id: string): Pick<Answered, 'outcome' | 'text'> {
  const lines = body.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data:'))
  const last = lines.pop() ?? ''
  const chunks = lines.map((line) => JSON.parse(line.slice('data:'.length)))
  expect(chunks.filter(({ error }) => error)).toEqual([])
  const text = chunks.map(({ choices: [choice] }) => choice?.delta.content ?? '').join('')
  if (last === 'data: [DONE]') {
    const reasons = chunks.flatMap(({ choices: [choice] }) => choice?.finish_reason ?? [])
    expect(reasons).toEqual(['stop'])
    return { outcome: 'answer', text }
  }
  return { outcome: readError(200, JSON.parse(last.slice('data:'.length)).error, id), text }
}

describe.each([
  ['a whole answer', false],
  ['a stream', true],
] as const)('in %s', (_, stream) => {
  test.for(table)('%s', async ([fault, whole, streamed]) => {
    const answered = await ask(`lab/with-${fault}`, stream)
    expect(answered.outcome).toBe(stream ? streamed : whole)
    // Some faults add to what is said; what breaks off has said a part of it.
    const [longer, shorter] =
      answered.outcome === 'answer' ? [answered.text, said] : [said, answered.text]
    expect(longer.startsWith(shorter)).toBe(true)
  })

  test('a provider that refuses the connection', async () => {
    expect((await ask('gone/chat', stream)).outcome).toBe('502 upstream_failed')
  })

  test('how long a provider asks to wait is passed on', async () => {
    const waits = await Promise.all(
      ['rate-limited', 'rate-limited-date', 'rate-limited-silent'].map(async (fault) => {
        const { headers } = await ask(`lab/with-${fault}`, stream)
        return headers.get('retry-after')
      }),
    )
    expect(waits).toEqual(['2', expect.stringMatching(/^(29|30)$/), null])
  })

  test('the SDKs are told when trying again cannot help', async () => {
    const told = async (fault: FaultName) => {
      const { headers } = await ask(`lab/with-${fault}`, stream)
      return headers.get('x-should-retry')
    }
    expect(await told('quota-exhausted')).toBe('false')
    expect(await told('unauthorized')).toBe('false')
    expect(await told('server-error')).toBeNull()
    expect(await told('rate-limited')).toBeNull()
  })
})

test('then the hub is well, followed no redirect, and has one record of each call', async () => {
  expect((await fetch(`${hub.url}/readyz`)).status).toBe(200)
  expect((await ask('lab/chat', true)).text).toBe(said)
  expect(upstream.requests.map(({ path }) => path)).not.toContain('/redirected')
  expect(upstream.counters.open).toBe(0)
  expect(await hub.stop()).toBe(0)
  expect(hub.log()).not.toMatch(/internal_error|nhandled|Warning/)

  const store = await openStore({ dataDir: hub.dataDir })
  const records = await store.requests.list({ limit: 10_000 })
  await store.close()
  expect(records.map(({ id }) => id).toSorted()).toEqual([...asked.keys()].toSorted())
  const recorded = records.map(({ status, errorCode }) =>
    errorCode ? `${status} ${errorCode}` : 'answer',
  )
  const expected = records.map(({ id }) =>
    (asked.get(id) ?? '')
      // What broke off after its first byte counts as what it was.
      .replace(/^200/, '502')
      .replace('context_length_exceeded', 'upstream_rejected'),
  )
  expect(recorded).toEqual(expected)
  const counts = records.flatMap(({ usage: { input, output } }) => [input, output])
  expect(counts.every((count) => Number.isSafeInteger(count) && count >= 0)).toBe(true)
  expect(Math.max(...counts)).toBeGreaterThan(0)
})
