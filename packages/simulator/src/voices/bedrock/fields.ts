// Reading the fields of a request body, with Bedrock's way of naming the one at fault.

import { isObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'

export function invalid(path: string, what: string): Problem {
  return new Problem('invalidRequest', `The value at ${path} is invalid: ${what}.`, path)
}

/** The path of a field of `parent`; the body itself has the path ''. */
function pathOf(parent: string, name: string | number): string {
  return parent === '' ? String(name) : `${parent}.${name}`
}

/** @throws Problem naming the first field that is not `allowed`. */
export function onlyFields(object: JsonObject, allowed: ReadonlySet<string>, path: string): void {
  for (const name in object) {
    if (allowed.has(name)) continue
    const place = path === '' ? '' : `/${path.replaceAll('.', '/')}`
    const message = `Malformed input request: #${place}: extraneous key [${name}] is not permitted, please reformat your input and try again.`
    throw new Problem('invalidRequest', message, pathOf(path, name))
  }
}

/** A list of names, as a set. */
export function fieldNames(names: string): ReadonlySet<string> {
  return new Set(names.split(' '))
}

function missing(path: string): Problem {
  const message = `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`
  return new Problem('invalidRequest', message, path)
}

/** Absent and null are the same. */
function given(object: JsonObject, name: string): Json | undefined {
  return object[name] ?? undefined
}

export function objectIn(value: Json | undefined, path: string): JsonObject {
  if (value === undefined || value === null) throw missing(path)
  if (!isObject(value)) throw invalid(path, 'it must be an object')
  return value
}

/** A structure with no field but those of `allowed`. */
export function structureIn(
  value: Json | undefined,
  allowed: ReadonlySet<string>,
  path: string,
): JsonObject {
  const object = objectIn(value, path)
  onlyFields(object, allowed, path)
  return object
}

/** As `structureIn`; an absent one is empty. */
export function optionalStructure(
  object: JsonObject,
  name: string,
  allowed: ReadonlySet<string>,
  path: string,
): JsonObject {
  const value = given(object, name)
  return value === undefined ? {} : structureIn(value, allowed, pathOf(path, name))
}

export function listIn(value: Json | undefined, path: string): Json[] {
  if (value === undefined || value === null) throw missing(path)
  if (!Array.isArray(value)) throw invalid(path, 'it must be a list')
  return value
}

export function textIn(object: JsonObject, name: string, path: string): string {
  const value = given(object, name)
  if (value === undefined) throw missing(pathOf(path, name))
  if (typeof value !== 'string') throw invalid(pathOf(path, name), 'it must be a text')
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
  const here = pathOf(path, name)
  const set = choices.join(', ')
  const message = `1 validation error detected: Value '${value}' at '${here}' failed to satisfy constraint: Member must satisfy enum value set: [${set}]`
  throw new Problem('invalidRequest', message, here)
}

export function optionalChoice<T extends string>(
  object: JsonObject,
  name: string,
  choices: readonly T[],
  path: string,
): T | undefined {
  return given(object, name) === undefined ? undefined : choiceIn(object, name, choices, path)
}

export function flagIn(object: JsonObject, name: string, path: string): boolean {
  const value = given(object, name) ?? false
  if (typeof value === 'boolean') return value
  throw invalid(pathOf(path, name), 'it must be true or false')
}

export interface NumberRule {
  least: number
  most: number
  isInteger?: boolean
}

/** Undefined when the field is absent. */
export function numberIn(
  object: JsonObject,
  name: string,
  { least, most, isInteger = false }: NumberRule,
  path: string,
): number | undefined {
  const value = given(object, name)
  if (value === undefined) return undefined
  const here = pathOf(path, name)
  if (typeof value !== 'number' || (isInteger && !Number.isInteger(value))) {
    throw invalid(here, `it must be ${isInteger ? 'an integer' : 'a number'}`)
  }
  if (value >= least && value <= most) return value
  const [side, limit] = value < least ? ['greater', least] : ['less', most]
  const message = `1 validation error detected: Value '${value}' at '${here}' failed to satisfy constraint: Member must have value ${side} than or equal to ${limit}`
  throw new Problem('invalidRequest', message, here)
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Bytes, which are base64 in JSON. There is at least one. */
export function bytesIn(object: JsonObject, name: string, path: string): Buffer {
  const text = textIn(object, name, path)
  if (text === '' || !base64.test(text)) {
    throw invalid(pathOf(path, name), 'it must be base64, and not empty')
  }
  return Buffer.from(text, 'base64')
}

/** The only member of a union, and what it holds. */
export function unionIn(
  value: Json | undefined,
  members: ReadonlySet<string>,
  path: string,
): { member: string; value: Json } {
  const union = structureIn(value, members, path)
  const names = Object.keys(union).filter((name) => union[name] != null)
  const [member] = names
  if (member === undefined || names.length > 1) {
    throw invalid(path, `it must have exactly one of ${[...members].join(', ')}`)
  }
  return { member, value: union[member] ?? null }
}
