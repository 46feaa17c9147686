// Reading the fields of a request body, with Anthropic's way of naming the one at fault:
// `messages.0.content.1.text: what is wrong with it`.

import { isObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'

export function invalid(path: string, what: string): Problem {
  return new Problem('invalidRequest', `${path}: ${what}`, path)
}

/** A request that is wrong as a whole, not in one field. */
export function refused(message: string): Problem {
  return new Problem('invalidRequest', message)
}

export function missing(path: string): Problem {
  return invalid(path, 'Field required')
}

/** The path of a field of `parent`; the body itself has the path ''. */
export function pathOf(parent: string, name: string | number): string {
  return parent === '' ? String(name) : `${parent}.${name}`
}

/** @throws Problem naming the first field that is not `allowed`. */
export function onlyFields(object: JsonObject, allowed: ReadonlySet<string>, path: string): void {
  for (const name in object) {
    if (!allowed.has(name)) throw invalid(pathOf(path, name), 'Extra inputs are not permitted')
  }
}

export function objectIn(value: Json | undefined, path: string): JsonObject {
  if (value === undefined) throw missing(path)
  if (!isObject(value)) throw invalid(path, 'Input should be an object')
  return value
}

export function listIn(value: Json | undefined, path: string): Json[] {
  if (value === undefined) throw missing(path)
  if (!Array.isArray(value)) throw invalid(path, 'Input should be a valid array')
  return value
}

export function textIn(object: JsonObject, name: string, path: string): string {
  const value = object[name]
  if (value === undefined) throw missing(pathOf(path, name))
  if (typeof value !== 'string') throw invalid(pathOf(path, name), 'Input should be a valid string')
  return value
}

/** One of `choices`. */
export function choiceIn<T extends string>(
  object: JsonObject,
  name: string,
  choices: readonly T[],
  path: string,
): T {
  const value = textIn(object, name, path)
  const known = choices.find((choice) => choice === value)
  if (known !== undefined) return known
  const list = choices.map((choice) => `'${choice}'`).join(', ')
  throw invalid(pathOf(path, name), `Input should be one of ${list}`)
}

export function flagIn(object: JsonObject, name: string, path: string): boolean {
  const value = object[name] ?? false
  if (typeof value === 'boolean') return value
  throw invalid(pathOf(path, name), 'Input should be a valid boolean')
}

export interface NumberRule {
  least: number
  most: number
  isInteger?: boolean
}

/** Undefined when the field is absent or null. */
export function numberIn(
  object: JsonObject,
  name: string,
  { least, most, isInteger = false }: NumberRule,
  path: string,
): number | undefined {
  const value = object[name] ?? undefined
  if (value === undefined) return undefined
  const here = pathOf(path, name)
  if (typeof value !== 'number' || (isInteger && !Number.isInteger(value))) {
    throw invalid(here, `Input should be a valid ${isInteger ? 'integer' : 'number'}`)
  }
  if (value < least) throw invalid(here, `Input should be greater than or equal to ${least}`)
  if (value > most) throw invalid(here, `Input should be less than or equal to ${most}`)
  return value
}
