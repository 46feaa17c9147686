// Reading the fields of a request body, with OpenAI's way of naming the one at fault.

import { isObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'

export function invalid(param: string, what: string): Problem {
  return new Problem('invalidRequest', `Invalid value for '${param}': ${what}.`, param)
}

export function missing(param: string): Problem {
  return new Problem('invalidRequest', `Missing required parameter: '${param}'.`, param)
}

/** Absent and null are the same. */
function given(body: JsonObject, name: string): Json | undefined {
  return body[name] ?? undefined
}

export function requiredText(body: JsonObject, name: string): string {
  const value = given(body, name)
  if (value === undefined) throw missing(name)
  if (typeof value !== 'string' || value === '') throw invalid(name, 'it must be a text')
  return value
}

/** One of `choices`, or `fallback` when the field is absent. */
export function choiceOf<T extends string>(
  body: JsonObject,
  name: string,
  choices: readonly T[],
  fallback: T,
): T {
  const value = given(body, name)
  if (value === undefined) return fallback
  const known = choices.find((choice) => choice === value)
  if (known === undefined) throw invalid(name, `it must be one of ${choices.join(', ')}`)
  return known
}

export function flag(body: JsonObject, name: string, fallback: boolean): boolean {
  const value = given(body, name)
  if (value === undefined) return fallback
  if (typeof value !== 'boolean') throw invalid(name, 'it must be true or false')
  return value
}

export interface NumberRule {
  least: number
  most: number
  isInteger?: boolean
}

export function numberOf(body: JsonObject, name: string, rule: NumberRule): number | undefined {
  const value = given(body, name)
  if (value === undefined) return undefined
  const { least, most, isInteger = false } = rule
  if (typeof value !== 'number' || (isInteger && !Number.isInteger(value))) {
    throw invalid(name, `it must be ${isInteger ? 'a whole number' : 'a number'}`)
  }
  if (value < least || value > most) throw invalid(name, `it must be from ${least} to ${most}`)
  return value
}

export function objectOf(body: JsonObject, name: string): JsonObject | undefined {
  const value = given(body, name)
  if (value !== undefined && !isObject(value)) throw invalid(name, 'it must be an object')
  return value
}
