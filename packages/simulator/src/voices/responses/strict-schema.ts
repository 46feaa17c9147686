import { isObject, type Json, type JsonObject } from '../../json.ts'
import { CodedProblem } from '../openai/errors.ts'

interface StrictSchemaPlace {
  /** What the schema is for, as a message names it: `response_format 'trip'`. */
  owner: string
  code: 'invalid_json_schema' | 'invalid_function_parameters'
  param: string
}

/** Keywords that structured outputs do not know. */
const refused = ['allOf', 'oneOf', 'not', 'propertyNames', 'patternProperties', 'if']
const nestedLists = ['anyOf', 'prefixItems']
const nestedMaps = ['properties', '$defs', 'definitions']

/**
 * The rules of structured outputs: an object on top, every object closed, all of its properties
 * required. Source: OpenAI's guide to structured outputs.
 * @throws Problem naming the place within the schema.
 */
export function checkStrictSchema(schema: JsonObject, place: StrictSchemaPlace): void {
  if (schema.type !== 'object') throw refusal(place, [], 'the schema must be of type "object"')
  check(schema, [], place)
}

function refusal({ owner, code, param }: StrictSchemaPlace, path: string[], what: string) {
  const context = path.map((step) => `'${step}'`).join(', ')
  const message = `Invalid schema for ${owner}: In context=(${context}), ${what}.`
  return new CodedProblem('invalidRequest', code, message, param)
}

function check(schema: Json | undefined, path: string[], place: StrictSchemaPlace): void {
  if (!isObject(schema)) return
  for (const keyword of refused) {
    if (schema[keyword] !== undefined) throw refusal(place, path, `'${keyword}' is not permitted`)
  }
  if (schema.type === 'object' || schema.properties !== undefined) {
    checkObject(schema, path, place)
  }
  for (const keyword of nestedMaps) {
    const inner = schema[keyword]
    if (!isObject(inner)) continue
    for (const name in inner) check(inner[name], [...path, keyword, name], place)
  }
  for (const keyword of nestedLists) {
    const inner = schema[keyword]
    if (!Array.isArray(inner)) continue
    inner.forEach((one, at) => {
      check(one, [...path, keyword, String(at)], place)
    })
  }
  check(schema.items, [...path, 'items'], place)
}

function checkObject(schema: JsonObject, path: string[], place: StrictSchemaPlace): void {
  if (schema.additionalProperties !== false) {
    throw refusal(place, path, "'additionalProperties' is required to be supplied and to be false")
  }
  const names = isObject(schema.properties) ? Object.keys(schema.properties) : []
  const required: Json[] = Array.isArray(schema.required) ? schema.required : []
  const left = names.find((name) => !required.includes(name))
  if (left === undefined) return
  const what = `'required' is required to be supplied and to be an array including every key in properties. Missing '${left}'`
  throw refusal(place, path, what)
}
