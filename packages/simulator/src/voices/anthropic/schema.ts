import { isObject, type Json, type JsonObject } from '../../json.ts'
import { invalid, pathOf } from './fields.ts'

/** Keywords that structured outputs do not take. */
const refusedKeywords: readonly string[] = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'maxItems',
  'uniqueItems',
  'oneOf',
]
const formats = new Set<Json>([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
])
const mostOptional = 24

/**
 * Checks that answers can be held to `schema`, as Anthropic's structured outputs limit it.
 * @throws Problem naming what is not supported.
 */
export function checkStrictSchema(schema: JsonObject, path: string): void {
  const optional = optionalIn(schema, path)
  if (optional > mostOptional) {
    throw invalid(path, `Schemas may have at most ${mostOptional} optional properties in all`)
  }
}

/** How many properties of `value`, and of all within it, are optional. */
function optionalIn(value: Json | undefined, path: string): number {
  if (Array.isArray(value)) {
    return value.reduce<number>((sum, one, at) => sum + optionalIn(one, pathOf(path, at)), 0)
  }
  if (!isObject(value)) return 0
  checkKeywords(value, path)
  let optional = 0
  for (const name of ['anyOf', 'allOf', 'items'] as const) {
    optional += optionalIn(value[name], pathOf(path, name))
  }
  for (const name of ['$defs', 'definitions'] as const) {
    optional += optionalInEach(value[name], pathOf(path, name))
  }
  const { properties } = value
  if (isObject(properties)) {
    const required = Array.isArray(value.required) ? value.required : []
    optional += Object.keys(properties).filter((name) => !required.includes(name)).length
    optional += optionalInEach(properties, pathOf(path, 'properties'))
  }
  return optional
}

function optionalInEach(schemas: Json | undefined, path: string): number {
  if (!isObject(schemas)) return 0
  return Object.entries(schemas).reduce(
    (sum, [name, schema]) => sum + optionalIn(schema, pathOf(path, name)),
    0,
  )
}

function checkKeywords(schema: JsonObject, path: string): void {
  const keyword = refusedKeywords.find((name) => schema[name] !== undefined)
  if (keyword !== undefined) throw invalid(path, `'${keyword}' is not supported in schemas`)
  const { minItems, format, type } = schema
  if (typeof minItems === 'number' && minItems > 1) {
    throw invalid(path, "'minItems' is only supported with the values 0 and 1")
  }
  if (format !== undefined && !formats.has(format)) {
    throw invalid(path, `the format ${JSON.stringify(format)} is not supported in schemas`)
  }
  if (type === 'object' && schema.additionalProperties !== false) {
    throw invalid(path, "For 'object' type, 'additionalProperties' must be explicitly set to false")
  }
}
