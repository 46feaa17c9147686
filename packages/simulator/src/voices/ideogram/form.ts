// Reading the parts of a form.

import { readImageSize } from '../../behaviour/image-size.ts'
import { type FormPart, readForm } from '../../form-data.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import type { VoiceRequest } from '../voice.ts'
import type { Size } from './sizes.ts'

export function invalid(name: string, what: string): Problem {
  return new Problem('invalidRequest', `${name}: ${what}`, name)
}

/** An image that was sent. */
export interface SentImage extends Size {
  bytes: Buffer
}

const mostImageBytes = 10 * 1024 * 1024

/** A form with no part but those of `allowed`. @throws Problem for any other body. */
export class Form {
  readonly #parts = new Map<string, FormPart[]>()

  constructor({ bytes, headers }: VoiceRequest, allowed: ReadonlySet<string>) {
    for (const part of readForm(bytes, headers['content-type'])) {
      if (!allowed.has(part.name)) throw invalid(part.name, 'there is no such field here')
      const same = this.#parts.get(part.name)
      if (same) same.push(part)
      else this.#parts.set(part.name, [part])
    }
  }

  has(name: string): boolean {
    return this.#parts.has(name)
  }

  #only(name: string): FormPart | undefined {
    const parts = this.#parts.get(name)
    if (parts && parts.length > 1) throw invalid(name, 'it may be given only once')
    return parts?.[0]
  }

  text(name: string): string | undefined {
    const part = this.#only(name)
    return part && textOf(part)
  }

  /** A text that must be there, and not blank. */
  required(name: string): string {
    const text = this.text(name)
    if (text === undefined) throw invalid(name, 'Field required')
    if (text.trim() === '') throw invalid(name, 'it must not be empty')
    return text
  }

  /** The values of a field that repeats. */
  texts(name: string): string[] {
    return (this.#parts.get(name) ?? []).map(textOf)
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name)
    const known = choices.find((choice) => choice === text)
    if (text === undefined || known !== undefined) return known
    throw invalid(name, `Input should be ${choices.join(', ')}`)
  }

  integer(name: string, least: number, most: number): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw invalid(name, `it must be an integer of ${least} to ${most}`)
  }

  flag(name: string): boolean | undefined {
    const value = this.choice(name, ['true', 'false'])
    return value === undefined ? undefined : value === 'true'
  }

  /** Objects go as JSON. */
  object(name: string): JsonObject | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    let value: Json | undefined
    try {
      value = JSON.parse(text)
    } catch {
      value = undefined
    }
    if (isObject(value)) return value
    throw invalid(name, 'it must be an object, as JSON')
  }

  /** An image that must be there. */
  image(name: string): SentImage {
    const part = this.#only(name)
    if (part === undefined) throw invalid(name, 'Field required')
    return imageOf(part)
  }

  /** The images of a field that repeats: ten megabytes in all. */
  images(name: string): SentImage[] {
    const images = (this.#parts.get(name) ?? []).map(imageOf)
    const total = images.reduce((sum, { bytes }) => sum + bytes.length, 0)
    if (total > mostImageBytes) throw invalid(name, 'it takes 10 MB in all')
    return images
  }
}

function textOf({ name, filename, bytes }: FormPart): string {
  if (filename !== undefined) throw invalid(name, 'it must be a text, not a file')
  return Buffer.from(bytes).toString()
}

function imageOf({ name, filename, bytes: sent }: FormPart): SentImage {
  if (filename === undefined) throw invalid(name, 'it must be a file')
  const bytes = Buffer.from(sent.buffer, sent.byteOffset, sent.length)
  if (bytes.length > mostImageBytes) throw invalid(name, 'an image takes 10 MB')
  const size = readImageSize(bytes)
  if (size && size.format !== 'GIF') return { bytes, width: size.width, height: size.height }
  throw invalid(name, 'it must be a JPEG, PNG or WebP image')
}
