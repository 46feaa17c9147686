// What every provider of pictures that does not speak OpenAI's dialect does with a request: which of its
// fields it has words for, and what becomes of the others.

import {
  type GeneratedImage,
  HubError,
  type ImagesRequest,
  type JsonObject,
  type MediaContent,
  type MediaFile,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { isSameShape, linesOf, nearestShape, parseSize, type Size } from './image-size.ts'
import type { Losses } from './losses.ts'
import { dataUrl } from './media-content.ts'
import { type Fault, faultError } from './upstream-fault.ts'

/** Fields that only help, and what callers call them. */
const hints = [
  ['quality', 'quality'],
  ['style', 'style'],
  ['outputCompression', 'output_compression'],
  ['moderation', 'moderation'],
  ['inputFidelity', 'input_fidelity'],
  ['negativePrompt', 'negative_prompt'],
  ['seed', 'seed'],
  ['user', 'user'],
] as const

/** Fields without which the picture would not be what was asked for. */
const meanings = [
  ['mask', 'mask'],
  ['images', 'image'],
  ['outputFormat', 'output_format'],
] as const

/** What a provider can be told besides the prompt. Number, size and shape are its dialect's to write. */
export interface ImageWords {
  fields: readonly (keyof ImagesRequest)[]
  /** Fields of its own that a caller may name. */
  extensions: readonly string[]
}

/**
 * Reports or refuses the fields that a provider has no words for.
 * @returns the extensions that are its own.
 * @throws HubError `unsupported_parameter`.
 */
export function keepImageFields(
  request: ImagesRequest,
  { fields, extensions }: ImageWords,
  losses: Losses,
): JsonObject {
  for (const [field, param] of hints) {
    if (request[field] !== undefined && !fields.includes(field)) losses.hint(param)
  }
  for (const [field, param] of meanings) {
    if (request[field] !== undefined && !fields.includes(field)) losses.meaning(param)
  }
  if (request.background !== undefined && !fields.includes('background')) {
    if (request.background === 'transparent') losses.meaning('background')
    else losses.hint('background')
  }
  return keepExtensions(request.extensions, extensions, losses)
}

/** The extensions that are the provider's own; the others are reported. */
export function keepExtensions(
  given: JsonObject | undefined,
  own: readonly string[],
  losses: Losses,
): JsonObject {
  const kept: JsonObject = {}
  for (const name in given) {
    if (own.includes(name)) kept[name] = given[name]
    else losses.hint(name)
  }
  return kept
}

/** A size in pixels, and the shape that is asked for: by the size, else by the ratio. */
export interface WantedShape {
  pixels?: Size
  shape?: Size
  /** The caller's field that says so, and what it says. */
  param: 'size' | 'aspect_ratio'
  said?: string
}

/** Reports a size or a ratio that says nothing, and a ratio beside a size of another shape. */
export function wantedShape(
  { size, aspectRatio }: { size?: string; aspectRatio?: string },
  losses: Losses,
): WantedShape {
  const pixels = parseSize(size)
  const ratio = parseSize(aspectRatio)
  if (size !== undefined && size !== 'auto' && linesOf(size) === undefined) losses.hint('size')
  const isSaid = ratio && (!pixels || isSameShape(pixels, ratio))
  if (aspectRatio !== undefined && !isSaid) losses.hint('aspect_ratio')
  if (pixels && size) return { pixels, shape: pixels, param: 'size', said: size }
  return { param: 'aspect_ratio', ...(ratio && aspectRatio && { shape: ratio, said: aspectRatio }) }
}

/**
 * The nearest of the provider's words for the shape that is asked for, by size or by ratio.
 * @throws HubError `unsupported_parameter` when none is near.
 */
export function wordForShape(
  request: { size?: string; aspectRatio?: string },
  words: readonly string[],
  losses: Losses,
): string | undefined {
  const wanted = wantedShape(request, losses)
  if (!wanted.shape) return undefined
  const word = nearestShape(wanted.shape, words)
  if (word === undefined) refuseShape(wanted, losses)
  return word
}

/** @throws HubError `unsupported_parameter`, unless the caller would rather lose the shape. */
export function refuseShape({ param, said }: WantedShape, losses: Losses): void {
  const what = param === 'size' ? 'a shape like that of' : 'an aspect ratio like'
  losses.meaning(param, undefined, `${what} ${said}`)
}

/**
 * How many pictures may be asked for.
 * @throws HubError `unsupported_parameter` for more than `most`.
 */
export function countOf({ n }: ImagesRequest, most: number, losses: Losses): number {
  if (n <= most) return n
  losses.meaning('n', undefined, `${n} images at once`)
  return most
}

export type QualityLevel = 'low' | 'medium' | 'high'

const levelOfQuality = new Map<string, QualityLevel>([
  ['low', 'low'],
  ['medium', 'medium'],
  ['standard', 'medium'],
  ['high', 'high'],
  ['hd', 'high'],
  ['xhigh', 'high'],
  ['max', 'high'],
])

/** Which of three levels a quality of OpenAI's is; undefined for `auto` and for words nobody knows. */
export function qualityLevel(quality: string): QualityLevel | undefined {
  return levelOfQuality.get(quality)
}

/**
 * A request for each of `count` pictures, where one call makes one.
 * @param write the request with this seed: the same one would make the same picture again.
 */
export function repeated(
  { seed }: ImagesRequest,
  count: number,
  write: (seed: number | undefined) => WireRequest,
): WireRequest[] {
  if (seed === undefined) return new Array<WireRequest>(count).fill(write(undefined))
  return Array.from({ length: count }, (_, call) => write(seed + call))
}

/** An address, or one that holds the data. */
export function addressOf(file: MediaFile): string {
  return 'url' in file ? file.url : dataUrl(file)
}

/**
 * A file's content; the hub has fetched what came as an address, where the provider is known to need it.
 * @throws HubError `unsupported_parameter` for an address.
 */
export function contentOf(file: MediaFile, param: string, { provider }: WireTarget): MediaContent {
  if (!('url' in file)) return file
  throw new HubError(
    'unsupported_parameter',
    `${provider} fetches no files. Send the data of ${param} instead of an address.`,
    { param },
  )
}

/** The failure of an answer whose every picture the provider's filter held back. */
export function withheld(target: WireTarget): HubError {
  const message = 'its filter held back what it made. Change the prompt'
  return faultError({ code: 'content_filter', message }, target)
}

/** Doubao's are `OutputImageSensitiveContentDetected`, `InputTextRiskDetection` and the like. */
const filters = /moderation|policy|safety|content_filter|sensitive|risk/i

/** What went wrong with one picture or one job under a status of 200: filters speak through the code. */
export function madeError(found: Fault, target: WireTarget): HubError {
  return filters.test(found.code ?? '') ? withheld(target) : faultError(found, target)
}

/** How the base64 of pictures begins. */
const starts: readonly (readonly [start: string, mimeType: string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['UklGR', 'image/webp'],
  ['R0lGOD', 'image/gif'],
]

/** A picture as the provider names it: data before an address; undefined when there is neither. */
export function imageFrom(
  data: unknown,
  url: unknown,
  mimeType?: unknown,
): GeneratedImage | undefined {
  const told = typeof mimeType === 'string' && mimeType.startsWith('image/') ? mimeType : undefined
  if (typeof data === 'string' && data !== '') {
    const type = told ?? starts.find(([start]) => data.startsWith(start))?.[1]
    return { data, ...(type && { mimeType: type }) }
  }
  if (typeof url === 'string' && /^https?:\/\//i.test(url)) {
    return { url, ...(told && { mimeType: told }) }
  }
  return undefined
}
