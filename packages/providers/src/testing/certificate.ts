import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

// Just enough of X.509 (RFC 5280) and DER (X.690) to sign a certificate for a test server.

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts)
const set = (...parts: Uint8Array[]) => der(0x31, ...parts)
const integer = (bytes: Uint8Array) => der(0x02, bytes)
const bitString = (bytes: Uint8Array) => der(0x03, Buffer.from([0]), bytes)
const octetString = (bytes: Uint8Array) => der(0x04, bytes)
const utf8 = (text: string) => der(0x0c, Buffer.from(text))
const time = (date: Date) =>
  der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`))
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
const commonName = oid('550403')
const subjectAltName = oid('551d11')

/** A certificate for `name` that signed itself, with its key, both PEM. */
export function selfSignedCertificate(
  name: string,
  { from = new Date(Date.now() - 60_000), until = new Date(Date.now() + 3_600_000) } = {},
): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  })
  const serial = randomBytes(8)
  serial[0] = 1
  const names = sequence(set(sequence(commonName, utf8(name))))
  const alternatives = octetString(sequence(der(0x82, Buffer.from(name))))
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256,
    names,
    sequence(time(from), time(until)),
    names,
    publicKey,
    der(0xa3, sequence(sequence(subjectAltName, alternatives))),
  )
  const signature = sign('sha256', body, createPrivateKey(privateKey))
  const base64 = sequence(body, ecdsaWithSha256, bitString(signature)).toString('base64')
  return {
    key: privateKey,
    cert: `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`,
  }
}
