import { BlockList } from 'node:net'
import { HubError } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isAddressAllowed, readEgressUrl } from './egress.ts'
import {
  metadataIpv4,
  metadataIpv6,
  privateIpv4,
  privateIpv6,
  specialIpv4,
  specialIpv6,
  spellings,
} from './testing/forbidden-addresses.ts'

/** The IANA IPv4 Special-Purpose Address Registry, whatever is not globally reachable, and multicast. */
const ianaIpv4 = new BlockList()
for (const range of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]) {
  const [net = '', bits] = range.split('/')
  ianaIpv4.addSubnet(net, Number(bits), 'ipv4')
}
/** Globally reachable but never a provider: AS112 and AMT relays, and Azure's metadata service. */
const otherIpv4 = new BlockList()
otherIpv4.addSubnet('192.31.196.0', 24)
otherIpv4.addSubnet('192.52.193.0', 24)
otherIpv4.addSubnet('192.175.48.0', 24)
otherIpv4.addAddress('168.63.129.16')

const ipv4 = fc.ipV4()
const verdict = (url: string, allowPrivateNetwork = false) => {
  try {
    readEgressUrl(url, allowPrivateNetwork)
    return 'allowed'
  } catch (error) {
    return error instanceof HubError ? error.code : error
  }
}

describe('an address', () => {
  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '11.0.0.1',
    '126.255.255.255',
    '128.0.0.1',
    '169.253.0.1',
    '2606:4700::1111',
    '2001:4860:4860::8888',
    '::ffff:8.8.8.8',
  ])('%s may be called', (address) => {
    expect(isAddressAllowed(address, false)).toBe(true)
  })

  test('is allowed exactly when the registries say that it is public', () => {
    fc.assert(
      fc.property(ipv4, (address) => {
        const reserved = ianaIpv4.check(address) || otherIpv4.check(address)
        expect(isAddressAllowed(address, false)).toBe(!reserved)
      }),
      { numRuns: 2_000 },
    )
  })

  test('is judged alike in all its spellings', () => {
    fc.assert(
      fc.property(ipv4, fc.boolean(), (address, allowPrivate) => {
        const expected = isAddressAllowed(address, allowPrivate) ? 'allowed' : 'egress_refused'
        const transitions = /64:ff9b|2002:|ffff:0:/
        for (const host of spellings(address).filter((text) => !transitions.test(text))) {
          expect(`${host} ${verdict(`http://${host}/`, allowPrivate)}`).toBe(`${host} ${expected}`)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('of a transition range is never called, whatever is inside', () => {
    for (const host of ['[64:ff9b::8.8.8.8]', '[2002:808:808::1]', '[::ffff:0:8.8.8.8]']) {
      expect(`${host} ${verdict(`https://${host}/`, true)}`).toBe(`${host} egress_refused`)
    }
  })
})

describe('allowPrivateNetwork', () => {
  test.each([...privateIpv4, ...privateIpv6])('opens %s', (address) => {
    expect(isAddressAllowed(address, false)).toBe(false)
    expect(isAddressAllowed(address, true)).toBe(true)
  })

  test.each([...metadataIpv4, ...metadataIpv6, ...specialIpv4, ...specialIpv6])(
    'does not open %s',
    (address) => {
      expect(isAddressAllowed(address, true)).toBe(false)
    },
  )

  test('opens localhost, and not the names of metadata services', () => {
    expect(verdict('http://localhost:11434/v1')).toBe('egress_refused')
    expect(verdict('http://localhost:11434/v1', true)).toBe('allowed')
    expect(verdict('http://metadata.google.internal/x', true)).toBe('egress_refused')
    expect(verdict('http://metadata.google.internal./x', true)).toBe('egress_refused')
  })
})

describe('a refusal', () => {
  const refusal = (url: string, allowPrivateNetwork = false): string => {
    try {
      readEgressUrl(url, allowPrivateNetwork)
    } catch (error) {
      if (error instanceof HubError) return error.message
    }
    throw new Error('It was not refused.')
  }

  test('names the host and the setting to change, not the path', () => {
    const message = refusal('http://10.0.0.5:8000/private-path?key=canary')
    expect(message).toContain('10.0.0.5:8000')
    expect(message).toContain('allowPrivateNetwork: true')
    expect(message).not.toMatch(/private-path|canary/)
  })

  test('does not advise a setting that would not help', () => {
    expect(refusal('http://169.254.169.254/', true)).not.toContain('allowPrivateNetwork: true')
  })

  test('of a URL with a password does not repeat it', () => {
    expect(refusal('https://user:canary@api.example.com/')).not.toContain('canary')
  })
})
