import { hash, hkdfSync, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** A new API key. `key` is shown once and kept nowhere; the rest may be stored. */
export interface MintedApiKey {
  /** The whole key: `hub_<environment>_<id, 10><secret, 32><checksum, 6>`, all base62. */
  key: string
  /** Ten base62 characters that name the key without opening anything. */
  id: string
  /** `hub_<environment>_<id>`: what a list may show. */
  prefix: string
  /** What is stored and looked up instead of the key. See `digestApiKey`. */
  digest: string
}

export interface MintOptions {
  /** Two to sixteen lower-case letters: `live`, `demo`. */
  environment: string
  /** Random bytes, as many as asked for. Default: the system's. */
  random?: (size: number) => Uint8Array
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const idLength = 10
const secretLength = 32
const checksumLength = 6
const environmentPattern = /^[a-z]{2,16}$/
const mintedPattern = /^hub_[a-z]{2,16}_[0-9A-Za-z]{48}$/
const mintedStart = 'hub_'
// Printable ASCII without the space: what survives any header, shell and YAML file unchanged.
const operatorPattern = /^[\x21-\x7e]*$/
const operatorMinLength = 16
const maxLength = 256

/** Characters drawn evenly: bytes that would favour the first letters of the alphabet are thrown away. */
function drawBase62(length: number, random: (size: number) => Uint8Array): string {
  const unbiased = 256 - (256 % base62.length)
  let text = ''
  while (text.length < length) {
    for (const byte of random(length * 2)) {
      if (byte < unbiased && text.length < length) text += base62[byte % base62.length]
    }
  }
  return text
}

/** CRC32 of everything before it, so that a change of any one character is certain to be noticed. */
function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let at = 0; at < checksumLength; at++) {
    digits = base62[rest % base62.length] + digits
    rest = Math.floor(rest / base62.length)
  }
  return digits
}

/**
 * Makes an API key: 190 bits of secret, and a checksum that lets a scanner, and our own front door,
 * tell a key from junk without asking anybody.
 * @throws TypeError when the environment is not two to sixteen lower-case letters.
 */
export function mintApiKey({ environment, random = randomBytes }: MintOptions): MintedApiKey {
  if (!environmentPattern.test(environment)) {
    throw new TypeError(
      `An API key's environment is 2 to 16 lower-case letters, not "${environment}".`,
    )
  }
  const drawn = drawBase62(idLength + secretLength, random)
  const id = drawn.slice(0, idLength)
  const body = `${mintedStart}${environment}_${drawn}`
  const key = body + checksum(body)
  return { key, id, prefix: `${mintedStart}${environment}_${id}`, digest: digestApiKey(key) }
}

/**
 * The demo key of an installation: the same for as long as its master key is, so that it can be shown
 * at every start without being stored. HKDF (RFC 5869) keeps it from telling anything of the master key.
 */
export function deriveDemoKey(masterKey: Uint8Array): MintedApiKey {
  let round = 0
  const random = (size: number) =>
    new Uint8Array(hkdfSync('sha256', masterKey, '', `aigne-hub demo API key ${round++}`, size))
  return mintApiKey({ environment: 'demo', random })
}

/** Is this a key that `mintApiKey` made, by its shape and checksum alone? */
export function isWellFormed(key: string): boolean {
  if (!mintedPattern.test(key)) return false
  return checksum(key.slice(0, -checksumLength)) === key.slice(-checksumLength)
}

/**
 * What keeps a string from serving as a key that the operator chose; `undefined` when nothing does.
 * The answer completes the sentence "the key …" and never repeats the key.
 */
export function checkOperatorKey(text: string): string | undefined {
  if (!operatorPattern.test(text)) return 'may only hold printable ASCII characters without spaces'
  if (text.length < operatorMinLength) return `must have at least ${operatorMinLength} characters`
  if (text.length > maxLength) return `may have at most ${maxLength} characters`
  if (text.startsWith(mintedStart) && !isWellFormed(text)) {
    return `starts with "${mintedStart}" like the hub's own keys, but its checksum is wrong: a character was lost or changed`
  }
  return undefined
}

/** Could this be an API key at all? `false` saves the look-up. */
export function mayBeApiKey(text: string): boolean {
  return text.startsWith(mintedStart) ? isWellFormed(text) : checkOperatorKey(text) === undefined
}

/**
 * SHA-256 of the whole key, in hex. A fast hash is enough for a secret of this length; it is taken before
 * any look-up, so what a stranger sends never reaches a query.
 */
export function digestApiKey(key: string): string {
  return hash('sha256', key, 'hex')
}

/** What a screen or a log may show of a key: the prefix of ours, four characters of an operator's own. */
export function maskApiKey(key: string): string {
  const shown = isWellFormed(key) ? key.length - secretLength - checksumLength : 4
  return `${key.slice(0, shown)}…`
}
