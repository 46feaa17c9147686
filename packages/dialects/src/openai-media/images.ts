// OpenAI's image generation (`POST /images/generations`), both ways, and the way out to its image edits.

import type {
  FormFile,
  ImagesRequest,
  InboundDialect,
  JsonBody,
  MediaFile,
  OutboundDialect,
  RelayEdits,
  WireRequest,
  WireTarget,
} from '@aigne-hub/protocol'
import { fieldParts, filePart, writeForm } from '../form-writer.ts'
import { contentOf } from '../image-request.ts'
import { nearestShape, parseSize } from '../image-size.ts'
import { readOpenAiError, writeOpenAiError } from '../openai-errors.ts'
import { refusedFields } from '../unsupported-fields.ts'
import { readImagesResponse, readImagesUsage, writeImagesResponse } from './image-answer.ts'
import { imageMeaning, readImageFields, writeImageFields } from './image-fields.ts'
import { fittingEdits, type JsonRelay } from './json-relay.ts'

const path = '/images/generations'
const editsPath = '/images/edits'
/** What every model of OpenAI's makes. */
const sizes = ['1024x1024', '1536x1024', '1024x1536']

const readRequest = ({ value }: JsonBody) => readImageFields(value)

function writeRequest(request: ImagesRequest, target: WireTarget): WireRequest {
  const { images = [], mask } = request
  const wire = writeImageFields(request, target.model)
  // Such servers always send the data, which `writeResponse` hands over as the caller asked.
  if (target.quirks.noImageResponseFormat) delete wire.response_format
  const size = sizeForRatio(request, target)
  if (size !== undefined) {
    wire.size = size
    delete wire.aspect_ratio
  }
  const given = { ...wire, ...(images.length > 0 && { image: true }), ...(mask && { mask: true }) }
  const { remove, dropped } = refusedFields(given, target, imageMeaning)
  for (const field of remove) delete wire[field]
  const files = remove.includes('image') ? [] : imageParts(images, target)
  if (mask && !remove.includes('mask'))
    files.push(filePart('mask', contentOf(mask, 'mask', target)))
  if (files.length === 0) return { path, body: JSON.stringify(wire), dropped }
  return { path: editsPath, ...writeForm([...fieldParts(wire), ...files]), dropped }
}

/** The size that says what a ratio says, for a target that knows sizes only. */
function sizeForRatio(
  { size, aspectRatio }: ImagesRequest,
  { quirks }: WireTarget,
): string | undefined {
  const ratio = size === undefined ? parseSize(aspectRatio) : undefined
  if (!ratio || !quirks.unsupported?.includes('aspect_ratio')) return undefined
  return nearestShape(ratio, sizes)
}

/** Some servers of one image know no list of them. */
function imageParts(images: readonly MediaFile[], target: WireTarget): FormFile[] {
  const name = images.length === 1 ? 'image' : 'image[]'
  return images.map((image) => filePart(name, contentOf(image, 'image', target)))
}

function relayEdits(
  body: JsonBody,
  request: ImagesRequest,
  target: WireTarget,
): RelayEdits | undefined {
  const dropsFormat = target.quirks.noImageResponseFormat === true
  // The answer has to be rewritten: the provider sends data only.
  if (dropsFormat && request.responseFormat === 'url') return undefined
  if (sizeForRatio(request, target) !== undefined) return undefined
  const fitting = fittingEdits(path, body, target, imageMeaning)
  if (dropsFormat) fitting.edits.push({ field: 'response_format', remove: true })
  return fitting
}

/** OpenAI's image generation, whole answers only. With images to work from, it asks for an edit. */
export const openAiImages: InboundDialect<'images'> &
  OutboundDialect<'images'> & { readonly relay: JsonRelay<'images'> } = {
  id: 'openai-images',
  operation: 'images',
  readRequest,
  writeRequest,
  readResponse: readImagesResponse,
  writeResponse: writeImagesResponse,
  readError: readOpenAiError,
  writeError: writeOpenAiError,
  relay: { edits: relayEdits, readUsage: readImagesUsage },
}
