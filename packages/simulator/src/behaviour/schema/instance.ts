import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import { numberFor } from './number.ts'
import { requiredOf, SchemaRoot, typesOf } from './resolve.ts'
import { textFor } from './text.ts'

/** Proposes a value for a property; one that does not fit is ignored. */
export type Hint = (name: string, schema: JsonObject, type: string) => Json | undefined

export interface InstanceOptions {
  random: Random
  /** The field of the request that holds the schema, for errors. */
  param: string
  hint?: Hint
}

/** Below this, optional properties and second items are left out and the smallest branch is taken. */
const generousDepth = 4
/** After this many values everything is as small as it may be. */
const generousValues = 400
/** An instance with more values than this is refused. */
const mostValues = 50_000
/** Choices between branches on one level. */
const mostChoices = 64

/**
 * A value that is valid against `schema` (JSON Schema 2020-12 as far as structured outputs and tools
 * use it: types, enum, const, anyOf, oneOf, allOf, $ref, bounds, formats, patterns).
 * @throws Problem `invalidRequest` when the schema has no instance, or none is found.
 */
export function instanceOf(schema: JsonObject, options: InstanceOptions): Json {
  const root = new SchemaRoot(schema, options.param)
  return new Instance(root, options).value(schema, '', 0)
}

class Instance {
  readonly #root: SchemaRoot
  readonly #random: Random
  readonly #hint: Hint
  #values = 0

  constructor(root: SchemaRoot, { random, hint = () => undefined }: InstanceOptions) {
    this.#root = root
    this.#random = random
    this.#hint = hint
  }

  value(given: Json | undefined, name: string, depth: number): Json {
    if (++this.#values > mostValues) throw this.#root.refuse('only has very large instances')
    const isGenerous = this.#isGenerous(depth)
    const schema = this.#settled(given, isGenerous)
    if (schema.const !== undefined) return schema.const
    const choices = Array.isArray(schema.enum) ? schema.enum : undefined
    const type = this.#typeOf(schema, choices, isGenerous)
    const hinted = this.#hint(name, schema, type)
    if (choices) return this.#choice(schema, choices, hinted)
    if (hinted !== undefined) return hinted
    switch (type) {
      case 'object':
        return this.#object(schema, depth)
      case 'array':
        return this.#array(schema, name, depth)
      case 'integer':
      case 'number':
        return this.#found(numberFor(schema, type === 'integer', this.#random), 'number')
      case 'boolean':
        return this.#random.below(2) === 1
      case 'null':
        return null
      default:
        return this.#found(textFor(schema, name, this.#random), 'text')
    }
  }

  #isGenerous(depth: number): boolean {
    return depth < generousDepth && this.#values < generousValues
  }

  #found<T>(value: T | undefined, what: string): T {
    if (value !== undefined) return value
    throw this.#root.refuse(`asks for a ${what} for which the simulator finds no value`)
  }

  /** `schema` with every choice between branches made. */
  #settled(given: Json | undefined, isGenerous: boolean): JsonObject {
    let schema = this.#root.plain(given)
    for (let made = 0; Array.isArray(schema.anyOf) || Array.isArray(schema.oneOf); made++) {
      if (made > mostChoices) throw this.#root.refuse('goes round in circles')
      const { anyOf, oneOf, ...rest } = schema
      const isAny = Array.isArray(anyOf)
      const branch = this.#branch(isAny ? anyOf : [oneOf ?? []].flat(), isGenerous)
      const others = isAny && oneOf !== undefined ? { oneOf } : {}
      schema = this.#root.plain({ ...others, allOf: [rest, branch] })
    }
    return schema
  }

  #branch(branches: Json[], isGenerous: boolean): Json {
    const depths = branches.map((branch) => this.#root.depth(branch))
    const possible = branches.filter((_, at) => depths[at] !== Infinity)
    if (possible.length === 0) throw this.#root.refuse('has no finite instance')
    if (!isGenerous) {
      const smallest = depths.indexOf(Math.min(...depths))
      return this.#found(branches[smallest], 'value')
    }
    const telling = possible.filter((branch) => !(isObject(branch) && branch.type === 'null'))
    return this.#random.pick(telling.length > 0 ? telling : possible)
  }

  #typeOf(schema: JsonObject, choices: Json[] | undefined, isGenerous: boolean): string {
    const types = typesOf(schema)
    if (Array.isArray(schema.type) && types.length === 0) {
      throw this.#root.refuse('contradicts itself: no type is left')
    }
    if (choices || types.length < 2) return types[0] ?? 'string'
    const isContainer = (type: string) => type === 'object' || type === 'array'
    const small = types.find((type) => !isContainer(type))
    if (!isGenerous && small !== undefined) return small
    return types.find((type) => type !== 'null') ?? 'null'
  }

  #choice(schema: JsonObject, choices: Json[], hinted: Json | undefined): Json {
    const types = typesOf(schema)
    const allowed = choices.filter(
      (choice) => types.length === 0 || types.some((type) => isOfType(choice, type)),
    )
    if (allowed.length === 0) throw this.#root.refuse('has an enum without a possible value')
    return hinted !== undefined && allowed.includes(hinted) ? hinted : this.#random.pick(allowed)
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const properties = isObject(schema.properties) ? schema.properties : {}
    const required = requiredOf(schema)
    const isRequired = new Set(required)
    const most = typeof schema.maxProperties === 'number' ? schema.maxProperties : Infinity
    const value: JsonObject = {}
    let count = required.length
    for (const [name, inner] of Object.entries(properties)) {
      if (!isRequired.has(name)) {
        const fits = count < most && this.#root.depth(inner) !== Infinity
        if (!fits || !this.#isGenerous(depth)) continue
        count++
      }
      put(value, name, this.#property(inner, name, depth))
    }
    for (const name of required) {
      if (Object.hasOwn(value, name)) continue
      put(value, name, this.#property(schema.additionalProperties, name, depth))
    }
    this.#addUnnamed(schema, value, depth)
    return value
  }

  #property(schema: Json | undefined, name: string, depth: number): Json {
    if (this.#root.depth(schema) === Infinity) {
      throw this.#root.refuse(`has no finite value for the required property ${name}`)
    }
    return this.value(schema, name, depth + 1)
  }

  /** Members beyond the named ones, for maps and for `minProperties`. */
  #addUnnamed(schema: JsonObject, value: JsonObject, depth: number): void {
    const least = typeof schema.minProperties === 'number' ? schema.minProperties : 0
    const isMap = isObject(schema.additionalProperties) && Object.keys(value).length === 0
    const most = typeof schema.maxProperties === 'number' ? schema.maxProperties : Infinity
    const wanted = Math.min(most, Math.max(least, isMap && this.#isGenerous(depth) ? 1 : 0))
    const inner = isObject(schema.additionalProperties) ? schema.additionalProperties : true
    // A map whose values have no finite instance stays empty.
    if (least === 0 && this.#root.depth(inner) === Infinity) return
    let count = Object.keys(value).length
    for (let tried = 1; count < wanted; tried++) {
      if (schema.additionalProperties === false || tried > wanted * 8) {
        throw this.#root.refuse('asks for more properties than it allows')
      }
      const name = schema.propertyNames ? this.value(schema.propertyNames, 'key', depth + 1) : ''
      const key = typeof name === 'string' && name !== '' ? name : `key${tried}`
      if (Object.hasOwn(value, key)) continue
      put(value, key, this.#property(inner, key, depth))
      count++
    }
  }

  #array(schema: JsonObject, name: string, depth: number): Json[] {
    const first = Array.isArray(schema.prefixItems) ? schema.prefixItems : []
    const least = typeof schema.minItems === 'number' ? schema.minItems : 0
    const most = typeof schema.maxItems === 'number' ? schema.maxItems : Infinity
    const hasItems = schema.items !== false && this.#root.depth(schema.items) !== Infinity
    const usual = Math.max(first.length, hasItems && first.length === 0 ? 2 : 0)
    const length = Math.min(most, Math.max(least, this.#isGenerous(depth) ? usual : 0))
    const items: Json[] = []
    const seen = new Set<string>()
    for (let tried = 0; items.length < length && tried < 64 * length; tried++) {
      const at = items.length
      if (at >= first.length && !hasItems)
        throw this.#root.refuse('asks for items it does not allow')
      const item = this.value(at < first.length ? first[at] : schema.items, name, depth + 1)
      const text = schema.uniqueItems === true ? JSON.stringify(item) : undefined
      if (text !== undefined && seen.has(text)) continue
      if (text !== undefined) seen.add(text)
      items.push(item)
    }
    if (items.length < least)
      throw this.#root.refuse('asks for more different items than there are')
    return items
  }
}

/** As an own property, also for a name such as `__proto__`. */
function put(value: JsonObject, name: string, inner: Json): void {
  Object.defineProperty(value, name, {
    value: inner,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}

function isOfType(value: Json, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}
