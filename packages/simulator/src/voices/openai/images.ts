import type { ImagesOutcome, ImagesQuestion } from '../../behaviour/images.ts'
import type { Behaviour } from '../../behaviour/index.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { choiceOf, flag, invalid, numberOf, requiredText } from './fields.ts'

export interface ImagesOptions {
  isUrl: boolean
}

const longestPrompt = 32_000
const mostPixels = 3840 * 2160
const countRule = { least: 1, most: 10, isInteger: true }
const qualities = ['auto', 'low', 'medium', 'high', 'standard', 'hd'] as const
const usedQuality = {
  auto: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  standard: 'medium',
  hd: 'high',
} as const

/** @throws Problem naming the field that cannot be read. */
export function readImages(
  body: JsonObject,
  behaviour: Behaviour,
): { question: ImagesQuestion; options: ImagesOptions } {
  const model = body.model == null ? 'image' : requiredText(body, 'model')
  behaviour.model(model, 'images')
  const prompt = requiredText(body, 'prompt')
  if (prompt.length > longestPrompt) {
    throw invalid('prompt', `it takes at most ${longestPrompt} characters`)
  }
  if (flag(body, 'stream', false)) {
    throw new Problem('unsupportedParameter', 'The simulator does not stream images.', 'stream')
  }
  if (choiceOf(body, 'output_format', ['png', 'jpeg', 'webp'], 'png') !== 'png') {
    throw new Problem('unsupportedValue', 'The simulator only draws PNG.', 'output_format')
  }
  return {
    question: {
      model,
      prompt,
      ...readSize(body),
      count: numberOf(body, 'n', countRule) ?? 1,
      quality: usedQuality[choiceOf(body, 'quality', qualities, 'auto')],
    },
    options: {
      isUrl: choiceOf(body, 'response_format', ['b64_json', 'url'], 'b64_json') === 'url',
    },
  }
}

/** Multiples of 16, no side longer than three times the other. */
function readSize(body: JsonObject): { width: number; height: number } {
  const size = body.size == null ? 'auto' : requiredText(body, 'size')
  if (size === 'auto') return { width: 1024, height: 1024 }
  const match = /^(\d{1,4})x(\d{1,4})$/.exec(size)
  const [width, height] = [Number(match?.[1]), Number(match?.[2])]
  const fits =
    width > 0 &&
    width % 16 === 0 &&
    height % 16 === 0 &&
    Math.max(width, height) <= 3 * Math.min(width, height) &&
    width * height <= mostPixels
  if (!fits) {
    throw invalid(
      'size',
      'it must be WIDTHxHEIGHT in multiples of 16, at most 1:3, up to 3840x2160',
    )
  }
  return { width, height }
}

/** The list of images, as JSON text. */
export function writeImages(
  { width, height, quality }: ImagesQuestion,
  { images, usage }: ImagesOutcome,
  { isUrl }: ImagesOptions,
  nowMs: number,
): string {
  return JSON.stringify({
    created: Math.floor(nowMs / 1000),
    background: 'opaque',
    output_format: 'png',
    quality,
    size: `${width}x${height}`,
    data: images.map((image) => {
      const data = image.toString('base64')
      return isUrl ? { url: `data:image/png;base64,${data}` } : { b64_json: data }
    }),
    ...(usage
      ? {
          usage: {
            input_tokens: usage.input,
            input_tokens_details: { text_tokens: usage.input, image_tokens: 0 },
            output_tokens: usage.output,
            total_tokens: usage.total,
          },
        }
      : {}),
  })
}
