// Reading the fields of a request body. Ollama is written in Go: a wrong type is an error, an unknown
// field is none.

import { isObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'

export function refused(message: string, param?: string): Problem {
  return new Problem('invalidRequest', message, param)
}

function typeName(value: Json): string {
  if (Array.isArray(value)) return 'array'
  return value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value
}

/** @param field with the names of the structs around it: `ChatRequest.stream` */
export function mistyped(value: Json, field: string, type: string): Problem {
  const message = `json: cannot unmarshal ${typeName(value)} into Go struct field ${field} of type ${type}`
  return refused(message, field)
}

/** Absent and null are the empty value of the type. */
export function textOf(value: Json | undefined, field: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw mistyped(value, field, 'string')
  return value
}

export function flagOf(value: Json | undefined, field: string): boolean | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw mistyped(value, field, 'bool')
  return value
}

export function listOf(value: Json | undefined, field: string): Json[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw mistyped(value, field, 'slice')
  return value
}

export function objectOf(value: Json | undefined, field: string): JsonObject {
  if (value === undefined || value === null) return {}
  if (!isObject(value)) throw mistyped(value, field, 'struct')
  return value
}

export function integerOf(value: Json | undefined, field: string): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value)) throw mistyped(value, field, 'int')
  return value
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** An image: neither a data URL nor an address. */
export function base64Of(value: Json, field: string): string {
  const text = textOf(value, field)
  if (text !== '' && base64.test(text)) return text
  const at = Math.max(0, text.search(/[^A-Za-z0-9+/]/))
  throw refused(`illegal base64 data at input byte ${at}`, field)
}
