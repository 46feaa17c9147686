// Pictures of Amazon Nova Canvas. Source: Amazon Nova user guide, "Image generation and editing".

import {
  type Exchange,
  type ExchangeDialect,
  type ImagesRequest,
  type ImagesResponse,
  type JsonObject,
  type MediaFile,
  toBase64,
  usageOf,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readError } from '../bedrock-converse/errors.ts'
import {
  contentOf,
  countOf,
  type ImageWords,
  imageFrom,
  keepImageFields,
  qualityLevel,
  refuseShape,
  type WantedShape,
  wantedShape,
  withheld,
} from '../image-request.ts'
import { type Size, sizeOfShape } from '../image-size.ts'
import { Losses } from '../losses.ts'
import { paintedMask } from '../mask/painted-mask.ts'
import { base64Of } from '../media-content.ts'
import { malformed, readObject } from '../upstream-fault.ts'
import { invokeRequest } from './invoke.ts'

const mostImages = 20
const mostImagesPerCall = 5
const mostReferences = 5
const mostSeed = 2_147_483_646
/** Pixels along a side, and along the side of a square as large as a picture may be. */
const leastSide = 320
const mostSide = 4096
const mostSquareSide = 2048
const mostStretch = 4
const step = 16

const words: ImageWords = {
  fields: ['quality', 'style', 'negativePrompt', 'seed', 'images', 'mask', 'outputFormat'],
  extensions: ['cfg_scale', 'similarity_strength'],
}

const styles = [
  '3D_ANIMATED_FAMILY_FILM',
  'DESIGN_SKETCH',
  'FLAT_VECTOR_ILLUSTRATION',
  'GRAPHIC_NOVEL_ILLUSTRATION',
  'MAXIMALISM',
  'MIDCENTURY_RETRO',
  'PHOTOREALISM',
  'SOFT_DIGITAL_PAINTING',
]

interface Wanted {
  /** `taskType` and its parameters. */
  task: JsonObject
  /** `imageGenerationConfig` without the number of images. */
  config: JsonObject
  count: number
  seed?: number
  dropped: string[]
  reported: Pick<ImagesResponse, 'size' | 'quality'>
}

/** @throws HubError `unsupported_parameter` for what Nova Canvas has no words for. */
function readWishes(request: ImagesRequest, target: WireTarget): Wanted {
  const losses = new Losses(target)
  const { outputFormat, seed } = request
  const { cfg_scale: cfgScale, similarity_strength: similarity } = keepImageFields(
    request,
    words,
    losses,
  )
  if (outputFormat !== undefined && outputFormat !== 'png') losses.meaning('output_format')
  const task = writeTask(request, similarity, target, losses)
  const config: JsonObject = {}
  const reported: Wanted['reported'] = {}
  const wanted = wantedShape(request, losses)
  const size = sizeFor(wanted, losses)
  // What is painted into a picture leaves it as large as it is.
  if (size && task.taskType === 'INPAINTING') losses.hint(wanted.param)
  else if (size) {
    Object.assign(config, size)
    reported.size = `${size.width}x${size.height}`
  }
  const quality = writeQuality(request, losses)
  if (quality !== undefined) {
    config.quality = quality
    reported.quality = quality
  }
  if (typeof cfgScale === 'number') config.cfgScale = cfgScale
  const isSeed = seed !== undefined && seed >= 0 && seed <= mostSeed
  if (seed !== undefined && !isSeed) losses.hint('seed')
  const count = countOf(request, mostImages, losses)
  return { task, config, count, reported, ...(isSeed && { seed }), dropped: losses.dropped }
}

function writeTask(
  { prompt, negativePrompt, images = [], mask, style }: ImagesRequest,
  similarity: unknown,
  target: WireTarget,
  losses: Losses,
): JsonObject {
  const told: JsonObject = { text: prompt }
  if (negativePrompt) told.negativeText = negativePrompt
  const [first] = images
  const name = style?.toUpperCase() ?? ''
  const isStyle = styles.includes(name)
  if (style !== undefined && (!isStyle || first)) losses.hint('style')
  const maskImage = mask && writeMask(mask, first !== undefined, target, losses)
  if (first === undefined) {
    const textToImageParams = isStyle ? { ...told, style: name } : told
    return { taskType: 'TEXT_IMAGE', textToImageParams }
  }
  const most = maskImage === undefined ? mostReferences : 1
  if (images.length > most) losses.meaning('image', undefined, `${images.length} images at once`)
  const data = images.slice(0, most).map((file) => base64Of(contentOf(file, 'image', target)))
  if (maskImage !== undefined) {
    return {
      taskType: 'INPAINTING',
      inPaintingParams: { ...told, image: data[0] ?? '', maskImage },
    }
  }
  const imageVariationParams: JsonObject = { ...told, images: data }
  if (typeof similarity === 'number') imageVariationParams.similarityStrength = similarity
  return { taskType: 'IMAGE_VARIATION', imageVariationParams }
}

/**
 * Masks of Nova Canvas are black where it is to paint and white elsewhere; it refuses what is transparent.
 * @throws HubError `unsupported_parameter` for a mask that has no image.
 */
function writeMask(
  mask: MediaFile,
  hasImage: boolean,
  target: WireTarget,
  losses: Losses,
): string | undefined {
  if (!hasImage) {
    losses.meaning('mask', undefined, 'a mask without an image')
    return undefined
  }
  const content = contentOf(mask, 'mask', target)
  const painted = paintedMask(content)
  return painted ? toBase64(painted.png) : base64Of(content)
}

/** OpenAI's words and Nova's own; undefined for its own choice. */
function writeQuality({ quality }: ImagesRequest, losses: Losses): string | undefined {
  if (quality === undefined || quality === 'auto') return undefined
  if (quality === 'premium') return quality
  const level = qualityLevel(quality)
  if (level === undefined) {
    losses.hint('quality')
    return undefined
  }
  return level === 'high' ? 'premium' : 'standard'
}

/**
 * The size itself where it is allowed, else the nearest of its shape.
 * @throws HubError `unsupported_parameter` for a shape that is too long.
 */
function sizeFor(wanted: WantedShape, losses: Losses): Size | undefined {
  const { pixels, shape } = wanted
  if (!shape) return undefined
  const stretch = Math.max(shape.width / shape.height, shape.height / shape.width)
  if (stretch > mostStretch) {
    refuseShape(wanted, losses)
    return undefined
  }
  if (pixels && isAllowed(pixels)) return pixels
  const side = pixels ? Math.sqrt(pixels.width * pixels.height) : 1024
  const least = leastSide * Math.sqrt(stretch)
  const found = sizeOfShape(shape, Math.min(Math.max(side, least), mostSquareSide - step))
  return {
    width: Math.min(found.width, found.height * mostStretch),
    height: Math.min(found.height, found.width * mostStretch),
  }
}

function isAllowed({ width, height }: Size): boolean {
  const isSide = (pixels: number) =>
    pixels >= leastSide && pixels <= mostSide && pixels % step === 0
  return isSide(width) && isSide(height) && width * height <= mostSquareSide ** 2
}

function* exchange(request: ImagesRequest, target: WireTarget): Exchange<'images'> {
  const { task, config, count, seed, dropped, reported } = readWishes(request, target)
  const calls = Array.from({ length: Math.ceil(count / mostImagesPerCall) }, (_, call) => {
    const numberOfImages = Math.min(mostImagesPerCall, count - call * mostImagesPerCall)
    // The same seed would make the same pictures again.
    const own = seed === undefined ? {} : { seed: (seed + call) % (mostSeed + 1) }
    const imageGenerationConfig = { ...config, ...own, numberOfImages }
    return invokeRequest({ ...task, imageGenerationConfig }, target, dropped)
  })
  const answers = yield { do: 'send', requests: calls }
  const read = answers.map(({ body }) => readObject(body, target))
  const images = read.flatMap((answer) => {
    const list = Array.isArray(answer.images) ? answer.images : []
    return list.flatMap((data) => imageFrom(data, undefined, 'image/png') ?? [])
  })
  if (images.length === 0) {
    // Where it says that it held pictures back: `status` is `Request Moderated` then.
    const isWithheld = read.some(({ error, status }) => [error, status].some(isText))
    throw isWithheld ? withheld(target) : malformed(target, 'without images')
  }
  const usage = usageOf({ images: images.length, estimated: true })
  return { created: 0, images, outputFormat: 'png', ...reported, usage }
}

const isText = (value: unknown) => typeof value === 'string' && value !== ''

/** Pictures of Amazon Nova Canvas: made from words, varied, and painted into. */
export const bedrockImages: ExchangeDialect<'images'> = {
  id: 'bedrock-images',
  operation: 'images',
  exchange,
  readError,
}
