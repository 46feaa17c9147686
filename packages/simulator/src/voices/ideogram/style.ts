import { isObject, type Json } from '../../json.ts'
import { type Form, invalid } from './form.ts'

export const styleFields = [
  'color_palette',
  'style_codes',
  'style_preset',
  'style_reference_images',
  'custom_model_uri',
] as const
export const characterFields = [
  'style_type',
  'character_reference_images',
  'character_reference_images_mask',
] as const

const styleTypes = ['AUTO', 'GENERAL', 'REALISTIC', 'DESIGN', 'FICTION'] as const
const paletteNames = 'EMBER FRESH JUNGLE MAGIC MELON MOSAIC PASTEL ULTRAMARINE'.split(' ')
const styleCode = /^[0-9A-Fa-f]{8}$/
const colour = /^#[0-9A-Fa-f]{6}$/
const modelUri = /^model\/([^/]+)\/version\/[^/]+$/
const usualModel = 'image'

/** What is asked of the look. */
export interface Style {
  /** As the answer names it. */
  type: string
  /** The simulator's model: a custom one is named by its address, `model/<name>/version/<version>`. */
  model: string
  references: Buffer[]
}

/** @throws Problem for a field that cannot be read, or does not go with another one. */
export function readStyle(form: Form): Style {
  const codes = form.texts('style_codes')
  if (codes.some((code) => !styleCode.test(code))) {
    throw invalid('style_codes', 'each must be 8 hexadecimal characters')
  }
  const conflicting = ['style_reference_images', 'style_type'].find((name) => form.has(name))
  if (codes.length > 0 && conflicting !== undefined) {
    throw invalid('style_codes', `it cannot be used together with ${conflicting}`)
  }
  const preset = form.text('style_preset')
  if (preset !== undefined && !/^[A-Z0-9_]+$/.test(preset)) {
    throw invalid('style_preset', 'there is no such preset')
  }
  checkPalette(form)
  const type = form.choice('style_type', styleTypes)
  const references = form.images('style_reference_images')
  return {
    type: type === undefined || type === 'AUTO' ? 'GENERAL' : type,
    model: readModel(form),
    references: [...references, ...readCharacters(form)].map(({ bytes }) => bytes),
  }
}

function readModel(form: Form): string {
  const uri = form.text('custom_model_uri')
  if (uri === undefined) return usualModel
  const model = modelUri.exec(uri)?.[1]
  if (model !== undefined) return model
  throw invalid('custom_model_uri', 'it must be model/<name>/version/<version>')
}

function readCharacters(form: Form) {
  const characters = form.images('character_reference_images')
  const masks = form.images('character_reference_images_mask')
  if (characters.length > 1) throw invalid('character_reference_images', 'it takes 1 image')
  if (masks.length > characters.length) {
    throw invalid('character_reference_images_mask', 'there is no character for it')
  }
  return characters
}

function checkPalette(form: Form): void {
  const palette = form.object('color_palette')
  if (palette === undefined) return
  const { name, members } = palette
  const isNamed = typeof name === 'string' && paletteNames.includes(name)
  const isListed = Array.isArray(members) && members.length > 0 && members.every(isMember)
  if (isNamed === isListed) {
    throw invalid('color_palette', 'it must have a known name, or members with a color_hex')
  }
}

function isMember(member: Json): boolean {
  if (!isObject(member)) return false
  const { color_hex: hex, color_weight: weight } = member
  if (typeof hex !== 'string' || !colour.test(hex)) return false
  return weight === undefined || (typeof weight === 'number' && weight > 0 && weight <= 1)
}
