import type { JsonObject, ResponseFormat } from '@aigne-hub/protocol'
import {
  optionalBoolean,
  optionalObject,
  optionalString,
  put,
  refuseKind,
  requiredString,
} from './read-field.ts'

/** A JSON schema for the answer, with a name, as both of OpenAI's chat APIs have it. */
export function readNamedSchema(fields: JsonObject, at: string): ResponseFormat {
  const name = requiredString(fields, 'name', at)
  if (!/^[\w-]{1,64}$/.test(name)) {
    return refuseKind(`${at}name`, 'a string of at most 64 letters, digits, "_" and "-"', name)
  }
  const read: ResponseFormat = { type: 'jsonSchema', name }
  put(read, 'description', optionalString(fields, 'description', at))
  put(read, 'schema', optionalObject(fields, 'schema', at))
  put(read, 'strict', optionalBoolean(fields, 'strict', at))
  return read
}
