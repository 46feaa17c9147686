/** IPv4 addresses no provider may have, one or more of each kind. */
export const privateIpv4 = [
  '10.0.0.1',
  '10.255.255.254',
  '127.0.0.1',
  '127.8.9.10',
  '172.16.0.1',
  '172.31.255.254',
  '192.168.1.1',
  '169.254.1.1',
  '100.64.0.1',
  '100.127.255.254',
]
export const metadataIpv4 = [
  '169.254.169.254',
  '169.254.170.2',
  '168.63.129.16',
  '192.0.0.192',
  '100.100.100.200',
]
export const specialIpv4 = [
  '0.0.0.0',
  '0.1.2.3',
  '192.0.0.8',
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.250',
  '240.0.0.1',
  '255.255.255.255',
]

export const privateIpv6 = ['::1', 'fc00::1', 'fd12:3456:789a::1', 'fe80::1', 'febf::1']
export const metadataIpv6 = ['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254']
export const specialIpv6 = [
  '::',
  'fec0::1',
  'ff02::1',
  '100::1',
  '64:ff9b::808:808',
  '64:ff9b:1::808:808',
  '2002:808:808::1',
  '2001::1',
  '2001:0:53aa:64c::1',
  '2001:2::1',
  '2001:10::1',
  '2001:20::1',
  '2001:db8::1',
  '3fff::1',
  '5f00::1',
  '4000::1',
  '::ffff:0:8.8.8.8',
]

/** How one IPv4 address can be written as the host of a URL. */
export function spellings(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  const whole = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
  const octal = (value: number) => `0${value.toString(8)}`
  const hex = (value: number) => `0x${value.toString(16)}`
  const high = ((a << 8) | b).toString(16)
  const low = ((c << 8) | d).toString(16)
  return [
    address,
    `${address}.`,
    String(whole),
    octal(whole),
    hex(whole),
    hex(whole).toUpperCase(),
    [a, b, c, d].map(octal).join('.'),
    [a, b, c, d].map(hex).join('.'),
    `${a}.${hex(b)}.${octal(c)}.${d}`,
    `${a}.${b}.${(c << 8) | d}`,
    `${a}.${(b << 16) | (c << 8) | d}`,
    [...address].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join(''),
    // Full-width digits and the ideographic full stop, which URLs fold to ASCII.
    [...address]
      .map((letter) => (letter === '.' ? '\u3002' : String.fromCharCode(0xff10 + Number(letter))))
      .join(''),
    `[::ffff:${address}]`,
    `[::ffff:${high}:${low}]`,
    `[0:0:0:0:0:ffff:${high}:${low}]`,
    `[::FFFF:${address}]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b:1::${high}:${low}]`,
    `[2002:${high}:${low}::1]`,
    `[::ffff:0:${address}]`,
  ]
}
