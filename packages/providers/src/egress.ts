// Which addresses may be called. Whoever can name a base URL could otherwise make the hub talk to the
// machine it runs on, to its neighbours, or to the cloud's metadata service, with a provider's key.

import { isIP } from 'node:net'
import { HubError } from '@aigne-hub/protocol'
import ipaddr from 'ipaddr.js'

/** What `allowPrivateNetwork` opens. Carrier-grade NAT is here because overlay networks live there. */
const privateRanges: ReadonlySet<string> = new Set([
  'private',
  'loopback',
  'linkLocal',
  'uniqueLocal',
  'carrierGradeNat',
])

/**
 * Where clouds hand out credentials and settings of the machine itself; no setting opens these.
 * Sources: the instance metadata pages of AWS (EC2, ECS, EKS), Google Cloud, Azure, Oracle and Alibaba.
 */
const metadataAddresses: ReadonlySet<string> = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '168.63.129.16',
  '192.0.0.192',
  '100.100.100.200',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
])
const metadataNames: ReadonlySet<string> = new Set(['metadata.google.internal'])

/** What an address is, as far as calling it goes. */
type Reach = 'public' | 'private' | 'metadata' | 'special'

function reachOfAddress(text: string): Reach {
  // `process` unwraps IPv4-mapped addresses, so the inner address is judged.
  const address = ipaddr.process(text)
  if (metadataAddresses.has(address.toString())) return 'metadata'
  const range = address.range()
  if (privateRanges.has(range)) return 'private'
  if (range !== 'unicast') return 'special'
  // Only 2000::/3 is handed out as global unicast (IANA, "IPv6 Global Unicast Address Assignments").
  if ('parts' in address && ((address.parts[0] ?? 0) & 0xe000) !== 0x2000) return 'special'
  return 'public'
}

/** `localhost` is loopback by definition (RFC 6761, 6.3); other names are judged by what they resolve to. */
function reachOfName(name: string): Reach | undefined {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  if (bare === 'localhost' || bare.endsWith('.localhost')) return 'private'
  return metadataNames.has(bare) ? 'metadata' : undefined
}

function isAllowed(reach: Reach, allowPrivateNetwork: boolean): boolean {
  return reach === 'public' || (reach === 'private' && allowPrivateNetwork)
}

function refusal(host: string, reach: Reach): HubError {
  const why = {
    private:
      'it is on a private network. If that is meant, set `allowPrivateNetwork: true` for this provider in hub.yaml',
    metadata: 'it is a cloud metadata address, which `allowPrivateNetwork` does not open either',
    special:
      'its address is neither public nor private (reserved, multicast or a transition range)',
    public: 'its address is not allowed',
  }[reach]
  return new HubError('egress_refused', `The hub does not call ${host}: ${why}.`)
}

/** True when an address, as dotted IPv4 or IPv6 text, may be called. */
export function isAddressAllowed(address: string, allowPrivateNetwork: boolean): boolean {
  return isIP(address) !== 0 && isAllowed(reachOfAddress(address), allowPrivateNetwork)
}

/**
 * The URL of a call, checked as far as that is possible without resolving names: http or https, no
 * credentials, and no address that may not be called. Old spellings of IPv4 (`0177.0.0.1`, `127.1`,
 * `2130706433`) are judged as what the URL standard makes of them.
 * @throws HubError `egress_refused`. Its message names the host, never the path.
 */
export function readEgressUrl(text: string, allowPrivateNetwork: boolean): URL {
  const url = URL.parse(text)
  if (url === null) {
    throw new HubError('egress_refused', 'The address of this provider is not a valid URL.')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new HubError(
      'egress_refused',
      `The hub calls http and https only; the address of this provider begins with "${url.protocol}".`,
    )
  }
  if (url.username !== '' || url.password !== '') {
    throw new HubError(
      'egress_refused',
      `The address of ${url.host} holds a user name or a password. Enter those as the provider's credential.`,
    )
  }
  const { hostname } = url
  const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  const reach = isIP(literal) === 0 ? reachOfName(literal) : reachOfAddress(literal)
  if (reach !== undefined && !isAllowed(reach, allowPrivateNetwork)) throw refusal(url.host, reach)
  return url
}

/**
 * Those of a name's addresses that may be called. A name with some allowed addresses is called at those
 * alone: networks with DNS64 add a 64:ff9b:: address, which is never called, to every name.
 * @throws HubError `egress_refused` when none may be called.
 */
export function allowedAddresses<A extends { address: string }>(
  hostname: string,
  addresses: readonly A[],
  allowPrivateNetwork: boolean,
): A[] {
  const allowed = addresses.filter(({ address }) => isAddressAllowed(address, allowPrivateNetwork))
  if (allowed.length > 0) return allowed
  const reaches = addresses.map(({ address }) => reachOfAddress(address))
  const telling = reaches.find((reach) => reach === 'metadata') ?? reaches[0] ?? 'special'
  throw refusal(hostname, telling)
}
