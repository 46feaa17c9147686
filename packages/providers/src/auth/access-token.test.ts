import {
  HubError,
  type Secrets,
  type TransportRequest,
  type TransportResponse,
} from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { answer } from '../testing/answers.ts'
import { accessToken, fingerprint, type TokenGrant } from './access-token.ts'

const minute = 60_000

const grant: TokenGrant = {
  name: 'Example',
  keyOf: async ({ secret = '' }) => secret,
  ask: async ({ secret = '' }) => ({
    url: 'https://login.example/token',
    form: { grant_type: 'client_credentials', client_secret: secret },
  }),
}

const request: TransportRequest = {
  method: 'POST',
  url: 'https://api.example/v1/chat',
  headers: { 'content-type': 'application/json' },
  body: '{}',
  allowPrivateNetwork: false,
}

/** A token service that hands out `token-1`, `token-2` …, and a clock. */
function bench(reply?: (count: number) => TransportResponse) {
  const asked: TransportRequest[] = []
  const clock = { now: 1_000_000 }
  const sign = accessToken(grant, () => clock.now)
  const send = async (sent: TransportRequest) => {
    asked.push(sent)
    const count = asked.length
    return reply?.(count) ?? answer(200, { access_token: `token-${count}`, expires_in: 3599 })
  }
  const signed = async (secrets: Secrets = { secret: 'canary' }) =>
    (await sign(request, secrets, send)).headers.authorization
  return { asked, clock, signed }
}

async function refusalOf(promise: Promise<unknown>): Promise<HubError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof HubError) return error
  throw new TypeError('It was not refused.')
}

describe('an access token', () => {
  test('is asked for with a form, and goes into the header', async () => {
    const { asked, signed } = bench()
    expect(await signed()).toBe('Bearer token-1')
    expect(asked).toEqual([
      {
        method: 'POST',
        url: 'https://login.example/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&client_secret=canary',
        allowPrivateNetwork: false,
      },
    ])
  })

  test('is asked for once by calls at the same time', async () => {
    const { asked, signed } = bench()
    const all = await Promise.all(Array.from({ length: 20 }, () => signed()))
    expect(new Set(all)).toEqual(new Set(['Bearer token-1']))
    expect(asked).toHaveLength(1)
  })

  test('is kept until minutes before its end, and then replaced by one more', async () => {
    const { asked, clock, signed } = bench()
    await signed()
    clock.now += 3599_000 - 5 * minute - 1
    expect(await signed()).toBe('Bearer token-1')
    clock.now += 1
    expect(await Promise.all([signed(), signed()])).toEqual(['Bearer token-2', 'Bearer token-2'])
    expect(asked).toHaveLength(2)
  })

  test('is never used after its end: one that says nothing of it serves one call', async () => {
    const { signed } = bench((count) => answer(200, { access_token: `token-${count}` }))
    expect([await signed(), await signed()]).toEqual(['Bearer token-1', 'Bearer token-2'])
  })

  test('is each credential its own', async () => {
    const { asked, signed } = bench()
    expect(await signed({ secret: 'a' })).toBe('Bearer token-1')
    expect(await signed({ secret: 'b' })).toBe('Bearer token-2')
    expect(await signed({ secret: 'a' })).toBe('Bearer token-1')
    expect(asked).toHaveLength(2)
  })

  test.each([400, 401, 403])('refused with %i, says so without the secret', async (status) => {
    const { signed } = bench(() =>
      answer(status, { error: 'invalid_client', error_description: 'not "canary"' }),
    )
    const { code, message, cause, upstream } = await refusalOf(signed())
    expect(code).toBe('credential_rejected')
    expect(`${message} ${String(cause)} ${JSON.stringify(upstream)}`).not.toContain('canary')
    expect(upstream?.status).toBe(status)
  })

  test.each([
    ['in haste', answer(429, {})],
    ['broken', answer(503, 'canary')],
    ['no JSON', answer(200, '<html>canary</html>')],
    ['without a token', answer(200, { access_token: '' })],
  ])('from a service that is %s, is a failure of the upstream', async (_, reply) => {
    const { code, message } = await refusalOf(bench(() => reply).signed())
    expect(code).toBe('upstream_failed')
    expect(message).not.toContain('canary')
  })

  test('comes all the same when the call that asked for it is abandoned', async () => {
    const { asked, signed } = bench((count) => {
      if (count === 1) throw new DOMException('The caller has left.', 'AbortError')
      return answer(200, { access_token: 'mine', expires_in: 3599 })
    })
    const [left, ...others] = await Promise.allSettled([signed(), signed(), signed()])
    expect(left).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } })
    for (const other of others) {
      expect(other).toEqual({ status: 'fulfilled', value: 'Bearer mine' })
    }
    expect(asked).toHaveLength(2)
  })

  test('is asked for anew after a failure, which everybody who waited gets', async () => {
    const { asked, signed } = bench((count) =>
      count === 1 ? answer(503, {}) : answer(200, { access_token: 'late', expires_in: 60 }),
    )
    const [one, two] = await Promise.all([refusalOf(signed()), refusalOf(signed())])
    expect(one.code).toBe('upstream_failed')
    expect(two.code).toBe('upstream_failed')
    expect(asked).toHaveLength(1)
    expect(await signed()).toBe('Bearer late')
  })
})

test('a fingerprint tells secrets apart and holds none of them', async () => {
  const names = await Promise.all([
    fingerprint('canary', 'x'),
    fingerprint('canary', 'y'),
    fingerprint('canary', 'x'),
  ])
  expect(names[0]).toBe(names[2])
  expect(names[0]).not.toBe(names[1])
  expect(names.join()).not.toContain('canary')
})
