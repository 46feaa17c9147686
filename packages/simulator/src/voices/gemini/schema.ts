// The two kinds of schema of Gemini's API: a part of OpenAPI 3.0's, and a part of JSON Schema.

import { isObject, type Json, type JsonObject } from '../../json.ts'
import { fieldNames, invalid, listOf, messageOf, refused } from './fields.ts'

const known = fieldNames(
  'type format title description nullable enum items minItems maxItems properties required propertyOrdering anyOf minimum maximum minLength maxLength minProperties maxProperties pattern default example',
)
const types = new Map([
  ['STRING', 'string'],
  ['NUMBER', 'number'],
  ['INTEGER', 'integer'],
  ['BOOLEAN', 'boolean'],
  ['ARRAY', 'array'],
  ['OBJECT', 'object'],
  ['NULL', 'null'],
])
/** Their bounds are 64-bit whole numbers, which protobuf's JSON writes as text too. */
const counts = [
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
] as const
const asTheyAre = ['title', 'description', 'pattern', 'minimum', 'maximum', 'required'] as const
/** Formats of texts; the others only give the size of a number. */
const textFormats = new Set<Json | undefined>(['date-time', 'date', 'time', 'duration', 'enum'])

/**
 * The JSON Schema for a `Schema` of Google's.
 * @throws Problem for a keyword that is not in it, or a value that does not fit.
 */
export function fromOpenApi(value: Json | undefined, path: string): JsonObject {
  const schema = messageOf(value, known, path)
  const result: JsonObject = {}
  for (const name of asTheyAre) if (schema[name] !== undefined) result[name] = schema[name]
  for (const name of counts) {
    if (schema[name] !== undefined) result[name] = countOf(schema[name], `${path}.${name}`)
  }
  if (schema.format !== undefined && textFormats.has(schema.format) && schema.format !== 'enum') {
    result.format = schema.format
  }
  if (schema.enum !== undefined) result.enum = readEnum(schema.enum, `${path}.enum`)
  const type = typeOf(schema, path)
  if (type !== undefined) result.type = type
  addInner(schema, result, type, path)
  return schema.nullable === true ? { anyOf: [result, { type: 'null' }] } : result
}

function typeOf({ type }: JsonObject, path: string): string | undefined {
  if (type === undefined) return undefined
  const known = typeof type === 'string' ? types.get(type.toUpperCase()) : undefined
  if (known === undefined) throw invalid(`${path}.type`, `there is no type ${JSON.stringify(type)}`)
  return known
}

function countOf(value: Json | undefined, path: string): number {
  const count = typeof value === 'string' ? Number(value) : value
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count
  throw invalid(path, 'it must be a whole number')
}

function readEnum(value: Json, path: string): Json[] {
  const choices = listOf(value, path)
  if (choices.some((choice) => typeof choice !== 'string')) {
    throw invalid(path, 'it must be an array of texts')
  }
  return choices
}

function addInner(
  schema: JsonObject,
  result: JsonObject,
  type: string | undefined,
  path: string,
): void {
  if (type === 'object') {
    const properties = isObject(schema.properties) ? Object.entries(schema.properties) : []
    if (properties.length === 0) {
      throw refused(`${path}.properties`, 'should be non-empty for OBJECT type')
    }
    result.properties = Object.fromEntries(
      properties.map(([name, inner]) => [name, fromOpenApi(inner, `${path}.properties[${name}]`)]),
    )
  }
  if (type === 'array') {
    if (schema.items === undefined) throw refused(`${path}.items`, 'missing field.')
    result.items = fromOpenApi(schema.items, `${path}.items`)
  }
  if (schema.anyOf !== undefined) {
    const branches = listOf(schema.anyOf, `${path}.anyOf`)
    result.anyOf = branches.map((branch, at) => fromOpenApi(branch, `${path}.anyOf[${at}]`))
  }
}

const innerSchemas = ['items', 'additionalProperties', 'not']
const innerLists = ['anyOf', 'oneOf', 'allOf', 'prefixItems']
const innerMaps = ['properties', '$defs', 'definitions']

/** The same schema. @throws Problem when `const` is somewhere in it: one-value enums say the same. */
export function fromJsonSchema(value: Json | undefined, path: string): JsonObject {
  if (!isObject(value)) throw invalid(path, 'it must be a JSON schema')
  checkJsonSchema(value, path)
  return value
}

function checkJsonSchema(schema: Json | undefined, path: string): void {
  if (!isObject(schema)) return
  if (schema.const !== undefined) throw invalid(path, "'const' is not supported")
  for (const name of innerSchemas) checkJsonSchema(schema[name], `${path}.${name}`)
  for (const name of innerLists) {
    const list = schema[name]
    if (!Array.isArray(list)) continue
    list.forEach((inner, at) => {
      checkJsonSchema(inner, `${path}.${name}[${at}]`)
    })
  }
  for (const name of innerMaps) {
    const map = schema[name]
    if (!isObject(map)) continue
    for (const key in map) checkJsonSchema(map[key], `${path}.${name}[${key}]`)
  }
}
