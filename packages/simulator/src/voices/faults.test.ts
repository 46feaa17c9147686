import { describe, expect, test } from 'vitest'
import { type FaultName, faultDescriptions } from '../faults.ts'
import type { JsonObject } from '../json.ts'
import { createProvider } from '../provider.ts'
import type { Reply } from '../reply.ts'
import { createRequestLog } from '../request-log.ts'
import { hurriedClock } from '../testing/hurried-clock.ts'

interface Asked {
  path: string
  body: JsonObject
}

const question = 'What is a gateway?'
const contents = [{ role: 'user', parts: [{ text: question }] }]
const streams: Record<string, Asked> = {
  responses: { path: '/v1/responses', body: { model: 'chat', input: question, stream: true } },
  gemini: { path: '/v1beta/models/chat:streamGenerateContent?alt=sse', body: { contents } },
  'gemini, as an array': { path: '/v1beta/models/chat:streamGenerateContent', body: { contents } },
}

function reply({ path, body }: Asked, fault: FaultName): Reply {
  const { clock } = hurriedClock()
  const log = createRequestLog(0)
  const provider = createProvider({ seed: 1, clock, log, faults: {}, keys: undefined })
  provider.script([fault])
  return provider.answer({ method: 'POST', path, headers: {}, body: JSON.stringify(body) }).reply
}

const sent = ({ steps }: Reply) => steps.map((step) => ('send' in step ? String(step.send) : ''))

/** One fault only strikes sometimes, one never. */
const harmful = Object.keys(faultDescriptions).filter(
  (name) => name !== 'none' && name !== 'flaky-30',
) as FaultName[]

describe.each(Object.entries(streams))('a stream of %s', (_name, asked) => {
  test.each(harmful)('is another with the fault %s', (fault) => {
    expect(reply(asked, fault)).not.toEqual(reply(asked, 'none'))
  })

  test('loses its last event, and nothing else, with no-done', () => {
    const well = sent(reply(asked, 'none'))
    expect(sent(reply(asked, 'no-done'))).toEqual(well.slice(0, -1))
    expect(well.at(-1)).toMatch(/"finishReason":"STOP"|"type":"response.completed"/)
    expect(well.slice(0, -1).join('')).not.toMatch(/finishReason|response\.completed/)
  })
})

test('an array that breaks off with an error is still JSON', () => {
  const asked = streams['gemini, as an array']
  const chunks = asked ? JSON.parse(sent(reply(asked, 'error-event')).join('')) : []
  expect(chunks.pop()).toMatchObject({ error: { code: 500, status: 'INTERNAL' } })
  expect(chunks.length).toBeGreaterThan(1)
})

test.each<[FaultName, number, number, string]>([
  ['unauthorized', 401, 400, 'INVALID_ARGUMENT'],
  ['forbidden', 403, 403, 'PERMISSION_DENIED'],
  ['context-length', 400, 400, 'INVALID_ARGUMENT'],
  ['quota-exhausted', 429, 429, 'RESOURCE_EXHAUSTED'],
  ['server-error', 500, 500, 'INTERNAL'],
  ['unavailable', 503, 503, 'UNAVAILABLE'],
  ['overloaded', 529, 503, 'UNAVAILABLE'],
])('%s has the status of each vendor', (fault, openAiStatus, googleStatus, googleName) => {
  const [responses, gemini] = [streams.responses, streams.gemini].map(
    (asked) => asked && reply(asked, fault),
  )
  expect(responses?.status).toBe(openAiStatus)
  expect(gemini?.status).toBe(googleStatus)
  expect(JSON.parse(gemini ? sent(gemini).join('') : '')).toMatchObject({
    error: { code: googleStatus, status: googleName },
  })
})
