// Audio that is a tone. Sources: the RIFF/WAVE format (Multimedia Programming Interface 1.0), ISO 11172-3
// 2.4 (MPEG audio frames), ISO 13818-7 6.2 (ADTS), RFC 3533 (Ogg), RFC 9639 (FLAC).

export const audioFormats = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'] as const
export type AudioFormat = (typeof audioFormats)[number]

/** Of WAV and PCM, with one channel of 16-bit samples. */
const samplesPerSecond = 24_000
const bytesPerSample = 2
const pcmBytesPerSecond = samplesPerSecond * bytesPerSample

const pieceBytes = 16 * 1024
const loudness = 6000

/** One sample of a sine wave that fits a piece a whole number of times, so that pieces join without a click. */
function sampleAt(at: number, cyclesPerPiece: number): number {
  const phase = (at * bytesPerSample * cyclesPerPiece) / pieceBytes
  return Math.round(loudness * Math.sin(2 * Math.PI * phase))
}

/**
 * Sixteen-bit samples, little-endian, of a tone. Long audio is the same piece over and over: it takes no
 * more memory than a short one.
 * @param cyclesPerPiece how high the tone is: waves in 16 KiB
 */
function tone(totalBytes: number, cyclesPerPiece: number): Uint8Array[] {
  const piece = Buffer.alloc(Math.min(pieceBytes, totalBytes))
  for (let at = 0; at * bytesPerSample < piece.length; at++) {
    piece.writeInt16LE(sampleAt(at, cyclesPerPiece), at * bytesPerSample)
  }
  return repeated(piece, totalBytes)
}

function repeated(piece: Uint8Array, totalBytes: number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let left = totalBytes; left > 0; left -= piece.length) pieces.push(piece.subarray(0, left))
  return pieces
}

function wavHeader(dataBytes: number): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + dataBytes, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(samplesPerSecond, 24)
  header.writeUInt32LE(pcmBytesPerSecond, 28)
  header.writeUInt16LE(bytesPerSample, 32)
  header.writeUInt16LE(8 * bytesPerSample, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(dataBytes, 40)
  return header
}

const codedBytesPerSecond = 16_000
const mp3FrameBytes = 417
/** MPEG-1 layer III, 128 kbit/s, 44.1 kHz, mono; what follows is silence. */
const mp3Frame = [0xff, 0xfb, 0x90, 0xc4]
/** AAC LC, 24 kHz, one channel; a frame of 341 bytes. */
const aacFrame = [0xff, 0xf1, 0x58, 0x40, 0x2a, 0xbf, 0xfc]
const aacFrameBytes = 341

function silentFrames(head: readonly number[], frameBytes: number, totalBytes: number) {
  const framesAPiece = Math.floor(pieceBytes / frameBytes)
  const frames = Math.max(1, Math.round(totalBytes / frameBytes))
  const piece = Buffer.alloc(Math.min(frames, framesAPiece) * frameBytes)
  for (let at = 0; at < piece.length; at += frameBytes) piece.set(head, at)
  return repeated(piece, frames * frameBytes)
}

/** What a second of audio takes, about. */
export function audioBytesPerSecond(format: AudioFormat): number {
  return format === 'pcm' || format === 'wav' ? pcmBytesPerSecond : codedBytesPerSecond
}

/** The right first bytes and nothing behind them that could be played. */
function magicOnly(magic: string, totalBytes: number): Uint8Array[] {
  const head = Buffer.from(magic, 'latin1')
  const rest = Math.max(0, totalBytes - head.length)
  return [head, ...repeated(new Uint8Array(Math.min(pieceBytes, rest)), rest)]
}

/**
 * Audio of so many seconds, in at least two pieces of up to 16 KiB. WAV and PCM hold a tone, MP3 and AAC are frames of
 * silence, Opus and FLAC begin as such files do and go no further.
 */
export function makeAudio(
  format: AudioFormat,
  seconds: number,
  cyclesPerPiece: number,
): Uint8Array[] {
  const pieces = audioPieces(format, seconds, cyclesPerPiece)
  const [only] = pieces
  if (only === undefined || pieces.length > 1) return pieces
  return [only.subarray(0, only.length >> 1), only.subarray(only.length >> 1)]
}

function audioPieces(format: AudioFormat, seconds: number, cyclesPerPiece: number): Uint8Array[] {
  const dataBytes = Math.round(seconds * samplesPerSecond) * bytesPerSample
  const codedBytes = Math.round(seconds * codedBytesPerSecond)
  switch (format) {
    case 'pcm':
      return tone(dataBytes, cyclesPerPiece)
    case 'wav':
      return [wavHeader(dataBytes), ...tone(dataBytes, cyclesPerPiece)]
    case 'mp3':
      return silentFrames(mp3Frame, mp3FrameBytes, codedBytes)
    case 'aac':
      return silentFrames(aacFrame, aacFrameBytes, codedBytes)
    case 'opus':
      return magicOnly('OggS\0\x02', codedBytes)
    case 'flac':
      return magicOnly('fLaC', codedBytes)
  }
}

export interface AudioLength {
  format: 'WAV' | 'MP3' | 'AAC' | 'Ogg' | 'FLAC' | 'WebM' | 'MP4' | 'unknown'
  /** Exact for WAV, else what the size makes likely. */
  seconds: number
}

/** What kind of audio this is, and how long it lasts. */
export function measureAudio(bytes: Buffer): AudioLength {
  const start = bytes.toString('latin1', 0, 12)
  if (start.startsWith('RIFF') && start.endsWith('WAVE')) return measureWav(bytes)
  const likely = bytes.length / codedBytesPerSecond
  if (start.startsWith('OggS')) return { format: 'Ogg', seconds: likely }
  if (start.startsWith('fLaC')) return { format: 'FLAC', seconds: likely }
  if (start.startsWith('\x1aE\xdf\xa3')) return { format: 'WebM', seconds: likely }
  if (start.slice(4, 8) === 'ftyp') return { format: 'MP4', seconds: likely }
  if (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xf6) === 0xf0)
    return { format: 'AAC', seconds: likely }
  const isFrame = bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0
  return { format: isFrame || start.startsWith('ID3') ? 'MP3' : 'unknown', seconds: likely }
}

/** Chunks of a RIFF file start at even places. */
function measureWav(bytes: Buffer): AudioLength {
  let bytesPerSecond = 0
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4)
    const size = bytes.readUInt32LE(at + 4)
    if (name === 'fmt ' && at + 20 <= bytes.length) bytesPerSecond = bytes.readUInt32LE(at + 16)
    if (name === 'data' && bytesPerSecond > 0) {
      // Audio that was written as it was made announces more than there is.
      const dataBytes = Math.min(size, bytes.length - at - 8)
      return { format: 'WAV', seconds: dataBytes / bytesPerSecond }
    }
    at += 8 + size + (size & 1)
  }
  return { format: 'WAV', seconds: 0 }
}
