// A request for pictures as the fields and files of one of Ideogram's forms.

import type {
  FormField,
  FormFile,
  ImagesRequest,
  JsonObject,
  WireTarget,
} from '@aigne-hub/protocol'
import { fieldParts, filePart } from '../form-writer.ts'
import { contentOf, keepImageFields, wantedShape, wordForShape } from '../image-request.ts'
import type { Size } from '../image-size.ts'
import type { Losses } from '../losses.ts'
import { readMask } from '../mask/painted-mask.ts'
import type { IdeogramForm } from './forms.ts'
import { type IdeogramModel, speedFor } from './model.ts'
import { aspectRatios, resolutions } from './sizes.ts'

const styleTypes = ['AUTO', 'GENERAL', 'REALISTIC', 'DESIGN', 'FICTION']

/**
 * The parts of the form, without the number of pictures and the seed.
 * @throws HubError `unsupported_parameter` or `invalid_request`.
 */
export function writeParts(
  request: ImagesRequest,
  form: IdeogramForm,
  model: IdeogramModel,
  target: WireTarget,
  losses: Losses,
): (FormField | FormFile)[] {
  const style = styleType(request.style)
  const kept = form.fields.filter((field) => field !== 'style' || style !== undefined)
  // PNG is the only format it has with an alpha channel.
  const isPng = request.background === 'transparent' && request.outputFormat === 'png'
  if (isPng && kept.includes('background')) kept.push('outputFormat')
  const own = keepImageFields(request, { fields: kept, extensions: form.extensions }, losses)
  const mask = kept.includes('mask') && request.mask
  const masked = mask ? readMask(contentOf(mask, 'mask', target)) : undefined
  const fields: JsonObject = {
    [form.prompt]: request.prompt,
    ...shape(request, form, masked, losses),
  }
  if (kept.includes('quality')) fields.rendering_speed = speed(request, form, model, losses)
  if (kept.includes('negativePrompt')) fields.negative_prompt = request.negativePrompt
  if (kept.includes('style')) fields.style_type = style
  if (form.files === 'images' && request.background !== undefined) {
    fields.transparent_background = request.background === 'transparent'
  }
  return [
    ...repeatedParts({ ...fields, ...own }),
    ...imageParts(request, form, target, losses),
    ...(masked ? [maskPart(masked.png)] : []),
  ]
}

/** Several values are parts of one name; objects are text. */
function repeatedParts(fields: JsonObject): FormField[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? value : [value]
    return values.flatMap((entry) => fieldParts({ [name]: entry }))
  })
}

function imageParts(
  { images = [] }: ImagesRequest,
  { files: name }: IdeogramForm,
  target: WireTarget,
  losses: Losses,
): FormFile[] {
  if (name === undefined) return []
  if (name === 'image' && images.length > 1) {
    losses.meaning('image', undefined, 'several images where one is edited in places or remixed')
  }
  const given = name === 'image' ? images.slice(0, 1) : images
  return given.map((file) => filePart(name, contentOf(file, 'image', target)))
}

function maskPart(bytes: Uint8Array): FormFile {
  return { name: 'mask', fileName: 'mask.png', mimeType: 'image/png', bytes }
}

function shape(
  request: ImagesRequest,
  form: IdeogramForm,
  mask: Size | undefined,
  losses: Losses,
): JsonObject {
  switch (form.shape) {
    case 'resolution':
      return { resolution: wordForShape(request, resolutions.v4, losses) }
    case 'ratio':
      return { aspect_ratio: wordForShape(request, aspectRatios, losses) }
    case 'resolution or ratio': {
      const { pixels, said = '' } = wantedShape(request, losses)
      if (pixels && resolutions.v3.includes(said)) return { resolution: said }
      return { aspect_ratio: wordForShape(request, aspectRatios, losses) }
    }
    default: {
      // The picture gets the shape of the one that is edited.
      wordForShape(request, mask ? [`${mask.width}x${mask.height}`] : [], losses)
      return {}
    }
  }
}

/** The model's own speed comes first, as it is what it was chosen for. */
function speed(
  { quality = 'auto' }: ImagesRequest,
  { isSlow = false }: IdeogramForm,
  model: IdeogramModel,
  losses: Losses,
): string | undefined {
  const asked = speedFor(quality)
  const found = model.speed ?? asked
  if (quality !== 'auto' && (asked === undefined || found !== asked)) losses.hint('quality')
  return found === 'FLASH' && isSlow ? 'TURBO' : found
}

function styleType(style: string | undefined): string | undefined {
  const word = style?.toUpperCase()
  return word !== undefined && styleTypes.includes(word) ? word : undefined
}
