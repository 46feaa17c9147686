// Google's two languages for schemas. Read: its subset of OpenAPI 3.0 becomes JSON Schema. Written: JSON
// Schema without what Google refuses (`const`, `$schema`, `strict`, objects without properties).

import { isJsonObject, type Json, type JsonObject } from '@aigne-hub/protocol'

type Change = (schema: JsonObject) => JsonObject

/** Keywords that hold one schema, a list of them, and schemas by name. */
const single = [
  'items',
  'additionalProperties',
  'not',
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
]
const listed = ['anyOf', 'oneOf', 'allOf', 'prefixItems']
const named = ['properties', '$defs', 'definitions', 'patternProperties', 'dependentSchemas']

/** Changes the schemas a schema is made of; values (`enum`, `default`) stay as they are. */
function changeInner(schema: JsonObject, change: Change): JsonObject {
  const changed = { ...schema }
  const changeOne = (value: Json | undefined) => (isJsonObject(value) ? change(value) : value)
  for (const key of single) if (isJsonObject(changed[key])) changed[key] = change(changed[key])
  for (const key of listed) {
    const list = changed[key]
    if (Array.isArray(list)) changed[key] = list.map((entry) => changeOne(entry) as Json)
  }
  for (const key of named) {
    const map = changed[key]
    if (!isJsonObject(map)) continue
    changed[key] = Object.fromEntries(
      Object.entries(map).map(([name, entry]) => [name, changeOne(entry)]),
    )
  }
  return changed
}

/** The whole numbers that Google's JSON writes as text. */
const counts = ['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']

/** JSON Schema of a `Schema` object: lower-case types, `nullable` as a type, counts as numbers. */
export function fromOpenApi(schema: JsonObject): JsonObject {
  const { nullable, propertyOrdering, ...rest } = changeInner(schema, fromOpenApi)
  if (typeof rest.type === 'string') {
    const type = rest.type.toLowerCase()
    if (type === 'type_unspecified') delete rest.type
    else rest.type = nullable === true ? [type, 'null'] : type
  } else if (nullable === true && Array.isArray(rest.anyOf)) {
    rest.anyOf = [...rest.anyOf, { type: 'null' }]
  }
  if (nullable === true && Array.isArray(rest.enum)) rest.enum = [...rest.enum, null]
  for (const key of counts) {
    const count = rest[key]
    if (typeof count === 'string' && /^\d{1,15}$/.test(count)) rest[key] = Number(count)
  }
  return rest
}

/** The schema as Google takes it in `parametersJsonSchema` and `responseJsonSchema`. */
export function toGoogle(schema: JsonObject): JsonObject {
  const { const: only, $schema, strict, ...rest } = changeInner(schema, innerToGoogle)
  return only === undefined ? rest : { ...rest, enum: [only] }
}

/** Google refuses an object without properties anywhere but at the top. */
function innerToGoogle(schema: JsonObject): JsonObject {
  const written = toGoogle(schema)
  return schema.type === 'object' && isEmptyObject(schema)
    ? { ...written, properties: { placeholder: { type: 'string' } } }
    : written
}

/** Whether a schema of an object leaves nothing to be filled in. */
export function isEmptyObject(schema: JsonObject): boolean {
  const { type = 'object', properties, additionalProperties } = schema
  if (type !== 'object') return false
  if (isJsonObject(properties) && Object.keys(properties).length > 0) return false
  if (additionalProperties === true || isJsonObject(additionalProperties)) return false
  const others = [
    '$ref',
    'anyOf',
    'oneOf',
    'allOf',
    'patternProperties',
    'enum',
    'const',
    'not',
    'if',
  ]
  return others.every((key) => schema[key] === undefined)
}
