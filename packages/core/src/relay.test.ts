import { getEventListeners } from 'node:events'
import { openAiSpeech } from '@aigne-hub/dialects'
import { HubError, jsonBody } from '@aigne-hub/protocol'
import { createSimulator, type FaultName, faultDescriptions } from '@aigne-hub/simulator'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scale } from '../../../tests/scale.ts'
import type { Reply } from './reply.ts'
import { fakeClock } from './testing/fake-clock.ts'
import { done, finish, said } from './testing/frames.ts'
import { bytesOf, errorsIn, isComplete, pieces, saidIn, textOf } from './testing/replies.ts'
import { type Script, scriptedTransport } from './testing/scripted-transport.ts'
import { askEcho, failureOf, lanes, setUp } from './testing/set-up.ts'

const reset = new HubError('upstream_incomplete', 'The connection was reset.')

describe.each(lanes)('in the %s lane', (lane) => {
  /** What a caller gets whose provider streams these pieces. */
  async function relayed(script: Script) {
    const { router, records, clock } = setUp({
      lane,
      adapter: { transport: scriptedTransport(script) },
    })
    const text = await textOf(await askEcho(router, { stream: true }))
    expect(clock.pending).toBe(0)
    return { text, record: records[0] }
  }

  test('however the provider’s bytes are split, the caller gets the same text', async () => {
    const simulator = createSimulator({ clock: fakeClock() })
    const messages = [{ role: 'user', content: '日本語 🌍 é\r\n' }]
    const request = {
      method: 'POST',
      url: '/v1/chat/completions',
      headers: {},
      body: JSON.stringify({ model: 'echo', messages, stream: true }),
    }
    const answer = await simulator.send(request, new AbortController().signal)
    const bytes = await answer.body.bytes(1_000_000)
    const whole = await relayed([bytes])
    expect(isComplete(whole.text)).toBe(true)
    const cuts = fc.uniqueArray(fc.nat(bytes.length), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        const ends = [...at.toSorted((one, other) => one - other), bytes.length]
        const split = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
        const { text, record } = await relayed(split)
        expect(text).toBe(whole.text)
        expect(record?.usage).toEqual(whole.record?.usage)
      }),
    )
    const single = await relayed(Array.from(bytes, (byte) => Uint8Array.of(byte)))
    expect(single.text).toBe(whole.text)
  })

  test('what came in one chunk with an error is the caller’s, then one error frame', async () => {
    const error = 'data: {"error":{"message":"Overheated","type":"server_error"}}\n\n'
    const { text, record } = await relayed([said('Once ') + said('upon') + error])
    expect(saidIn(text)).toBe('Once upon')
    expect(errorsIn(text)).toEqual(['upstream_failed'])
    expect(record).toMatchObject({ status: 502, errorCode: 'upstream_failed' })
  })

  test('the last event before the bytes run out is the caller’s, blank line or not', async () => {
    const { text } = await relayed([said('Once '), said('upon').trimEnd()])
    expect(saidIn(text)).toBe('Once upon')
    expect(errorsIn(text)).toEqual(['upstream_incomplete'])
  })

  test('half an event is not', async () => {
    const { text } = await relayed([said('Once '), said('upon').slice(0, 40), reset])
    expect(saidIn(text)).toBe('Once ')
    expect(errorsIn(text)).toEqual(['upstream_incomplete'])
  })

  test.each([
    ['[DONE]', [said('Once'), finish, done, reset]],
    ['its last finish reason', [said('Once'), finish, reset]],
  ])('a provider that hangs up without an end after %s has said everything', async (_, script) => {
    const { text, record } = await relayed(script)
    expect(saidIn(text)).toBe('Once')
    expect(isComplete(text)).toBe(true)
    expect(record).toMatchObject({ status: 200 })
    expect(record).not.toHaveProperty('errorCode')
  })

  test('an answer without a word is an answer', async () => {
    const { text, record } = await relayed([finish, done])
    expect(saidIn(text)).toBe('')
    expect(isComplete(text)).toBe(true)
    expect(record).toMatchObject({ status: 200 })
  })

  test('a stream without any event is a failed attempt', async () => {
    const { router } = setUp({ lane, adapter: { transport: scriptedTransport([]) } })
    const error = await failureOf(askEcho(router, { stream: true }))
    expect(error).toMatchObject({ code: 'upstream_incomplete', attempts: [{ status: 200 }] })
  })
})

describe('bytes, which have no end of their own', () => {
  async function heard(script: Script) {
    const { router, records, clock } = setUp({ adapter: { transport: scriptedTransport(script) } })
    const body = jsonBody({ model: 'sim/speech', input: 'Ahoy', voice: 'alloy' })
    const reply = await router.route({ dialect: openAiSpeech, body })
    const reading = bytesOf(reply)
    await reading.catch(() => {})
    expect(clock.pending).toBe(0)
    return { reading, records }
  }

  test('are complete when their connection ends', async () => {
    const { reading, records } = await heard(['RIFF', 'one', 'two'])
    expect((await reading).toString()).toBe('RIFFonetwo')
    expect(records).toMatchObject([{ status: 200, usage: { characters: 4 } }])
  })

  test.each([[['RIFF', reset]], [['RIFF', 'one', 'two', reset]]])(
    'break off when it breaks: %j',
    async (script) => {
      const { reading, records } = await heard(script)
      await expect(reading).rejects.toBe(reset)
      expect(records).toMatchObject([
        {
          status: 502,
          errorCode: 'upstream_incomplete',
          attempts: [{ status: 200, code: 'upstream_incomplete' }],
        },
      ])
    },
  )
})

/** What callers do to a reply. */
type Ending = 'read' | 'leave' | 'throw' | 'hangUp'

describe('whatever goes wrong, and whenever a caller leaves', () => {
  // One event of 10 MiB says nothing more and takes long.
  const faults = Object.keys(faultDescriptions).filter((name) => name !== 'huge-line')

  /** Reads so many pieces, then does as `ending` says. What it has read, if that is the whole stream. */
  async function consume(reply: Reply, after: number, ending: Ending, hangUp: AbortController) {
    if (typeof reply.body === 'string' || reply.body instanceof Uint8Array) return 'whole'
    const stream = pieces(reply)
    let text = ''
    for (let piece = 0; piece < after && ending !== 'read'; piece++) {
      const { value, done: isOver } = await stream.next()
      if (isOver) return text
      text += Buffer.from(value)
    }
    if (ending === 'hangUp') hangUp.abort()
    if (ending === 'leave') await stream.return()
    if (ending === 'throw') await stream.throw(new Error('Gone.')).catch(() => {})
    return text + (await bytesOf({ body: stream }))
  }

  test('there is one record that tells the truth, and nothing is left open', async () => {
    const scenario = fc.record({
      fault: fc.constantFrom(...(faults as FaultName[])),
      lane: fc.constantFrom(...lanes),
      stream: fc.boolean(),
      ending: fc.constantFrom<Ending>('read', 'leave', 'throw', 'hangUp'),
      after: fc.nat(20),
    })
    await fc.assert(
      fc.asyncProperty(scenario, async ({ fault, lane, stream, ending, after }) => {
        const { router, simulator, records, clock } = setUp({ lane })
        simulator.script(fault)
        const hangUp = new AbortController()
        const { signal } = hangUp
        const outcome = await clock.during(
          askEcho(router, { stream }, { signal }).then(
            (reply) => consume(reply, after, ending, hangUp),
            (error: unknown) => error as HubError,
          ),
        )
        expect(records).toHaveLength(1)
        const [{ errorCode, attempts } = { attempts: [] }] = records
        if (outcome instanceof HubError) expect(errorCode).toBe(outcome.code)
        else expect(errorCode === undefined).toBe(outcome === 'whole' || outcome.includes('[DONE]'))
        expect(attempts.map(({ code }) => code)).toEqual([errorCode])
        expect(simulator.counters.open).toBe(0)
        expect(clock.pending).toBe(0)
        expect(getEventListeners(signal, 'abort')).toEqual([])
      }),
      { numRuns: scale.hangUps },
    )
  })
})
