// Reading the fields of a request, with Google's way of naming the one at fault.

import { isObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'

/** `path` as Google writes it: `generation_config.top_p`. */
export function invalid(path: string, what: string): Problem {
  const field = snakeCased(path)
  return new Problem('invalidRequest', `Invalid value at '${field}': ${what}.`, field)
}

/** What a check of the request itself says. */
export function refused(path: string, what: string): Problem {
  const field = `GenerateContentRequest.${snakeCased(path)}`
  return new Problem('invalidRequest', `* ${field}: ${what}\n`, field)
}

function snakeCased(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function camelCased(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** The names of a message's fields. */
export function fieldNames(names: string): ReadonlySet<string> {
  return new Set(names.split(' '))
}

/**
 * A message with its fields in camel case: protobuf's JSON takes both spellings.
 * @param path where it stands; empty for the body
 * @throws Problem for anything but an object, and for a field that is not of `known`.
 */
export function messageOf(
  value: Json | undefined,
  known: ReadonlySet<string>,
  path: string,
): JsonObject {
  if (!isObject(value)) throw invalid(path, 'it must be an object')
  const message: JsonObject = {}
  for (const [given, inner] of Object.entries(value)) {
    const name = camelCased(given)
    if (!known.has(name)) throw unknownName(given, path)
    if (inner !== null) message[name] = inner
  }
  return message
}

function unknownName(name: string, path: string): Problem {
  const field = snakeCased(path)
  const place = path === '' ? '' : ` at '${field}'`
  const message = `Invalid JSON payload received. Unknown name "${name}"${place}: Cannot find field.`
  return new Problem('invalidRequest', message, field)
}

/** As `messageOf`, or undefined when there is none. */
export function optionalMessage(
  value: Json | undefined,
  known: ReadonlySet<string>,
  path: string,
): JsonObject | undefined {
  return value === undefined ? undefined : messageOf(value, known, path)
}

/** A field that repeats; absent = none. */
export function listOf(value: Json | undefined, path: string): Json[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw invalid(path, 'it must be an array')
  return value
}

export function textOf(value: Json | undefined, path: string): string {
  if (typeof value !== 'string') throw invalid(path, 'it must be a text')
  return value
}

export function flagOf(value: Json | undefined, path: string): boolean {
  if (value === undefined) return false
  if (typeof value !== 'boolean') throw invalid(path, 'it must be true or false')
  return value
}

export interface NumberRule {
  least: number
  most: number
  isInteger?: boolean
}

export function numberOf(
  value: Json | undefined,
  rule: NumberRule,
  path: string,
): number | undefined {
  if (value === undefined) return undefined
  const { least, most, isInteger = false } = rule
  if (typeof value !== 'number' || (isInteger && !Number.isInteger(value))) {
    throw invalid(path, `it must be ${isInteger ? 'a whole number' : 'a number'}`)
  }
  if (value < least || value > most) throw invalid(path, `it must be from ${least} to ${most}`)
  return value
}

/** One of a protobuf enum's names, whatever their case. */
export function choiceOf<T extends string>(
  value: Json | undefined,
  choices: readonly T[],
  path: string,
): T | undefined {
  if (value === undefined) return undefined
  const wanted = textOf(value, path).toUpperCase()
  const known = choices.find((choice) => choice === wanted)
  if (known === undefined) throw invalid(path, `it must be one of ${choices.join(', ')}`)
  return known
}
