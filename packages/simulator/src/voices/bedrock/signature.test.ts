import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { canonicalRequest, checkSignature, readSigned } from './signature.ts'

// Requests that were signed elsewhere, with invented credentials.
const accessKeyId = 'AKIDEXAMPLE0GATEWAY1'
const secret = 'exampleSecretKey/NotReal+0123456789abcdef'
const text = '{"messages":[{"role":"user","content":[{"text":"ping"}]}]}'
const bytes = Buffer.from(text)
const payloadHash = '4aa04a6370978105e91ae95f7f65a995077abc27944248164786772aad804f38'
const dateMs = Date.UTC(2026, 10, 20, 10, 11, 12)

interface Vector {
  region: string
  target: string
  headerNames: string
  signature: string
  canonicalHash: string
  more: Record<string, string>
}

const vectors: Record<string, Vector> = {
  A: {
    region: 'us-east-1',
    target: '/model/us.example.chat-model-v1%3A0/converse',
    headerNames: 'content-type;host;x-amz-content-sha256;x-amz-date',
    signature: '5f7458d32d8a5cb72794ba6f69e06b32182aefce640c93104c6221358e5e73c1',
    canonicalHash: 'eac23c8913f89e087daa2b45d7c280dac848ab2e88499d2e56c44ca507fb96a4',
    more: {},
  },
  B: {
    region: 'eu-west-1',
    target:
      '/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A111122223333%3Aapplication-inference-profile%2Fabc123/converse-stream',
    headerNames: 'content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token',
    signature: '8ff1b7c36facd7b10ce600868404788d7853125d0a80ff72954c70c8ad21d1c1',
    canonicalHash: 'f8edad7e097f65f2508de6cc62b16a47290b47e83cb61c0523c5566da9c05eb7',
    more: { 'x-amz-security-token': 'ExampleSessionToken==' },
  },
}

function requestOf({ region, target, headerNames, signature, more }: Vector) {
  const credential = `${accessKeyId}/20261120/${region}/bedrock/aws4_request`
  return {
    method: 'POST',
    target,
    bytes,
    headers: {
      'content-type': 'application/json',
      host: `bedrock-runtime.${region}.amazonaws.com`,
      'x-amz-content-sha256': payloadHash,
      'x-amz-date': '20261120T101112Z',
      'user-agent': 'anything',
      ...more,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${headerNames}, Signature=${signature}`,
    },
  }
}

type SignedRequest = ReturnType<typeof requestOf>

function check(request: SignedRequest, nowMs = dateMs): void {
  const signed = readSigned(request.headers)
  if (!signed) throw new Error('The request is not signed.')
  checkSignature(request, signed, {
    nowMs,
    secretOf: (id) => (id === accessKeyId ? secret : ''),
  })
}

test.each(Object.entries(vectors))(
  'vector %s is accepted, five minutes to both sides',
  (_, one) => {
    const request = requestOf(one)
    const canonical = canonicalRequest(
      request,
      { headerNames: one.headerNames.split(';') },
      payloadHash,
    )
    expect(createHash('sha256').update(canonical).digest('hex')).toBe(one.canonicalHash)
    expect(() => check(request)).not.toThrow()
    expect(() => check(request, dateMs + 300_000)).not.toThrow()
    expect(() => check(request, dateMs - 300_000)).not.toThrow()
    expect(() => check(request, dateMs + 301_000)).toThrow('expired')
    expect(() => check(request, dateMs - 301_000)).toThrow('not yet current')
  },
)

function altered(change: (request: SignedRequest) => Partial<SignedRequest>) {
  const request = requestOf(vectors.A as Vector)
  return () => check({ ...request, ...change(request) })
}

test('anything that is signed and altered is refused', () => {
  const mismatch = 'does not match the signature you provided'
  const withHeader = (name: string, value: string) =>
    altered(({ headers }) => ({ headers: { ...headers, [name]: value } }))
  expect(altered(() => ({ method: 'PUT' }))).toThrow(mismatch)
  expect(altered(({ target }) => ({ target: target.replace('%3A', ':') }))).toThrow(mismatch)
  expect(altered(({ target }) => ({ target: `${target}?x=1` }))).toThrow(mismatch)
  expect(withHeader('content-type', 'text/plain')).toThrow(mismatch)
  expect(altered(() => ({ bytes: Buffer.from(`${text} `) }))).toThrow('x-amz-content-sha256')
  expect(withHeader('x-amz-security-token', 'other')).toThrow('must be signed and are not')
  expect(withHeader('x-amz-date', '20261119T101112Z')).toThrow('Date in Credential scope')
  expect(withHeader('x-amz-date', 'yesterday')).toThrow('cannot be read')
})

function withAuthorization(change: (header: string) => string) {
  return altered(({ headers }) => ({
    headers: { ...headers, authorization: change(headers.authorization) },
  }))
}

test('a scope, an order of headers or a form that is not right is refused', () => {
  expect(withAuthorization((one) => one.replace('/bedrock/', '/s3/'))).toThrow('correct service')
  expect(withAuthorization((one) => one.replace('us-east-1', 'us-west-2'))).toThrow(
    'does not match',
  )
  expect(withAuthorization((one) => one.replace('content-type;host', 'host;content-type'))).toThrow(
    'sorted',
  )
  expect(withAuthorization(() => 'AWS4-HMAC-SHA256 Credential=x')).toThrow('cannot be read')
})

test('a request that is not signed is none of its business', () => {
  expect(readSigned({ authorization: 'Bearer key' })).toBeUndefined()
  expect(readSigned({})).toBeUndefined()
})
