import { invalid } from '../openai/fields.ts'

const step = 16

/**
 * Width and height of a picture of this ratio, with about the pixels of a square.
 * @param ratio `16:9`
 * @param side of the square, in pixels
 * @throws Problem for what is no ratio
 */
export function sizeOf(ratio: string, side: number, param: string) {
  const [, across, down] = /^(\d{1,2}(?:\.5)?):(\d{1,2})$/.exec(ratio) ?? []
  const shape = Number(across) / Number(down)
  if (!(shape > 0 && Number.isFinite(shape))) throw invalid(param, 'it must be WIDTH:HEIGHT')
  const rounded = (length: number) => Math.max(step, Math.round(length / step) * step)
  return { width: rounded(side * Math.sqrt(shape)), height: rounded(side / Math.sqrt(shape)) }
}
