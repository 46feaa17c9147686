import type { ImagesOutcome, ImagesQuestion } from '../../behaviour/images.ts'
import type { Behaviour } from '../../behaviour/index.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import type { Step } from '../../reply.ts'
import { namedEvent } from '../openai-media/events.ts'
import { type MediaNames, mediaModel } from '../openai-media/media-names.ts'
import { choiceOf, flag, invalid, numberOf, requiredText } from './fields.ts'

export interface ImagesOptions {
  isUrl: boolean
  /** Undefined: whole. Else how many previews of each picture are streamed. */
  previews: number | undefined
}

const longestPrompt = 32_000
const mostPixels = 3840 * 2160
const countRule = { least: 1, most: 10, isInteger: true }
const previewsRule = { least: 0, most: 3, isInteger: true }
const qualities = ['auto', 'low', 'medium', 'high', 'xhigh', 'max', 'standard', 'hd'] as const
const usedQuality = {
  auto: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
  standard: 'medium',
  hd: 'high',
} as const

/** @throws Problem naming the field that cannot be read. */
export function readImages(
  body: JsonObject,
  behaviour: Behaviour,
  names?: MediaNames,
): { question: ImagesQuestion; options: ImagesOptions } {
  const name = body.model == null ? 'image' : requiredText(body, 'model')
  const model = mediaModel(name, 'images', behaviour, names)
  const prompt = requiredText(body, 'prompt')
  if (prompt.length > longestPrompt) {
    throw invalid('prompt', `it takes at most ${longestPrompt} characters`)
  }
  const formats = ['png', 'jpeg', 'webp', 'gif', 'svg'] as const
  if (choiceOf(body, 'output_format', formats, 'png') !== 'png') {
    throw new Problem('unsupportedValue', 'The simulator only draws PNG.', 'output_format')
  }
  const previews = numberOf(body, 'partial_images', previewsRule) ?? 0
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
      previews: flag(body, 'stream', false) ? previews : undefined,
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

function usageOf({ usage, imageTokens }: ImagesOutcome): JsonObject {
  if (!usage) return {}
  const { input, output, total } = usage
  const textTokens = typeof input === 'number' ? input - imageTokens : input
  return {
    usage: {
      input_tokens: input,
      input_tokens_details: { text_tokens: textTokens, image_tokens: imageTokens },
      output_tokens: output,
      total_tokens: total,
    },
  }
}

function formOf({ width, height, quality }: ImagesQuestion): JsonObject {
  return { background: 'opaque', output_format: 'png', quality, size: `${width}x${height}` }
}

/** The list of images. `link` makes an address for a picture. */
export function writeImages(
  question: ImagesQuestion,
  outcome: ImagesOutcome,
  { isUrl }: ImagesOptions,
  nowMs: number,
  link: (png: Buffer) => string,
): JsonObject {
  const { images, revisedPrompt } = outcome
  const revised = revisedPrompt === undefined ? {} : { revised_prompt: revisedPrompt }
  return {
    created: Math.floor(nowMs / 1000),
    ...formOf(question),
    data: images.map((image) =>
      isUrl ? { url: link(image), ...revised } : { b64_json: image.toString('base64'), ...revised },
    ),
    ...usageOf(outcome),
  }
}

/**
 * The events of a stream: the previews of each picture, then the picture.
 * @param kind what is done to the pictures
 * @param previews of one picture
 */
export function writeImageEvents(
  kind: 'image_generation' | 'image_edit',
  question: ImagesQuestion,
  outcome: ImagesOutcome,
  previews: readonly Buffer[],
  nowMs: number,
): Step[] {
  const form = { ...formOf(question), created_at: Math.floor(nowMs / 1000) }
  return outcome.images.flatMap((image) => [
    ...previews.map((preview, index) =>
      namedEvent({
        type: `${kind}.partial_image`,
        b64_json: preview.toString('base64'),
        partial_image_index: index,
        ...form,
      }),
    ),
    namedEvent({
      type: `${kind}.completed`,
      b64_json: image.toString('base64'),
      ...form,
      ...usageOf(outcome),
    }),
  ])
}
