// How inbound dialects read the fields of a request: strict about types, with errors that name the
// field. `at` says where the object stands: empty at the top level, else its path and a dot
// (`messages[0].`). A field that is null counts as absent.

import { HubError, isJsonObject, type Json, type JsonObject } from '@aigne-hub/protocol'

function kindOf(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  return `a ${typeof value}`
}

/**
 * Refuses a field for what it says. `expected` completes "must be …".
 * @throws HubError `invalid_request`, always.
 */
export function refuse(param: string, expected: string): never {
  throw new HubError('invalid_request', `${param} must be ${expected}.`, { param })
}

/**
 * Refuses a field that is missing or of another kind than `expected`, which names the kind in words
 * ("a string", "a number", "an array", "an object", "a boolean"). The value itself is never repeated:
 * it may be private.
 * @throws HubError `invalid_request`, always.
 */
export function refuseKind(param: string, expected: string, found: Json | undefined): never {
  if (found === undefined) {
    throw new HubError('invalid_request', `${param} is missing: it must be ${expected}.`, { param })
  }
  const kind = kindOf(found)
  const noun = kind.slice(kind.lastIndexOf(' ') + 1)
  return refuse(param, expected.includes(noun) ? expected : `${expected}, not ${kind}`)
}

/** Sets what is given; absent stays absent. */
export function put<T extends object, K extends keyof T>(
  target: T,
  key: K,
  value: T[K] | undefined,
): void {
  if (value !== undefined) target[key] = value
}

export function optionalString(fields: JsonObject, key: string, at: string): string | undefined {
  const value = fields[key]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') return refuseKind(at + key, 'a string', value)
  return value
}

/** A string that says something. */
export function requiredString(fields: JsonObject, key: string, at: string): string {
  const value = fields[key]
  if (typeof value !== 'string' || value === '') {
    return refuseKind(at + key, 'a string that is not empty', value)
  }
  return value
}

/** A string that may be empty, but must be there. */
export function requiredText(fields: JsonObject, key: string, at: string): string {
  const value = fields[key]
  if (typeof value !== 'string') return refuseKind(at + key, 'a string', value)
  return value
}

export function optionalNumber(
  fields: JsonObject,
  key: string,
  at: string,
  least: number,
  most: number,
): number | undefined {
  const value = fields[key]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    return refuseKind(at + key, `a number from ${least} to ${most}`, value)
  }
  return value
}

export function optionalInteger(
  fields: JsonObject,
  key: string,
  at: string,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const value = fields[key]
  if (value === undefined || value === null) return undefined
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
    const range =
      most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    return refuseKind(at + key, `a whole number ${range}`, value)
  }
  return value as number
}

export function optionalBoolean(fields: JsonObject, key: string, at: string): boolean | undefined {
  const value = fields[key]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') return refuseKind(at + key, 'a boolean', value)
  return value
}

export function optionalObject(
  fields: JsonObject,
  key: string,
  at: string,
): JsonObject | undefined {
  const value = fields[key]
  if (value === undefined || value === null) return undefined
  if (!isJsonObject(value)) return refuseKind(at + key, 'an object', value)
  return value
}

export function requiredObject(fields: JsonObject, key: string, at: string): JsonObject {
  return optionalObject(fields, key, at) ?? refuseKind(at + key, 'an object', fields[key])
}

export function optionalArray(fields: JsonObject, key: string, at: string): Json[] | undefined {
  const value = fields[key]
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) return refuseKind(at + key, 'an array', value)
  return value
}

/** Every entry is a string; there may be none. */
export function optionalStrings(fields: JsonObject, key: string, at: string): string[] | undefined {
  const list = optionalArray(fields, key, at)
  const wrong = list?.findIndex((entry) => typeof entry !== 'string') ?? -1
  if (wrong >= 0) return refuseKind(`${at}${key}[${wrong}]`, 'a string', list?.[wrong])
  return list as string[] | undefined
}

/** The object at `index` of an array whose path is `list`. */
export function objectAt(value: Json | undefined, list: string, index: number): JsonObject {
  if (!isJsonObject(value)) return refuseKind(`${list}[${index}]`, 'an object', value)
  return value
}

/** `"a", "b" or "c"`, for messages. */
export function oneOf(values: readonly string[]): string {
  const quoted = values.map((value) => `"${value}"`)
  if (quoted.length < 2) return quoted.join()
  return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
}

/**
 * The fields that are not `known`, or undefined when there are none. Nulls count as absent, and
 * `__proto__` is left out: assigned, it would not become a field.
 */
export function otherFields(
  fields: JsonObject,
  known: readonly string[] | ReadonlySet<string>,
): JsonObject | undefined {
  const isKnown = (key: string) =>
    'has' in known ? known.has(key) : (known as readonly string[]).includes(key)
  let others: JsonObject | undefined
  for (const key in fields) {
    const value = fields[key]
    if (value === null || value === undefined || isKnown(key) || key === '__proto__') continue
    others ??= {}
    others[key] = value
  }
  return others
}
