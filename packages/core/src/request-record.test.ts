import { openAiChat } from '@aigne-hub/dialects'
import { HubError } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import type { RequestRecord } from './request-record.ts'
import { quiet } from './testing/fake-clock.ts'
import { errorsIn, isComplete, pieces, saidIn, textOf } from './testing/replies.ts'
import { askEcho, failureOf, lanes, setUp } from './testing/set-up.ts'

const caller = { keyId: 'key_1', keyName: 'ci', accountId: 'acme' }

describe('the record of', () => {
  test('a whole answer says who asked for what, who answered, what it took and how long', async () => {
    const { router, records, clock } = setUp()
    const arrivedAt = clock.now()
    const asking = askEcho(router, { model: 'sim/slow' }, { caller, requestId: 'req_7' })
    await clock.during(asking)
    expect(records).toEqual([
      {
        id: 'req_7',
        createdAt: arrivedAt,
        accountId: 'acme',
        keyId: 'key_1',
        operation: 'chat',
        dialect: 'openai-chat',
        requestedModel: 'sim/slow',
        provider: 'sim',
        model: 'slow',
        credentialId: 'sim-slow',
        lane: 'relay',
        stream: false,
        status: 200,
        attempts: [
          { provider: 'sim', model: 'slow', credential: 'slow', status: 200, durationMs: 10_000 },
        ],
        usage: expect.objectContaining({ input: expect.any(Number), estimated: false }),
        dropped: [],
        durationMs: 10_000,
      } satisfies RequestRecord,
    ])
    expect(records[0]?.usage.input).toBeGreaterThan(0)
    expect(records[0]?.usage.output).toBeGreaterThan(0)
  })

  test('a stream says when its first event came and when it ended', async () => {
    const { router, records, clock } = setUp()
    const reply = await clock.during(askEcho(router, { model: 'sim/slow', stream: true }))
    await clock.during(textOf(reply))
    const [record] = records
    expect(record).toMatchObject({ stream: true, status: 200, firstEventMs: 2000 })
    expect(record?.durationMs).toBeGreaterThanOrEqual(10_000)
    expect(record?.usage.output).toBeGreaterThan(0)
  })

  test('a provider that reports no usage says that it is not known', async () => {
    const { router, records, simulator } = setUp()
    simulator.script(['no-usage', 'no-usage'])
    await askEcho(router)
    await textOf(await askEcho(router, { stream: true }))
    expect(records.map(({ usage }) => [usage.input, usage.estimated])).toEqual([
      [0, true],
      [0, true],
    ])
  })

  test('a model name that is too long to be one is cut off', async () => {
    const { router, records } = setUp()
    await failureOf(askEcho(router, { model: 'x'.repeat(10_000) }))
    expect(records[0]?.requestedModel).toBe('x'.repeat(256))
  })

  test('a call without a caller or an id is the embedder’s own', async () => {
    const { router, records } = setUp()
    await askEcho(router)
    await askEcho(router)
    expect(records[0]).toMatchObject({ accountId: 'system', keyId: 'embedded' })
    expect(records[0]?.id).toMatch(/^[0-9a-f-]{36}$/)
    expect(records[0]?.id).not.toBe(records[1]?.id)
  })
})

describe('before anything is sent there is one record for', () => {
  test.each([
    ['a body that is not JSON', '{', 400, 'invalid_request', ''],
    ['a request without messages', '{"model":"sim/echo"}', 400, 'invalid_request', ''],
    [
      'an unknown model',
      '{"model":"x","messages":[{"role":"user","content":"Hi"}]}',
      404,
      'model_not_found',
      'x',
    ],
    [
      'a model for something else',
      '{"model":"sim/image","messages":[{"role":"user","content":"Hi"}]}',
      400,
      'invalid_request',
      'sim/image',
    ],
  ])('%s', async (_, body, status, code, requestedModel) => {
    const { router, records, simulator } = setUp()
    const call = { dialect: openAiChat, body: new TextEncoder().encode(body) }
    expect(await failureOf(router.route(call))).toMatchObject({ code, status, attempts: [] })
    expect(records).toMatchObject([{ status, errorCode: code, requestedModel, attempts: [] }])
    expect(simulator.counters.received).toBe(0)
  })

  test('a field the target cannot express', async () => {
    const { router, records } = setUp({ adapter: { quirks: { unsupported: ['stop'] } } })
    expect((await failureOf(askEcho(router, { stop: 'x' }))).code).toBe('unsupported_parameter')
    expect(records).toMatchObject([{ status: 400, errorCode: 'unsupported_parameter' }])
  })
})

describe.each(lanes)('in the %s lane there is one record for', (lane) => {
  test.each([
    ['rate-limited', 429, 'rate_limit_exceeded', 429],
    ['unauthorized', 502, 'credential_rejected', 401],
    ['server-error', 502, 'upstream_failed', 500],
    ['context-length', 400, 'upstream_rejected', 400],
    ['error-in-200', 502, 'upstream_failed', 200],
    ['redirect', 502, 'upstream_failed', 307],
  ] as const)('the provider’s %s, whole or streamed', async (fault, status, code, theirs) => {
    const { router, records, simulator, clock } = setUp({ lane })
    simulator.script([fault, fault])
    for (const stream of [false, true]) {
      const error = await failureOf(askEcho(router, { stream }))
      expect(error).toMatchObject({ code, status, attempts: [{ status: theirs, code }] })
    }
    const expected = { status, errorCode: code, attempts: [{ status: theirs, code }] }
    expect(records).toMatchObject([expected, expected])
    expect(records[0]?.attempts).toHaveLength(1)
    expect(simulator.counters.open).toBe(0)
    expect(clock.pending).toBe(0)
  })

  test.each(['close-before-status', 'reset-before-status'] as const)(
    'a provider that hangs up before it answers (%s)',
    async (fault) => {
      const { router, records, simulator } = setUp({ lane })
      simulator.script(fault)
      const error = await failureOf(askEcho(router, { stream: true }))
      expect(error.attempts).toMatchObject([{ provider: 'sim', code: 'upstream_incomplete' }])
      expect(error.attempts[0]).not.toHaveProperty('status')
      expect(records).toMatchObject([{ status: 502, errorCode: 'upstream_incomplete' }])
    },
  )

  test.each([
    ['close-mid-stream', 'upstream_incomplete'],
    ['reset-mid-stream', 'upstream_incomplete'],
    ['cut-mid-event', 'upstream_incomplete'],
    ['ends-early', 'upstream_incomplete'],
    ['error-event', 'upstream_failed'],
  ] as const)('a stream that breaks: %s', async (fault, code) => {
    const { router, records, simulator, clock } = setUp({ lane })
    simulator.script(fault)
    const reply = await askEcho(router, { stream: true }, { requestId: 'req_9' })
    const text = await textOf(reply)
    expect(saidIn(text)).toContain('Tell')
    expect(errorsIn(text)).toEqual([code])
    expect(text).not.toContain('[DONE]')
    expect(text).toContain('"request_id":"req_9"')
    expect(records).toMatchObject([
      { status: 502, errorCode: code, attempts: [{ status: 200, code }] },
    ])
    expect(simulator.counters.open).toBe(0)
    expect(clock.pending).toBe(0)
  })

  test.each(['no-done', 'crlf', 'split-utf8', 'comments', 'byte-order-mark'] as const)(
    'a stream that is complete although it is odd: %s',
    async (fault) => {
      const { router, records, simulator } = setUp({ lane })
      simulator.script(fault)
      const text = await textOf(await askEcho(router, { stream: true }))
      expect(text.trimEnd()).toMatch(/data: \[DONE\]$/)
      expect(records).toMatchObject([{ status: 200 }])
      expect(records[0]).not.toHaveProperty('errorCode')
    },
  )
})

describe('a record that cannot be kept', () => {
  const failing = (failure: Error) => {
    const recorder = { record: () => Promise.reject(failure) }
    return setUp({ ports: { recorder } })
  }
  const diskFull = new HubError('storage_unavailable', 'The disk is full.')

  test('keeps a whole answer from the caller', async () => {
    expect(await failureOf(askEcho(failing(diskFull).router))).toBe(diskFull)
  })

  test('ends a stream with one error frame in place of its terminal frame', async () => {
    const { router, simulator } = failing(diskFull)
    const text = await textOf(await askEcho(router, { stream: true }))
    expect(errorsIn(text)).toEqual(['storage_unavailable'])
    expect(isComplete(text)).toBe(false)
    expect(simulator.counters.complete).toBe(1)
  })

  test('is a matter of storage whatever the recorder throws', async () => {
    const cause = new RangeError('no such table')
    const { router } = failing(cause)
    const error = await failureOf(askEcho(router))
    expect(error).toMatchObject({ code: 'storage_unavailable', status: 503, cause })
    expect(error.message).not.toContain('table')
    expect(errorsIn(await textOf(await askEcho(router, { stream: true })))).toEqual([
      'storage_unavailable',
    ])
  })

  test('is as bad when the recorder throws at once', async () => {
    const recorder = {
      record() {
        throw new RangeError('closed')
      },
    }
    const { router } = setUp({ ports: { recorder } })
    expect((await failureOf(askEcho(router))).code).toBe('storage_unavailable')
  })

  test('does not hide what went wrong before', async () => {
    const { router, simulator } = failing(diskFull)
    simulator.script(['rate-limited', 'close-mid-stream'])
    expect((await failureOf(askEcho(router))).code).toBe('rate_limit_exceeded')
    const text = await textOf(await askEcho(router, { stream: true }))
    expect(errorsIn(text)).toEqual(['upstream_incomplete'])
  })
})

describe('until the record is safe', () => {
  function holdingRecorder() {
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    let started = () => {}
    const recordingStarted = new Promise<void>((resolve) => {
      started = resolve
    })
    const recorder = {
      record() {
        started()
        return released
      },
    }
    return { recorder, recordingStarted, release }
  }

  test.each(lanes)('the terminal frame is withheld (%s)', async (lane) => {
    const { recorder, recordingStarted, release } = holdingRecorder()
    const { router } = setUp({ lane, ports: { recorder } })
    const stream = pieces(await askEcho(router, { stream: true }))
    let seen = ''
    const reading = (async () => {
      for await (const piece of stream) seen += Buffer.from(piece)
    })()
    await recordingStarted
    await quiet()
    const seenBefore = seen
    release()
    await reading
    expect(saidIn(seenBefore)).toBe(saidIn(seen))
    expect(seenBefore).not.toContain('[DONE]')
    expect(seen.slice(seenBefore.length)).toBe('data: [DONE]\n\n')
  })

  test('a whole answer is withheld', async () => {
    const { recorder, recordingStarted, release } = holdingRecorder()
    const { router } = setUp({ ports: { recorder } })
    const order: string[] = []
    const answered = askEcho(router).then(() => order.push('answered'))
    await recordingStarted
    await quiet()
    order.push('recorded')
    release()
    await answered
    expect(order).toEqual(['recorded', 'answered'])
  })

  test('a failure is withheld', async () => {
    const { recorder, recordingStarted, release } = holdingRecorder()
    const { router, simulator } = setUp({ ports: { recorder } })
    simulator.script('server-error')
    const order: string[] = []
    const failed = failureOf(askEcho(router)).then(() => order.push('failed'))
    await recordingStarted
    await quiet()
    order.push('recorded')
    release()
    await failed
    expect(order).toEqual(['recorded', 'failed'])
  })
})
