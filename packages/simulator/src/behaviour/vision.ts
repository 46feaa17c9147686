import { Problem } from '../problem.ts'
import type { ShownImage, Turn } from './chat-types.ts'
import { readImageSize } from './image-size.ts'
import { dataOf } from './image-tokens.ts'
import { type Colour, mainColour } from './png-colour.ts'

/**
 * Measures the images shown last.
 * @throws Problem `invalidImage` for a data URL that holds no PNG, JPEG, GIF or WebP image.
 */
export function visionText(turns: readonly Turn[]): string {
  const images = turns.findLast((turn) => turn.images.length > 0)?.images ?? []
  if (images.length === 0) {
    return 'I am a simulator, and there is no image in your message. Send one as a data URL, and I will measure it.'
  }
  const lines = images.map((image, at) => `- Image ${at + 1}: ${describe(image)}`)
  return `I am a simulator: I cannot see, but I can measure.\n\n${lines.join('\n')}`
}

function describe({ url, param }: ShownImage): string {
  const bytes = dataOf(url)
  if (!bytes) {
    if (url.startsWith('data:')) throw notAnImage(param)
    return 'sorry, I do not fetch addresses. Send it as a data URL instead.'
  }
  const size = readImageSize(bytes)
  if (!size) throw notAnImage(param)
  const measured = `${size.format}, ${size.width} × ${size.height} pixels`
  const colour = size.format === 'PNG' ? mainColour(bytes) : undefined
  return colour ? `${measured}, mostly ${nameOf(colour)} (${hexOf(colour)})` : measured
}

function notAnImage(param: string): Problem {
  return new Problem(
    'invalidImage',
    'This is not a PNG, JPEG, GIF or WebP image in a base64 data URL.',
    param,
  )
}

const names: Readonly<Record<string, Colour>> = {
  black: [0, 0, 0],
  white: [255, 255, 255],
  grey: [128, 128, 128],
  red: [220, 30, 30],
  orange: [255, 150, 20],
  yellow: [245, 225, 40],
  green: [30, 160, 60],
  turquoise: [50, 200, 190],
  blue: [40, 70, 220],
  purple: [130, 50, 180],
  pink: [245, 140, 190],
  brown: [125, 80, 40],
}

function nameOf([red, green, blue]: Colour): string {
  const distances = Object.entries(names).map(
    ([name, colour]) =>
      [name, Math.hypot(red - colour[0], green - colour[1], blue - colour[2])] as const,
  )
  return distances.reduce((best, one) => (one[1] < best[1] ? one : best))[0]
}

function hexOf(colour: Colour): string {
  return `#${colour.map((sample) => sample.toString(16).padStart(2, '0')).join('')}`
}
