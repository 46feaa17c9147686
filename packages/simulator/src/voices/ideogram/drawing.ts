// What each of the paths takes.

import { maskFault } from '../../behaviour/mask.ts'
import { isObject, type Json } from '../../json.ts'
import type { VoiceRequest } from '../voice.ts'
import { Form, invalid, type SentImage } from './form.ts'
import { type Size, sizesOf3, sizesOf4, sizesOfRatios } from './sizes.ts'
import { characterFields, readStyle, type Style, styleFields } from './style.ts'

export interface Drawing extends Size {
  prompt: string
  /** What a magic prompt has made of it. */
  finalPrompt: string
  count: number
  seed: number | undefined
  quality: 'low' | 'medium' | 'high'
  style: Style
  /** The images that are changed. */
  images: Buffer[]
  mask?: Buffer
}

/** @throws Problem naming the part that is missing or cannot be read. */
export type ReadDrawing = (request: VoiceRequest) => Drawing

const speeds = ['FLASH', 'TURBO', 'DEFAULT', 'QUALITY'] as const
const slowSpeeds = ['TURBO', 'DEFAULT', 'QUALITY'] as const
const qualityOf = { FLASH: 'low', TURBO: 'low', DEFAULT: 'medium', QUALITY: 'high' } as const
const mostImages = 8
const mostSeed = 2_147_483_647
const usualSize: Size = { width: 1024, height: 1024 }
const plainStyle: Style = { type: 'GENERAL', model: 'image', references: [] }

const commonFields = ['seed', 'num_images', 'rendering_speed'] as const
const promptFields = ['prompt', 'magic_prompt'] as const
const sizeFields = ['resolution', 'aspect_ratio', 'negative_prompt'] as const

function magic(prompt: string): string {
  return `A carefully composed picture: ${prompt}`
}

function finalOf(form: Form, prompt: string): string {
  const mode = form.choice('magic_prompt', ['AUTO', 'ON', 'OFF'])
  return mode === 'OFF' ? prompt : magic(prompt)
}

/** What all of 3.0 has in common but the size and the images. */
function readCommon(form: Form, allowed: readonly (typeof speeds)[number][] = speeds) {
  return {
    count: form.integer('num_images', 1, mostImages) ?? 1,
    seed: form.integer('seed', 0, mostSeed),
    quality: qualityOf[form.choice('rendering_speed', allowed) ?? 'DEFAULT'],
    style: readStyle(form),
  }
}

function readPrompt(form: Form): Pick<Drawing, 'prompt' | 'finalPrompt'> {
  const prompt = form.required('prompt')
  return { prompt, finalPrompt: finalOf(form, prompt) }
}

function listedSize(form: Form, name: string, sizes: ReadonlyMap<string, Size>): Size | undefined {
  const text = form.text(name)
  const size = text === undefined ? undefined : sizes.get(text)
  if (text === undefined || size) return size
  throw invalid(name, `'${text}' is not one of ${[...sizes.keys()].join(', ')}`)
}

function readSize(form: Form): Size | undefined {
  const resolution = listedSize(form, 'resolution', sizesOf3)
  const ratio = listedSize(form, 'aspect_ratio', sizesOfRatios)
  if (resolution && ratio) {
    throw invalid('resolution', 'it cannot be used together with aspect_ratio')
  }
  return resolution ?? ratio
}

function fields(...names: (readonly string[])[]): ReadonlySet<string> {
  return new Set(names.flat())
}

const generateFields = fields(promptFields, commonFields, sizeFields, styleFields, characterFields)

const generate: ReadDrawing = (request) => {
  const form = new Form(request, generateFields)
  return { ...readCommon(form), ...readPrompt(form), ...(readSize(form) ?? usualSize), images: [] }
}

const transparentFields = fields(promptFields, commonFields, [
  'upscale_factor',
  'aspect_ratio',
  'negative_prompt',
  'custom_model_uri',
])

const generateTransparent: ReadDrawing = (request) => {
  const form = new Form(request, transparentFields)
  form.choice('upscale_factor', ['X1', 'X2', 'X4'])
  const common = readCommon(form, slowSpeeds)
  return { ...common, ...readPrompt(form), ...(readSize(form) ?? usualSize), images: [] }
}

const remixFields = new Set([...generateFields, 'image', 'image_weight'])

const remix: ReadDrawing = (request) => {
  const form = new Form(request, remixFields)
  const image = form.image('image')
  form.integer('image_weight', 1, 100)
  const size = readSize(form) ?? usualSize
  return { ...readCommon(form), ...readPrompt(form), ...size, images: [image.bytes] }
}

const inpaintFields = fields(promptFields, commonFields, styleFields, characterFields, [
  'image',
  'mask',
])

const inpaint: ReadDrawing = (request) => {
  const form = new Form(request, inpaintFields)
  const image = form.image('image')
  const mask = form.image('mask').bytes
  const fault = maskFault(mask, image)
  if (fault !== undefined) throw invalid('mask', fault)
  return { ...readCommon(form), ...readPrompt(form), ...changed(image), mask }
}

/** The answer has the size of the image. */
function changed({
  width,
  height,
  bytes,
}: SentImage): Pick<Drawing, 'width' | 'height' | 'images'> {
  return { width, height, images: [bytes] }
}

const reframeFields = fields(commonFields, styleFields, ['image', 'resolution'])

const reframe: ReadDrawing = (request) => {
  const form = new Form(request, reframeFields)
  const { width, height, bytes } = form.image('image')
  if (width !== height) throw invalid('image', 'it must be square')
  form.required('resolution')
  const size = readSize(form) ?? usualSize
  return { ...readCommon(form), ...size, prompt: '', finalPrompt: '', images: [bytes] }
}

const backgroundFields = fields(promptFields, commonFields, styleFields, ['image'])

const replaceBackground: ReadDrawing = (request) => {
  const form = new Form(request, backgroundFields)
  const image = form.image('image')
  return { ...readCommon(form), ...readPrompt(form), ...changed(image) }
}

const editFields = fields(['prompt', 'images', 'image_urls', 'transparent_background'])

const edit: ReadDrawing = (request) => {
  const form = new Form(request, editFields)
  const prompt = form.required('prompt')
  const images = form.images('images')
  const urls = form.texts('image_urls')
  if (urls.some((url) => !/^https?:\/\//.test(url))) {
    throw invalid('image_urls', 'each must be an address')
  }
  if (images.length + urls.length === 0) throw invalid('images', 'there must be at least 1 image')
  form.flag('transparent_background')
  const { width, height } = images[0] ?? usualSize
  return {
    prompt,
    finalPrompt: prompt,
    width,
    height,
    count: 1,
    seed: undefined,
    quality: 'medium',
    style: plainStyle,
    images: images.map(({ bytes }) => bytes),
  }
}

const fieldsOf4 = fields([
  'text_prompt',
  'json_prompt',
  'resolution',
  'rendering_speed',
  'enable_copyright_detection',
])
const usualSizeOf4: Size = { width: 2048, height: 2048 }

const generate4: ReadDrawing = (request) => {
  const form = new Form(request, fieldsOf4)
  if (form.has('text_prompt') === form.has('json_prompt')) {
    throw invalid('text_prompt', 'exactly one of text_prompt and json_prompt is needed')
  }
  const structured = form.object('json_prompt')
  const prompt = structured ? wordsOf(structured) : form.required('text_prompt')
  form.flag('enable_copyright_detection')
  return {
    prompt,
    finalPrompt: structured ? prompt : magic(prompt),
    ...(listedSize(form, 'resolution', sizesOf4) ?? usualSizeOf4),
    count: 1,
    seed: undefined,
    quality: qualityOf[form.choice('rendering_speed', slowSpeeds) ?? 'DEFAULT'],
    style: plainStyle,
    images: [],
  }
}

/** All texts of a structured prompt. */
function wordsOf(value: Json | undefined): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(wordsOf).filter(Boolean).join(', ')
  return isObject(value) ? wordsOf(Object.values(value).map((one) => one ?? null)) : ''
}

const v3 = '/v1/ideogram-v3'

/** By path. */
export const drawings: Readonly<Record<string, ReadDrawing>> = {
  '/v1/ideogram-v4/generate': generate4,
  [`${v3}/generate`]: generate,
  [`${v3}/generate-transparent`]: generateTransparent,
  [`${v3}/remix`]: remix,
  [`${v3}/inpaint`]: inpaint,
  // The old name.
  [`${v3}/edit`]: inpaint,
  [`${v3}/reframe`]: reframe,
  [`${v3}/replace-background`]: replaceBackground,
  '/v1/edit': edit,
}
