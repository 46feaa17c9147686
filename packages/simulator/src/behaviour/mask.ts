import { type ImageSize, readImageSize } from './image-size.ts'
import { isBlackAndWhite } from './png-colour.ts'

/** What is wrong with `mask` as a mask of an image of this size; undefined = nothing. */
export function maskFault(mask: Buffer, { width, height }: Omit<ImageSize, 'format'>) {
  const size = readImageSize(mask)
  if (!size) return 'it is no image'
  if (size.width !== width || size.height !== height) {
    return `it must have the size of the image, ${width}x${height}, not ${size.width}x${size.height}`
  }
  // Compression blurs the edges, so only a PNG can be held to it.
  const isPure = size.format === 'PNG' ? isBlackAndWhite(mask) : true
  return isPure === false ? 'it must be black and white, without grey or transparency' : undefined
}
