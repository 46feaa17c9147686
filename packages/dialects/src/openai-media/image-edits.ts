// OpenAI's image edits (`POST /images/edits`) coming in: as a form, or as JSON with addresses. Going out,
// they are `openAiImages` with images to work from.

import {
  type FormBody,
  type FormFile,
  HubError,
  type ImagesRequest,
  type InboundDialect,
  isJsonObject,
  type Json,
  type JsonBody,
  type JsonObject,
  type MediaFile,
} from '@aigne-hub/protocol'
import { jsonOfForm, listName, refuseOtherFiles } from '../form-fields.ts'
import { readMediaUrl } from '../media-url.ts'
import { writeOpenAiError } from '../openai-errors.ts'
import { refuse, refuseKind } from '../read-field.ts'
import { writeImagesResponse } from './image-answer.ts'
import { readImageFields } from './image-fields.ts'

const maxImages = 16
const formKinds = {
  numbers: ['n', 'output_compression', 'seed', 'partial_images', 'frame_count'],
  booleans: ['stream'],
}

function readForm(form: FormBody): ImagesRequest {
  refuseOtherFiles(form, ['image', 'mask'])
  const { image, mask, ...fields } = jsonOfForm(form, formKinds)
  if (image !== undefined) refuse('image', 'a file, not text')
  if (mask !== undefined) refuse('mask', 'a file, not text')
  const images = form.files.filter(({ name }) => listName(name) === 'image')
  const [masked, ...others] = form.files.filter(({ name }) => listName(name) === 'mask')
  if (others.length > 0) refuse('mask', 'one file')
  return {
    ...readImageFields(fields),
    images: counted(images).map((file) => content(file, 'image')),
    ...(masked && { mask: content(masked, 'mask') }),
  }
}

function content({ bytes, mimeType, fileName }: FormFile, param: string): MediaFile {
  if (bytes.length === 0) return refuse(param, 'a file that is not empty')
  return { data: bytes, mimeType, ...(fileName !== undefined && { name: fileName }) }
}

function counted<T>(images: T[]): T[] {
  if (images.length === 0) return refuseKind('image', 'an image', undefined)
  return images.length <= maxImages ? images : refuse('image', `at most ${maxImages} images`)
}

function readRequest({ value }: JsonBody): ImagesRequest {
  const { image, images, mask, ...fields } = value
  const named = images ?? image ?? undefined
  const param = images ? 'images' : 'image'
  const list = Array.isArray(named) ? named : named === undefined ? [] : [named]
  const request: ImagesRequest = {
    ...readImageFields(fields),
    images: counted(list).map((entry, index) =>
      readImage(entry, Array.isArray(named) ? `${param}[${index}]` : param),
    ),
  }
  if (mask !== undefined && mask !== null) request.mask = readImage(mask, 'mask')
  return request
}

/** `{url}` (xAI), `{image_url}` (OpenAI), or the address alone. */
function readImage(value: Json, param: string): MediaFile {
  if (typeof value === 'string') return readMediaUrl(value, param)
  if (!isJsonObject(value)) return refuseKind(param, 'an object with an image_url', value)
  const url = addressIn(value)
  if (typeof url === 'string') return readMediaUrl(url, `${param}.image_url`)
  if (value.file_id === undefined) return refuseKind(`${param}.image_url`, 'a string', url)
  throw new HubError(
    'unsupported_parameter',
    'The hub keeps no files. Send the image itself, or its address as image_url.',
    { param: `${param}.file_id` },
  )
}

function addressIn({ image_url: address, url }: JsonObject): Json | undefined {
  return (isJsonObject(address) ? address.url : address) ?? url
}

/** OpenAI's image edits, whole answers only. */
export const openAiImageEdits: InboundDialect<'images'> &
  Required<Pick<InboundDialect<'images'>, 'readForm'>> = {
  id: 'openai-image-edits',
  operation: 'images',
  readRequest,
  readForm,
  writeResponse: writeImagesResponse,
  writeError: writeOpenAiError,
}
