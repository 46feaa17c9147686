// OpenAI's masks are transparent where to edit; other providers' are black there and white elsewhere.

import type { MediaContent } from '@aigne-hub/protocol'
import type { Size } from '../image-size.ts'
import { bytesOf } from '../media-content.ts'
import { refuse } from '../read-field.ts'
import { writeGreyPng } from './grey-png.ts'
import { type PngAlpha, readPngAlpha } from './png-alpha.ts'

/** As large as anything that is made, several times over. Reading it takes the thread that long. */
const maxPixels = 4096 * 4096

/** A mask in black and white. */
export interface PaintedMask extends Size {
  png: Uint8Array
}

const readAlpha = (mask: MediaContent) => readPngAlpha(bytesOf(mask, 'mask'), maxPixels)

/**
 * The mask in black and white; undefined when it is no PNG with transparent pixels, and so may be black and
 * white already.
 * @throws HubError `invalid_request` when its text is no base64.
 */
export function paintedMask(mask: MediaContent): PaintedMask | undefined {
  const image = readAlpha(mask)
  return image?.alpha.includes(0) ? painted(image) : undefined
}

/**
 * The same for a mask that must be transparent where to edit.
 * @throws HubError `invalid_request` for anything but a PNG with transparent pixels.
 */
export function readMask(mask: MediaContent): PaintedMask {
  const image = readAlpha(mask)
  if (!image) {
    return refuse('mask', 'a PNG image that is not interlaced, of at most 4096 by 4096 pixels')
  }
  if (!image.alpha.includes(0)) {
    return refuse('mask', 'transparent in the places that are to be edited')
  }
  return painted(image)
}

function painted({ width, height, alpha }: PngAlpha): PaintedMask {
  const pixels = alpha.map((opacity) => (opacity === 0 ? 0 : 255))
  return { width, height, png: writeGreyPng({ width, height }, pixels) }
}
