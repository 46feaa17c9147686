import type { TransportRequest } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { answer } from '../testing/answers.ts'
import { fingerprint } from './access-token.ts'
import { awsSignature } from './aws-signature.ts'
import { entraId } from './entra-id.ts'

const request: TransportRequest = {
  method: 'POST',
  url: 'https://api.example/x',
  headers: {},
  body: '{}',
  allowPrivateNetwork: false,
}
const accessKey = { accessKeyId: 'AKIA1', secretAccessKey: 'secret', region: 'eu-west-1' }
const never = () => Promise.reject(new TypeError('Nothing is sent to sign.'))

test.each(['accessKeyId', 'sessionToken'])(
  'an AWS %s that no header can carry is refused, and nothing repeats it',
  async (field) => {
    for (const value of ['canary\n', 'can\rary', 'canary\u4e2d']) {
      const signing = awsSignature({ service: 'bedrock' })(
        request,
        { ...accessKey, [field]: value },
        never,
      )
      const error = await Promise.resolve(signing).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'credential_rejected' })
      expect(error).not.toHaveProperty('cause')
      expect(String(error)).toContain(field)
      expect(String(error)).not.toMatch(/can.?ary/)
    }
  },
)

test('a token of one Entra cloud is not shown for a credential of another', async () => {
  const sign = entraId('scope')
  const asked: string[] = []
  const tokenOf = async (more: object) => {
    const secrets = { tenantId: 't', clientId: 'c', clientSecret: 's', ...more }
    const { headers } = await sign(request, secrets, async ({ url }) => {
      asked.push(new URL(url).host)
      return answer(200, { access_token: `token-${asked.length}`, expires_in: 3600 })
    })
    return headers.authorization
  }
  expect(await tokenOf({})).toBe('Bearer token-1')
  expect(await tokenOf({ authority: 'https://login.microsoftonline.us' })).toBe('Bearer token-2')
  expect(await tokenOf({})).toBe('Bearer token-1')
  expect(asked).toEqual(['login.microsoftonline.com', 'login.microsoftonline.us'])
})

test('a fingerprint tells where one field ends and the next begins', async () => {
  expect(await fingerprint('a\nb', 'c')).not.toBe(await fingerprint('a', 'b\nc'))
})
