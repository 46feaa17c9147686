// JSON Schema as Anthropic takes it for answers and for strict tools: a part of the language, with every
// object closed. What it does not take is said in the description, where the model can read it.

import { isJsonObject, type Json, type JsonObject } from '@aigne-hub/protocol'

/** Keywords it takes as they are. */
const kept = new Set(['type', 'enum', 'const', 'title', 'description', 'default', 'required'])
const formats = new Set([
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
/** Keywords under which schemas stand by name, and in a list. */
const named = ['properties', '$defs', 'definitions'] as const
const listed = ['anyOf', 'allOf'] as const
/** Keywords it refuses, of which a model can make something when it reads them. */
const told = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
] as const

/** The schema in the part of the language that Anthropic takes. What it takes already stays as it is. */
export function takenSchema(schema: JsonObject): JsonObject {
  const taken: JsonObject = {}
  for (const key of Object.keys(schema)) {
    const value = schema[key]
    if (value === undefined || !isTaken(key, value)) continue
    taken[key] = value
  }
  for (const key of named) {
    const schemas = schema[key]
    if (isJsonObject(schemas)) taken[key] = mapValues(schemas)
  }
  for (const key of listed) {
    const schemas = schema[key]
    if (Array.isArray(schemas)) taken[key] = schemas.map(takenValue)
  }
  const { oneOf: alternatives, items, additionalProperties } = schema
  if (Array.isArray(alternatives) && taken.anyOf === undefined) {
    taken.anyOf = alternatives.map(takenValue)
  }
  if (isJsonObject(items)) taken.items = takenSchema(items)
  if (isObjectSchema(schema)) taken.additionalProperties = false
  else if (additionalProperties !== undefined) delete taken.additionalProperties
  return describe(taken, schema)
}

function isTaken(key: string, value: Json): boolean {
  if (kept.has(key)) return true
  if (key === 'format') return formats.has(value as string)
  if (key === 'minItems') return value === 0 || value === 1
  return key === '$ref' && typeof value === 'string' && value.startsWith('#')
}

function isObjectSchema({ type, properties }: JsonObject): boolean {
  if (Array.isArray(type)) return type.includes('object')
  return type === 'object' || (type === undefined && isJsonObject(properties))
}

const takenValue = (value: Json): Json => (isJsonObject(value) ? takenSchema(value) : value)

function mapValues(schemas: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, value]) => [name, takenValue(value ?? null)]),
  )
}

function describe(taken: JsonObject, schema: JsonObject): JsonObject {
  const lost = told.filter((key) => schema[key] !== undefined && taken[key] === undefined)
  if (lost.length === 0) return taken
  const words = `(${lost.map((key) => `${key}: ${JSON.stringify(schema[key])}`).join(', ')})`
  const { description } = taken
  taken.description = typeof description === 'string' ? `${description} ${words}` : words
  return taken
}

/** Whether a schema refers to itself, which Anthropic does not take at all. */
export function isRecursive(schema: JsonObject): boolean {
  const open = new Set<string>()
  const done = new Set<string>()
  const visit = (value: Json | undefined): boolean => {
    if (Array.isArray(value)) return value.some(visit)
    if (!isJsonObject(value)) return false
    const { $ref: place } = value
    if (typeof place === 'string' && place.startsWith('#') && !done.has(place)) {
      if (open.has(place)) return true
      open.add(place)
      if (visit(schemaAt(schema, place))) return true
      open.delete(place)
      done.add(place)
    }
    return Object.entries(value).some(
      // What is defined only counts where it is referred to.
      ([key, inner]) => key !== '$defs' && key !== 'definitions' && visit(inner),
    )
  }
  open.add('#')
  return visit(schema)
}

/** What a reference such as `#/$defs/node` points to. */
function schemaAt(root: JsonObject, place: string): Json | undefined {
  let found: Json | undefined = root
  for (const step of place.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (!isJsonObject(found) || !Object.hasOwn(found, key)) return undefined
    found = found[key]
  }
  return found
}
