// Width and height from the first bytes of an image. Sources: W3C PNG 11.2.2 (IHDR), ITU-T T.81 B.2.2
// (SOF), GIF89a 18 (logical screen descriptor), RFC 9649 2.5 ff. (WebP containers).

export interface ImageSize {
  format: 'PNG' | 'JPEG' | 'GIF' | 'WebP'
  width: number
  height: number
}

const pngSignature = '89504e470d0a1a0a'

/** Undefined for anything that is not a PNG, JPEG, GIF or WebP image. */
export function readImageSize(bytes: Buffer): ImageSize | undefined {
  if (bytes.length < 24) return bytes.length < 10 ? undefined : gifSize(bytes)
  if (bytes.toString('hex', 0, 8) === pngSignature && bytes.toString('latin1', 12, 16) === 'IHDR') {
    return sized('PNG', bytes.readUInt32BE(16), bytes.readUInt32BE(20))
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegSize(bytes)
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') {
    return webpSize(bytes)
  }
  return gifSize(bytes)
}

function sized(format: ImageSize['format'], width: number, height: number): ImageSize | undefined {
  return width > 0 && height > 0 ? { format, width, height } : undefined
}

function gifSize(bytes: Buffer): ImageSize | undefined {
  const version = bytes.toString('latin1', 0, 6)
  if (version !== 'GIF87a' && version !== 'GIF89a') return undefined
  return sized('GIF', bytes.readUInt16LE(6), bytes.readUInt16LE(8))
}

/** Start-of-frame markers; C4, C8 and CC in between mean something else. */
function isFrameMarker(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
}

function jpegSize(bytes: Buffer): ImageSize | undefined {
  let at = 2
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1] ?? 0
    if (isFrameMarker(marker)) {
      return sized('JPEG', bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5))
    }
    // 0xff fills up; markers without a length are restart marks and TEM.
    const isBare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)
    if (marker === 0xff) at += 1
    else at += isBare ? 2 : 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}

function webpSize(bytes: Buffer): ImageSize | undefined {
  if (bytes.length < 30) return undefined
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return sized('WebP', bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1)
    case 'VP8L': {
      const word = bytes.readUInt32LE(21)
      return sized('WebP', (word & 0x3fff) + 1, ((word >>> 14) & 0x3fff) + 1)
    }
    case 'VP8 ':
      return sized('WebP', bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff)
    default:
      return undefined
  }
}
