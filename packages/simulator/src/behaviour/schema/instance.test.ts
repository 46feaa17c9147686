import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json, JsonObject } from '../../json.ts'
import { createRandom } from '../../random.ts'
import { instanceOf } from './instance.ts'

const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }))

function instance(schema: JsonObject, seed = 0): Json {
  const value = instanceOf(schema, { random: createRandom(seed), param: 'response_format' })
  return JSON.parse(JSON.stringify(value))
}

function expectValid(given: JsonObject, seed: number): void {
  // As it would come out of a request, without generated prototypes.
  const schema: JsonObject = JSON.parse(JSON.stringify(given))
  const value = instance(schema, seed)
  const validate = ajv.compile(schema)
  validate(value)
  expect(validate.errors ?? [], JSON.stringify({ schema, value })).toEqual([])
}

const bounds = (most: number) =>
  fc
    .tuple(fc.nat(most), fc.nat(most))
    .map(([first, second]): [number, number] =>
      first < second ? [first, second] : [second, first],
    )

const texts = bounds(40).map(([minLength, maxLength]) => ({ type: 'string', minLength, maxLength }))
const formats = fc
  .constantFrom(
    'date',
    'time',
    'date-time',
    'duration',
    'email',
    'hostname',
    'ipv4',
    'ipv6',
    'uri',
    'uuid',
  )
  .map((format) => ({ type: 'string', format }))
const patterns = fc
  .constantFrom(
    '^[a-z]+$',
    '^(foo|ba[rz])-\\d{2,4}$',
    '[^a-zA-Z]{3}',
    '^\\p{Lu}\\p{L}*$',
    '^(?=.*\\d)[a-z\\d]{8,}$',
    '^[\\w.+-]+@[a-z]+\\.[a-z]{2,}$',
    '^\\$\\d+(?:\\.\\d\\d)?$',
    '\\bword\\b',
    '^(?<year>\\d{4})/\\u0041\\x42$',
  )
  .map((pattern) => ({ type: 'string', pattern }))
const integers = fc
  .tuple(fc.integer({ min: -1000, max: 1000 }), fc.nat(500), fc.constantFrom(1, 2, 7))
  .map(([minimum, span, multipleOf]) => ({
    type: 'integer',
    minimum,
    maximum: minimum + span + multipleOf,
    multipleOf,
  }))
const numbers = fc
  .tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.double({ min: 0.001, max: 1e6, noNaN: true }))
  .map(([low, span]) => ({ type: 'number', exclusiveMinimum: low, exclusiveMaximum: low + span }))
const openNumbers = fc
  .tuple(
    fc.constantFrom('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'),
    fc.integer({ min: -1e9, max: 1e9 }),
    fc.constantFrom('integer', 'number'),
  )
  .map(([keyword, bound, type]) => ({ type, [keyword]: bound }))
const scalars = fc.constantFrom('boolean', 'null', 'string', 'integer', 'number')
const constants: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom(null, true, false),
  fc.integer(),
  fc.string(),
  fc.array(fc.integer(), { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('a', 'b'), fc.string()),
)
const choices = fc.oneof(
  constants.map((value) => ({ const: value })),
  fc
    .uniqueArray(fc.oneof(fc.integer(), fc.string()), { minLength: 1, maxLength: 4 })
    .map((values) => ({ enum: values })),
)
const leaf: fc.Arbitrary<JsonObject> = fc.oneof(
  texts,
  formats,
  patterns,
  integers,
  numbers,
  openNumbers,
  choices,
  scalars.map((type) => ({ type })),
  fc.subarray(['string', 'integer', 'null', 'boolean'], { minLength: 1 }).map((type) => ({ type })),
)

// Ajv trips over properties with the names of those that every object has.
const propertyName = fc
  .oneof(fc.constantFrom('name', 'city', 'unitPrice'), fc.string())
  .filter((name) => !(name in Object.prototype))

const schemas = fc.letrec<{ any: JsonObject; object: JsonObject }>((tie) => ({
  object: fc
    .tuple(
      fc.uniqueArray(fc.tuple(propertyName, tie('any')), {
        selector: ([name]) => name,
        maxLength: 4,
      }),
      fc.constantFrom('all', 'some', 'none'),
      fc.oneof(fc.boolean(), tie('any')),
    )
    .map(([properties, required, additionalProperties]) => ({
      type: 'object',
      properties: Object.fromEntries(properties),
      required: properties
        .map(([name]) => name)
        .filter((_, at) => required === 'all' || (required === 'some' && at % 2 === 0)),
      additionalProperties,
    })),
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    tie('object'),
    fc
      .tuple(tie('any'), bounds(4))
      .map(([items, [minItems, maxItems]]) => ({ type: 'array', items, minItems, maxItems })),
    bounds(6).map(([minItems, maxItems]) => ({
      type: 'array',
      items: { type: 'integer', minimum: 1, maximum: 9 },
      uniqueItems: true,
      minItems,
      maxItems,
    })),
    fc
      .tuple(tie('any'), tie('any'))
      .map((prefixItems) => ({ type: 'array', prefixItems, items: false })),
    fc.array(tie('any'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc.tuple(tie('object'), leaf).map(([object, extra]) => ({
      allOf: [object, { type: 'object', properties: { extra }, required: ['extra'] }],
    })),
  ),
}))

test('what comes out is valid against the schema', () => {
  const openObject = schemas.object.map((schema) => ({ ...schema, additionalProperties: true }))
  fc.assert(
    fc.property(fc.oneof(schemas.any, openObject), fc.nat(), (schema, seed) => {
      fc.pre(!closesBeforeExtra(schema))
      expectValid(schema, seed)
    }),
    { numRuns: 600 },
  )
})

/** An `allOf` whose first part forbids what its second demands has no instance. */
function closesBeforeExtra(schema: Json | undefined): boolean {
  if (typeof schema !== 'object' || schema === null) return false
  if (Array.isArray(schema)) return schema.some(closesBeforeExtra)
  const [first] = Array.isArray(schema.allOf) ? schema.allOf : []
  const isClosed =
    typeof first === 'object' &&
    first !== null &&
    !Array.isArray(first) &&
    first.additionalProperties !== true
  return isClosed || Object.values(schema).some(closesBeforeExtra)
}

test('recursive definitions end', () => {
  fc.assert(
    fc.property(leaf, fc.nat(), (value, seed) => {
      expectValid(
        {
          $ref: '#/$defs/tree',
          $defs: {
            tree: {
              type: 'object',
              properties: {
                value,
                left: { anyOf: [{ $ref: '#/$defs/tree' }, { type: 'null' }] },
                children: { type: 'array', items: { $ref: '#/$defs/tree' } },
                siblings: { $ref: '#/$defs/list' },
              },
              required: ['value', 'left', 'children', 'siblings'],
              additionalProperties: false,
            },
            list: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/tree/properties/value' }] },
          },
        },
        seed,
      )
    }),
    { numRuns: 200 },
  )
})

test('alternatives that are told apart by a constant give one of them', () => {
  const schema = {
    oneOf: ['circle', 'square', 'line'].map((kind) => ({
      type: 'object',
      properties: { kind: { const: kind }, size: { type: 'number', minimum: 0 } },
      required: ['kind', 'size'],
    })),
  }
  const kinds = new Set(
    Array.from({ length: 50 }, (_, seed) => {
      expectValid(schema, seed)
      return (instance(schema, seed) as JsonObject).kind
    }),
  )
  expect(kinds).toEqual(new Set(['circle', 'square', 'line']))
})

test('maps get an entry, with a name they allow', () => {
  const schema = {
    type: 'object',
    propertyNames: { enum: ['north', 'south'] },
    additionalProperties: { type: 'integer', minimum: 5 },
    minProperties: 2,
  }
  expectValid(schema, 1)
  expect(Object.keys(instance(schema) as JsonObject).sort()).toEqual(['north', 'south'])
})

test.each(['no-such-format', '__proto__', 'constructor', 'toString'])(
  'a format nobody knows (%s) gives some text',
  (format) => {
    expect(instance({ type: 'string', format })).toMatch(/^simulated value \d+$/)
  },
)

test('the same seed gives the same instance', () => {
  fc.assert(
    fc.property(schemas.any, fc.nat(), (schema, seed) => {
      fc.pre(!closesBeforeExtra(schema))
      expect(instance(schema, seed)).toEqual(instance(schema, seed))
    }),
  )
})

test.each<[string, JsonObject]>([
  ['a reference to nowhere', { $ref: '#/$defs/none' }],
  ['a reference to another document', { $ref: 'https://example.com/schema' }],
  ['a reference that is no text', { $ref: '#/%ff' }],
  [
    'an endless structure',
    { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] },
  ],
  ['types that exclude each other', { allOf: [{ type: 'string' }, { type: 'object' }] }],
  ['bounds that exclude each other', { type: 'integer', minimum: 2, maximum: 1 }],
  ['a list longer than anyone would read', { type: 'array', minItems: 1e9 }],
  ['an object larger than anyone would read', { type: 'object', minProperties: 1e9 }],
  [
    'more different values than there are',
    { type: 'array', items: { type: 'boolean' }, uniqueItems: true, minItems: 3 },
  ],
  ['a pattern that takes forever', { type: 'string', pattern: '^(a+)+$(?<!a)', minLength: 40 }],
])('%s is refused, naming the field of the request', (_name, schema) => {
  expect(() => instance(schema)).toThrowError(
    expect.objectContaining({ kind: 'invalidRequest', param: 'response_format' }),
  )
})
