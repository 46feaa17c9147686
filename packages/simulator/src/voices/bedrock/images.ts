// Amazon Nova Canvas, by InvokeModel.

import { harmsIn } from '../../behaviour/harm.ts'
import { readImageSize } from '../../behaviour/image-size.ts'
import type { ImagesOutcome, ImagesQuestion } from '../../behaviour/images.ts'
import { maskFault } from '../../behaviour/mask.ts'
import type { JsonObject } from '../../json.ts'
import { refused } from './errors.ts'
import {
  bytesIn,
  choiceIn,
  fieldNames,
  invalid,
  listIn,
  numberIn,
  onlyFields,
  optionalChoice,
  optionalStructure,
  structureIn,
  textIn,
} from './fields.ts'

type Drawn = Omit<ImagesQuestion, 'model' | 'count' | 'quality'>

interface Task {
  /** The field that holds its parameters. */
  name: string
  fields: ReadonlySet<string>
  read(params: JsonObject, config: JsonObject, path: string): Drawn
}

const blocked =
  'This request has been blocked by our content filters. Our filters automatically flagged this prompt because it may conflict with our AUP or AWS Responsible AI Policy. Please adjust your text prompt to submit a new request.'
const withheld =
  'Our system automatically blocked some of the images because they may conflict with our AUP or AWS Responsible AI Policy.'

const tasks: Readonly<Record<string, Task>> = {
  TEXT_IMAGE: {
    name: 'textToImageParams',
    fields: fieldNames('text negativeText style conditionImage controlMode controlStrength'),
    read: (params, config, path) => ({ ...sizeIn(config), prompt: promptIn(params, path) }),
  },
  IMAGE_VARIATION: {
    name: 'imageVariationParams',
    fields: fieldNames('images similarityStrength text negativeText'),
    read: readVariation,
  },
  INPAINTING: {
    name: 'inPaintingParams',
    fields: fieldNames('image maskPrompt maskImage text negativeText'),
    read: readMasked,
  },
  OUTPAINTING: {
    name: 'outPaintingParams',
    fields: fieldNames('image maskPrompt maskImage outPaintingMode text negativeText'),
    read: readMasked,
  },
  BACKGROUND_REMOVAL: {
    name: 'backgroundRemovalParams',
    fields: fieldNames('image'),
    read(params, _config, path) {
      const { bytes, width, height } = imageIn(params, 'image', path)
      return { prompt: '', width, height, references: [bytes] }
    },
  },
}

const configFields = fieldNames('width height quality cfgScale seed numberOfImages')
const countRule = { least: 1, most: 5, isInteger: true }
const seedRule = { least: 0, most: 2_147_483_646, isInteger: true }
const scaleRule = { least: 1.1, most: 10 }

/** Whether this is a request for images, and none for embeddings. */
export function drawsImages({ taskType }: JsonObject): boolean {
  return typeof taskType === 'string' && Object.hasOwn(tasks, taskType)
}

/** @throws Problem naming the field that cannot be read, or for a prompt that is not taken. */
export function readImages(body: JsonObject, model: string): ImagesQuestion {
  const taskType = choiceIn(body, 'taskType', Object.keys(tasks), '')
  const task = tasks[taskType]
  if (!task) throw invalid('taskType', 'there is no such task')
  onlyFields(body, new Set(['taskType', 'imageGenerationConfig', task.name]), '')
  const path = 'imageGenerationConfig'
  const config = optionalStructure(body, path, configFields, '')
  numberIn(config, 'cfgScale', scaleRule, path)
  numberIn(config, 'seed', seedRule, path)
  const quality = optionalChoice(config, 'quality', ['standard', 'premium'], path)
  const params = structureIn(body[task.name], task.fields, task.name)
  const drawn = task.read(params, config, task.name)
  const harms = harmsIn(drawn.prompt)
  if (harms.some((kind) => kind !== 'sexual')) throw refused(blocked)
  return {
    ...drawn,
    model,
    count: numberIn(config, 'numberOfImages', countRule, path) ?? 1,
    quality: quality === 'premium' ? 'high' : 'medium',
  }
}

/** What is drawn is looked at again: then one image is missing, and a text says so. */
export function writeImages({ prompt }: ImagesQuestion, { images }: ImagesOutcome): JsonObject {
  const drawn = images.map((image) => image.toString('base64'))
  if (harmsIn(prompt).length === 0) return { images: drawn }
  return { images: drawn.slice(1), error: withheld }
}

const longestPrompt = 1024

function promptIn(params: JsonObject, path: string): string {
  const text = textIn(params, 'text', path)
  if (text.length > 0 && text.length <= longestPrompt) return text
  throw invalid(`${path}.text`, `it must have 1 to ${longestPrompt} characters`)
}

function optionalPrompt(params: JsonObject, path: string): string {
  return params.text == null ? '' : promptIn(params, path)
}

const sideRule = { least: 320, most: 4096, isInteger: true }
const defaultSide = 1024
const mostPixels = 4_194_304
const sideStep = 16
const mostRatio = 4

function sizeIn(config: JsonObject): { width: number; height: number } {
  const path = 'imageGenerationConfig'
  const width = numberIn(config, 'width', sideRule, path) ?? defaultSide
  const height = numberIn(config, 'height', sideRule, path) ?? defaultSide
  if (width % sideStep !== 0 || height % sideStep !== 0) {
    throw invalid(path, `width and height must be divisible by ${sideStep}`)
  }
  if (
    Math.max(width, height) > mostRatio * Math.min(width, height) ||
    width * height > mostPixels
  ) {
    throw invalid(path, 'sizes go from 1:4 to 4:1, up to 4194304 pixels')
  }
  return { width, height }
}

function imageIn(object: JsonObject, name: string, path: string) {
  const bytes = bytesIn(object, name, path)
  const size = readImageSize(bytes)
  if (!size || (size.format !== 'PNG' && size.format !== 'JPEG')) {
    throw invalid(`${path}.${name}`, 'it must be a PNG or JPEG image')
  }
  return { bytes, width: size.width, height: size.height }
}

const mostReferences = 5

function readVariation(params: JsonObject, config: JsonObject, path: string): Drawn {
  const images = listIn(params.images, `${path}.images`)
  if (images.length === 0 || images.length > mostReferences) {
    throw invalid(`${path}.images`, `it takes 1 to ${mostReferences} images`)
  }
  numberIn(params, 'similarityStrength', { least: 0.2, most: 1 }, path)
  const references = images.map((image, at) => imageIn({ [at]: image }, String(at), path).bytes)
  return { ...sizeIn(config), prompt: optionalPrompt(params, path), references }
}

/** A mask, or words for what it would cover. */
function readMasked(params: JsonObject, _config: JsonObject, path: string): Drawn {
  const { bytes, width, height } = imageIn(params, 'image', path)
  optionalChoice(params, 'outPaintingMode', ['DEFAULT', 'PRECISE'], path)
  const drawn = { prompt: optionalPrompt(params, path), width, height, references: [bytes] }
  const hasPrompt = params.maskPrompt != null
  if (hasPrompt === (params.maskImage != null)) {
    throw refused(`${path}: exactly one of maskPrompt and maskImage is needed.`)
  }
  if (hasPrompt) {
    textIn(params, 'maskPrompt', path)
    return drawn
  }
  const mask = bytesIn(params, 'maskImage', path)
  const fault = maskFault(mask, { width, height })
  if (fault !== undefined) throw invalid(`${path}.maskImage`, fault)
  return { ...drawn, mask }
}
