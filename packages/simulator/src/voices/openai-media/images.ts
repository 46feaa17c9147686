import { readImageSize } from '../../behaviour/image-size.ts'
import type { ImagesQuestion } from '../../behaviour/images.ts'
import type { FormPart } from '../../form-data.ts'
import { Problem } from '../../problem.ts'
import type { Reply } from '../../reply.ts'
import { linkTo } from '../files.ts'
import { invalid, missing } from '../openai/fields.ts'
import { type ImagesOptions, readImages, writeImageEvents, writeImages } from '../openai/images.ts'
import { bodyOf } from '../openai/replies.ts'
import { eventsReply, wholeReply } from '../openai-family/replies.ts'
import type { Route } from '../openai-family/vendor.ts'
import type { VoiceContext, VoiceRequest } from '../voice.ts'
import { hasForm, readFormBody } from './form-body.ts'
import { type MediaNames, withPathModel } from './media-names.ts'

interface Drawing {
  question: ImagesQuestion
  options: ImagesOptions
}

function draw(
  kind: 'image_generation' | 'image_edit',
  { question, options }: Drawing,
  request: VoiceRequest,
  context: VoiceContext,
): Reply {
  const { behaviour, nowMs } = context
  const outcome = behaviour.images(question)
  if (options.previews === undefined) {
    const link = (png: Buffer) => linkTo(png, 'image/png', request, context)
    return wholeReply(writeImages(question, outcome, options, nowMs, link))
  }
  const previews = Array.from({ length: options.previews }, (_, at) => {
    const prompt = `Preview ${at + 1} of: ${question.prompt}`
    return behaviour.images({ ...question, prompt, count: 1 }).images
  }).flat()
  return eventsReply(writeImageEvents(kind, question, outcome, previews, nowMs))
}

/** Images from a prompt, as JSON or as events. */
export function imagesRoute(names?: MediaNames): Route {
  return (request, context, paths) => {
    const body = withPathModel(bodyOf(request), paths)
    const drawing = readImages(body, context.behaviour, names)
    return draw('image_generation', drawing, request, context)
  }
}

const mostImages = 16
const mostImageBytes = 50 * 1024 * 1024
const mostMaskBytes = 4 * 1024 * 1024
const editRules = {
  numbers: ['n', 'output_compression', 'partial_images', 'frame_count', 'frame_duration_ms'],
  flags: ['stream'],
}

/** Images from images and a prompt: a form, with the images as `image` or `image[]`. */
export function imageEditsRoute(names?: MediaNames): Route {
  return (request, context, paths) => {
    if (!hasForm(request)) {
      const message = "Invalid Content-Type: this endpoint takes 'multipart/form-data'."
      throw new Problem('invalidRequest', message)
    }
    const { body, files } = readFormBody(request, editRules)
    const { question, options } = readImages(withPathModel(body, paths), context.behaviour, names)
    const references = readReferences(files.get('image') ?? [])
    const [mask] = files.get('mask') ?? []
    if (mask) checkMask(mask, references[0])
    const asked = { ...question, references, ...(mask ? { mask: mask.bytes } : {}) }
    return draw('image_edit', { question: asked, options }, request, context)
  }
}

function readReferences(parts: readonly FormPart[]): Uint8Array[] {
  if (parts.length === 0) throw missing('image')
  if (parts.length > mostImages) throw invalid('image', `it takes at most ${mostImages} images`)
  return parts.map(({ bytes }) => {
    if (bytes.length > mostImageBytes) throw invalid('image', 'an image takes at most 50 MB')
    const format = readImageSize(Buffer.from(bytes))?.format
    if (format === undefined || format === 'GIF') {
      const message = 'Invalid image file: it must be a PNG, JPEG or WebP image.'
      throw new Problem('invalidImage', message, 'image')
    }
    return bytes
  })
}

function checkMask({ bytes }: FormPart, image: Uint8Array | undefined): void {
  if (bytes.length > mostMaskBytes) throw invalid('mask', 'it takes at most 4 MB')
  const size = readImageSize(Buffer.from(bytes))
  if (size?.format !== 'PNG') {
    throw new Problem('invalidImage', 'Invalid mask: it must be a PNG image.', 'mask')
  }
  const wanted = image && readImageSize(Buffer.from(image))
  if (size.width !== wanted?.width || size.height !== wanted.height) {
    throw invalid('mask', 'it must be of the same size as the image')
  }
}
