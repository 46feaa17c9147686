import type { Question, Turn } from '../../behaviour/chat-types.ts'
import { isObject, type JsonObject } from '../../json.ts'
import { choiceOf, flag, invalid, missing, objectOf } from '../openai/fields.ts'
import { checkStrictSchema } from './strict-schema.ts'
import { refuseUnknown } from './unknown-fields.ts'

const textFields = new Set(['format', 'verbosity'])
const formatFields = new Set(['type', 'name', 'schema', 'strict', 'description'])
const formatName = /^[A-Za-z0-9_-]{1,64}$/

/** @throws Problem naming the field of `text` that cannot be read. */
export function readFormat(body: JsonObject, turns: readonly Turn[]): Question['format'] {
  const text = objectOf(body, 'text')
  if (text === undefined) return { type: 'text' }
  refuseUnknown(text, textFields, 'text.')
  choiceOf(text, 'verbosity', ['low', 'medium', 'high'], 'medium')
  const format = objectOf(text, 'format')
  if (format === undefined) return { type: 'text' }
  refuseUnknown(format, formatFields, 'text.format.')
  switch (format.type) {
    case 'text':
      return { type: 'text' }
    case 'json_object':
      if (turns.some((turn) => /json/i.test(turn.text))) return { type: 'json' }
      throw invalid('input', "it must mention JSON for a text.format of 'json_object'")
    case 'json_schema':
      return readSchema(format)
    case undefined:
      throw missing('text.format.type')
    default:
      throw invalid('text.format.type', 'there is no such format')
  }
}

function readSchema(format: JsonObject): Question['format'] {
  const { name, schema } = format
  if (name === undefined) throw missing('text.format.name')
  if (typeof name !== 'string' || !formatName.test(name)) {
    throw invalid('text.format.name', 'it must be 1 to 64 of A-Z, a-z, 0-9, _ and -')
  }
  const param = 'text.format.schema'
  if (schema === undefined) throw missing(param)
  if (!isObject(schema)) throw invalid(param, 'it must be a JSON schema')
  if (flag(format, 'strict', false)) {
    checkStrictSchema(schema, {
      owner: `response_format '${name}'`,
      code: 'invalid_json_schema',
      param,
    })
  }
  return { type: 'schema', schema, param }
}
