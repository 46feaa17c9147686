// The fields of a form as a JSON body would have them, so that one reader does for both.

import { type FormBody, HubError, type Json, type JsonObject } from '@aigne-hub/protocol'
import { refuse } from './read-field.ts'

/** Fields that a form, which knows only text, says in words. */
export interface FieldKinds {
  numbers?: readonly string[]
  booleans?: readonly string[]
}

/** `tags` of `tags[]` and `tags[2]`, the ways in which forms spell lists. */
export function listName(name: string): string {
  return name.replace(/\[\d*\]$/, '')
}

/**
 * Text that is no number or boolean stays text, for the reader to refuse. A list is a field that comes
 * as `<name>[]`. An empty number or boolean counts as absent.
 * @throws HubError `invalid_request` when a field that is no list comes twice.
 */
export function jsonOfForm(
  { fields }: FormBody,
  { numbers = [], booleans = [] }: FieldKinds,
): JsonObject {
  const object: JsonObject = {}
  for (const { name, value } of fields) {
    const list = listName(name)
    if (list === '__proto__') continue
    if (list !== name) {
      const entries = Object.hasOwn(object, list) ? object[list] : []
      object[list] = [...(Array.isArray(entries) ? entries : refuseTwice(list)), value]
    } else {
      if (Object.hasOwn(object, name)) refuseTwice(name)
      object[name] = readText(value, numbers.includes(name), booleans.includes(name))
    }
  }
  return object
}

function readText(value: string, isNumber: boolean, isBoolean: boolean): Json {
  if (isBoolean)
    return value === '' ? null : value === 'true' || (value === 'false' ? false : value)
  if (!isNumber) return value
  const text = value.trim()
  if (text === '') return null
  return /^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : value
}

function refuseTwice(name: string): never {
  return refuse(printable(name), 'in the form once')
}

/**
 * Refuses files of other names than these.
 * @throws HubError `unsupported_parameter` naming the field.
 */
export function refuseOtherFiles({ files }: FormBody, known: readonly string[]): void {
  for (const { name } of files) {
    if (known.includes(listName(name))) continue
    throw new HubError(
      'unsupported_parameter',
      `The form has a file in the field ${printable(name)}, which is not known here. Leave it out.`,
      { param: printable(name) },
    )
  }
}

/** A name as it may stand in a message. */
function printable(name: string): string {
  return name.slice(0, 64).replace(/[^\w.[\]-]/g, '?')
}
