import { expect, test } from 'vitest'
import { awsSignature } from './aws-signature.ts'

// Made with invented credentials and checked against AWS's own signer.
const secrets = {
  accessKeyId: 'AKIDEXAMPLE0GATEWAY1',
  secretAccessKey: 'exampleSecretKey/NotReal+0123456789abcdef',
}
const body = '{"messages":[{"role":"user","content":[{"text":"ping"}]}]}'
const now = () => Date.UTC(2026, 10, 20, 10, 11, 12)
const never = () => Promise.reject(new TypeError('Nothing is sent to sign.'))

const signed = (url: string, more: object) =>
  awsSignature({ service: 'bedrock', now })(
    {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      body,
      allowPrivateNetwork: false,
    },
    { ...secrets, ...more },
    never,
  )

test('bedrock#1: the path is encoded once on the wire and twice in the signature', async () => {
  const model = encodeURIComponent('us.example.chat-model-v1:0')
  const url = `https://bedrock-runtime.us-east-1.amazonaws.com/model/${model}/converse`
  const request = await signed(url, { region: 'us-east-1' })
  expect(request.url).toBe(url)
  expect(request.headers.authorization).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE0GATEWAY1/20261120/us-east-1/bedrock/aws4_request, ' +
      'SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, ' +
      'Signature=5f7458d32d8a5cb72794ba6f69e06b32182aefce640c93104c6221358e5e73c1',
  )
  expect(request.headers['x-amz-content-sha256']).toBe(
    '4aa04a6370978105e91ae95f7f65a995077abc27944248164786772aad804f38',
  )
})

test('a session token is signed, and slashes of an ARN are part of one segment', async () => {
  const arn = 'arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc123'
  const request = await signed(
    `https://bedrock-runtime.eu-west-1.amazonaws.com/model/${encodeURIComponent(arn)}/converse-stream`,
    { region: 'eu-west-1', sessionToken: 'ExampleSessionToken==' },
  )
  expect(request.headers.authorization).toMatch(
    /SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=8ff1b7c36facd7b10ce600868404788d7853125d0a80ff72954c70c8ad21d1c1$/,
  )
})

test('a credential without a region is refused before anything is signed', async () => {
  await expect(signed('https://bedrock-runtime.eu-west-1.amazonaws.com/x', {})).rejects.toThrow(
    expect.objectContaining({ code: 'credential_rejected' }),
  )
})
