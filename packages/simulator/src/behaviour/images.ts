import { crc32 } from 'node:zlib'
import { createRandom, hash } from '../random.ts'
import { countTokens } from '../tokens.ts'
import type { Usage } from './chat-types.ts'
import { drawPng } from './png.ts'

export interface ImagesQuestion {
  model: string
  prompt: string
  width: number
  height: number
  /** How many, ≥ 1. */
  count: number
  quality: 'low' | 'medium' | 'high'
  /** Images that are to be changed, or drawn after; absent = none. */
  references?: readonly Uint8Array[]
  /** What of the first one may change. */
  mask?: Uint8Array
}

export interface ImagesOutcome {
  /** PNG files. */
  images: Buffer[]
  /** What the prompt was taken for; only where there were images to change. */
  revisedPrompt?: string
  /** What of the input is images, in tokens. */
  imageTokens: number
  usage: Partial<Usage> | undefined
}

/** The model whose every picture is a file of 20 MB. */
export const largeImage = 'image-large'
const largeBytes = 20 * 1024 * 1024

/** Tokens of one picture of 1024 × 1024 in OpenAI's image models. */
const outputTokens = { low: 272, medium: 1056, high: 4160 } as const
const megapixel = 1024 * 1024
const referenceTokens = 194

/** Draws pictures that depend on the prompt and the images given; each of several is another one. */
export function answerImages(question: ImagesQuestion, seed: number): ImagesOutcome {
  const { model, prompt, width, height, count, quality, references = [], mask } = question
  const given = mask === undefined ? references : [...references, mask]
  const first = hash(
    prompt,
    given.reduce((sum, file) => crc32(file, sum), seed),
  )
  const fillerBytes = model === largeImage ? largeBytes : 0
  const images = Array.from({ length: count }, (_, at) =>
    drawPng({ width, height }, createRandom(first + at), fillerBytes),
  )
  const imageTokens = given.length * referenceTokens
  const input = countTokens(prompt) + imageTokens
  const each = Math.ceil((outputTokens[quality] * width * height) / megapixel)
  const output = each * count
  return {
    images,
    ...(references.length > 0 ? { revisedPrompt: revised(prompt, references.length, mask) } : {}),
    imageTokens,
    usage: { input, output, total: input + output },
  }
}

function revised(prompt: string, references: number, mask: Uint8Array | undefined): string {
  const images = references === 1 ? '1 image' : `${references} images`
  return `${prompt} (from ${images}, ${mask === undefined ? 'without' : 'with'} a mask)`
}
