// JSON Schema, as far as structured outputs and tool arguments use it: references and `allOf` merged
// into one plain schema, and how deep the smallest instance of a schema is. Source: JSON Schema
// 2020-12, core and validation.

import { isObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'

/** Rounds in which the depths of recursive definitions settle; deeper ones count as endless. */
const maxRounds = 64
/** Alternatives that are kept when several sets of them meet. */
const maxBranches = 64

/** A root schema and what its references point at. */
export class SchemaRoot {
  readonly #root: JsonObject
  readonly #param: string
  readonly #depths: Map<string, number>

  /** @throws Problem `invalidRequest` for a reference that leads nowhere. */
  constructor(root: JsonObject, param: string) {
    this.#root = root
    this.#param = param
    this.#depths = new Map(referencesIn(root).map((reference) => [reference, Infinity]))
    this.#settleDepths()
  }

  refuse(what: string): Problem {
    return new Problem('invalidRequest', `The JSON schema ${what}.`, this.#param)
  }

  /** `schema` with what its `$ref` and `allOf` say merged into it. */
  plain(schema: Json | undefined, followed = new Set<string>()): JsonObject {
    if (schema === false) throw this.refuse('allows no value')
    if (!isObject(schema)) return {}
    const { $ref, allOf, ...rest } = schema
    let merged: JsonObject = rest
    // Once is enough: saying the same thing twice adds nothing, and a circle would not end.
    if (typeof $ref === 'string' && !followed.has($ref)) {
      followed.add($ref)
      merged = merge(merged, this.plain(this.#find($ref), followed))
    }
    if (Array.isArray(allOf)) {
      for (const part of allOf) merged = merge(merged, this.plain(part, followed))
    }
    return merged
  }

  /** How many containers deep the smallest instance is; Infinity when there is none. */
  depth(schema: Json | undefined): number {
    if (schema === false) return Infinity
    if (!isObject(schema)) return 0
    let depth = ownDepth(schema, this)
    if (typeof schema.$ref === 'string') {
      depth = Math.max(depth, this.#depths.get(schema.$ref) ?? Infinity)
    }
    if (Array.isArray(schema.allOf)) {
      for (const part of schema.allOf) depth = Math.max(depth, this.depth(part))
    }
    for (const branches of [schema.anyOf, schema.oneOf]) {
      if (Array.isArray(branches)) {
        depth = Math.max(depth, Math.min(...branches.map((branch) => this.depth(branch))))
      }
    }
    return depth
  }

  #settleDepths(): void {
    for (let round = 0; round < maxRounds; round++) {
      let changed = false
      for (const [reference, known] of this.#depths) {
        const depth = this.depth(this.#find(reference))
        if (depth < known) {
          this.#depths.set(reference, depth)
          changed = true
        }
      }
      if (!changed) return
    }
  }

  #find(reference: string): Json {
    if (reference === '#') return this.#root
    if (!reference.startsWith('#/')) throw this.refuse(`refers to ${reference}, outside of itself`)
    let at: Json | undefined = this.#root
    for (const step of reference.slice(2).split('/')) {
      const key = keyOf(step)
      if (key === undefined) at = undefined
      else if (Array.isArray(at)) at = at[Number(key)]
      else at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined
    }
    if (at === undefined) throw this.refuse(`refers to ${reference}, which is not in it`)
    return at
  }
}

/** The key that a step of a pointer names (RFC 6901, 6); undefined when it is not well-formed. */
function keyOf(step: string): string | undefined {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return undefined
  }
}

function ownDepth(schema: JsonObject, root: SchemaRoot): number {
  if (schema.const !== undefined || Array.isArray(schema.enum)) return 0
  const types = typesOf(schema)
  if (types.some((type) => type !== 'object' && type !== 'array')) return 0
  if (types.includes('object')) {
    const properties = isObject(schema.properties) ? schema.properties : {}
    return requiredOf(schema).reduce(
      (deepest, name) => Math.max(deepest, 1 + root.depth(properties[name])),
      1,
    )
  }
  if (types.includes('array')) {
    const needsItems = typeof schema.minItems === 'number' && schema.minItems > 0
    return needsItems ? 1 + root.depth(schema.items) : 1
  }
  return 0
}

export function requiredOf(schema: JsonObject): string[] {
  if (!Array.isArray(schema.required)) return []
  return schema.required.filter((name) => typeof name === 'string')
}

/** The types a schema names, or those its keywords speak about. */
export function typesOf(schema: JsonObject): string[] {
  if (typeof schema.type === 'string') return [schema.type]
  if (Array.isArray(schema.type)) return schema.type.filter((type) => typeof type === 'string')
  if (schema.properties !== undefined || schema.required !== undefined) return ['object']
  if (schema.items !== undefined || schema.prefixItems !== undefined) return ['array']
  if (schema.minimum !== undefined || schema.maximum !== undefined) return ['number']
  if (schema.pattern !== undefined || schema.format !== undefined) return ['string']
  return []
}

function referencesIn(value: Json | undefined, found: string[] = []): string[] {
  if (Array.isArray(value)) {
    for (const item of value) referencesIn(item, found)
  } else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === '$ref' && typeof inner === 'string') found.push(inner)
      else referencesIn(inner, found)
    }
  }
  return found
}

const lowest = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'])
const highest = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'])

/** A schema that only allows what both allow. */
function merge(first: JsonObject, second: JsonObject): JsonObject {
  const merged: JsonObject = { ...first }
  for (const [key, value] of Object.entries(second)) {
    const known = merged[key]
    merged[key] = known === undefined ? value : mergeKeyword(key, known, value)
  }
  return merged
}

function mergeKeyword(key: string, first: Json, second: Json | undefined): Json {
  if (second === undefined) return first
  if (typeof first === 'number' && typeof second === 'number') {
    if (lowest.has(key)) return Math.min(first, second)
    if (highest.has(key)) return Math.max(first, second)
  }
  if (Array.isArray(first) && Array.isArray(second)) return mergeLists(key, first, second)
  if (key === 'type') return mergeTypes(first, second)
  if (key === 'properties' && isObject(first) && isObject(second)) {
    return mergeProperties(first, second)
  }
  if (key === 'items' || key === 'additionalProperties') return { allOf: [first, second] }
  return second
}

function mergeLists(key: string, first: Json[], second: Json[]): Json {
  const inSecond = new Set(second.map((value) => JSON.stringify(value)))
  switch (key) {
    case 'required':
      return [...new Set([...first, ...second])]
    case 'enum':
      return first.filter((value) => inSecond.has(JSON.stringify(value)))
    case 'type':
      return mergeTypes(first, second)
    case 'anyOf':
    case 'oneOf':
      return first
        .flatMap((one) => second.map((other) => ({ allOf: [one, other] })))
        .slice(0, maxBranches)
    default:
      return second
  }
}

function mergeTypes(first: Json, second: Json): Json {
  const allowed = [second].flat()
  return [first].flat().flatMap((type) => {
    if (allowed.includes(type)) return [type]
    if (type === 'number' && allowed.includes('integer')) return ['integer']
    return type === 'integer' && allowed.includes('number') ? ['integer'] : []
  })
}

function mergeProperties(first: JsonObject, second: JsonObject): JsonObject {
  const merged: JsonObject = { ...first }
  for (const [name, schema] of Object.entries(second)) {
    const known = merged[name]
    merged[name] = known === undefined || schema === undefined ? schema : { allOf: [known, schema] }
  }
  return merged
}
