import { generateKeyPairSync } from 'node:crypto'
import type { Secrets, Sign, TransportRequest } from '@aigne-hub/protocol'
import { importSPKI, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { answer } from '../testing/answers.ts'
import { entraId } from './entra-id.ts'
import { googleServiceAccount } from './google-service-account.ts'

const request: TransportRequest = {
  method: 'POST',
  url: 'https://api.example/x',
  headers: {},
  allowPrivateNetwork: false,
}

/** What a grant sends to its token service, and the header that comes of it. */
async function granted(sign: Sign, secrets: Secrets) {
  const asked: TransportRequest[] = []
  const signed = await sign(request, secrets, async (sent) => {
    asked.push(sent)
    return answer(200, { access_token: 'token-1', expires_in: 3599 })
  })
  const form = new URLSearchParams(String(asked[0]?.body))
  return { url: asked[0]?.url, form, authorization: signed.headers.authorization }
}

describe('a Google service account', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const file = {
    type: 'service_account',
    private_key_id: 'k1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'hub@project-1.iam.gserviceaccount.com',
    token_uri: 'https://oauth2.example/token',
  }
  const seconds = 1_795_132_800
  const sign = googleServiceAccount(() => seconds * 1000)

  test('is exchanged for a token by an assertion that its key has signed', async () => {
    const { url, form, authorization } = await granted(sign, {
      serviceAccount: JSON.stringify(file),
    })
    expect(authorization).toBe('Bearer token-1')
    expect(url).toBe('https://oauth2.example/token')
    expect([...form.keys()]).toEqual(['grant_type', 'assertion'])
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const key = await importSPKI(String(publicKey.export({ type: 'spki', format: 'pem' })), 'RS256')
    const { payload, protectedHeader } = await jwtVerify(form.get('assertion') ?? '', key, {
      currentDate: new Date(seconds * 1000),
      audience: 'https://oauth2.example/token',
      issuer: 'hub@project-1.iam.gserviceaccount.com',
    })
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'k1' })
    expect(payload).toMatchObject({
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      iat: seconds,
      exp: seconds + 3600,
    })
  })

  test('goes to Google when its file names no token service', async () => {
    const { token_uri: _, ...rest } = file
    const { url } = await granted(sign, { serviceAccount: JSON.stringify(rest) })
    expect(url).toBe('https://oauth2.googleapis.com/token')
  })

  test.each([
    ['canary, which is no JSON'],
    ['{"private_key":"canary"}'],
    ['["canary"]'],
    [JSON.stringify({ ...file, private_key: 'canary' })],
  ])('that cannot be read is refused, and not repeated', async (serviceAccount) => {
    const refused = granted(sign, { serviceAccount })
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'credential_rejected' }))
    await expect(refused).rejects.not.toThrow('canary')
  })
})

describe('Microsoft Entra ID', () => {
  const sign = entraId('https://cognitiveservices.azure.com/.default')
  const secrets = { tenantId: 'tenant/1', clientId: 'client-1', clientSecret: 's&e=c' }

  test('gives a token for the client credentials of a tenant', async () => {
    const { url, form, authorization } = await granted(sign, secrets)
    expect(authorization).toBe('Bearer token-1')
    expect(url).toBe('https://login.microsoftonline.com/tenant%2F1/oauth2/v2.0/token')
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'client_credentials',
      client_id: 'client-1',
      client_secret: 's&e=c',
      scope: 'https://cognitiveservices.azure.com/.default',
    })
  })

  test('is another one in a national cloud', async () => {
    const authority = 'https://login.microsoftonline.us'
    const { url } = await granted(sign, { ...secrets, clientId: 'client-2', authority })
    expect(url).toBe('https://login.microsoftonline.us/tenant%2F1/oauth2/v2.0/token')
  })
})
