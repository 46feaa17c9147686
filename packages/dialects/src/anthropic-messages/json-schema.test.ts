import type { JsonObject } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isRecursive, takenSchema } from './json-schema.ts'

test.each<[string, JsonObject, JsonObject]>([
  [
    'objects are closed, however deep they stand',
    { type: 'object', properties: { a: { type: 'array', items: { type: 'object' } } } },
    {
      type: 'object',
      properties: {
        a: { type: 'array', items: { type: 'object', additionalProperties: false } },
      },
      additionalProperties: false,
    },
  ],
  [
    'limits are told instead',
    { type: 'integer', minimum: 1, maximum: 9, description: 'Stars.' },
    { type: 'integer', description: 'Stars. (minimum: 1, maximum: 9)' },
  ],
  ['formats it knows stay', { type: 'string', format: 'uuid' }, { type: 'string', format: 'uuid' }],
  [
    'others are told',
    { type: 'string', format: 'phone' },
    { type: 'string', description: '(format: "phone")' },
  ],
  ['oneOf becomes anyOf', { oneOf: [{ type: 'null' }] }, { anyOf: [{ type: 'null' }] }],
  [
    'one item at least stays, more are told',
    { type: 'array', minItems: 2 },
    { type: 'array', description: '(minItems: 2)' },
  ],
  [
    'definitions and what refers to them stay',
    { $ref: '#/$defs/a', $defs: { a: { type: ['object', 'null'], additionalProperties: true } } },
    { $ref: '#/$defs/a', $defs: { a: { type: ['object', 'null'], additionalProperties: false } } },
  ],
  ['references elsewhere go', { $ref: 'https://example.com/a', not: {} }, {}],
  [
    'a property may have the name of a keyword',
    { type: 'object', properties: { minimum: { type: 'number' } }, required: ['minimum'] },
    {
      type: 'object',
      properties: { minimum: { type: 'number' } },
      required: ['minimum'],
      additionalProperties: false,
    },
  ],
])('%s', (_, schema, expected) => {
  expect(takenSchema(schema)).toEqual(expected)
})

test('what is taken is taken again, and whatever is sent is read', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('type', 'items', 'anyOf', 'properties', 'minimum'),
        fc.jsonValue(),
      ),
      (schema) => {
        const once = takenSchema(schema as JsonObject)
        expect(takenSchema(once)).toEqual(once)
      },
    ),
  )
})

test.each<[boolean, JsonObject]>([
  [true, { type: 'object', properties: { next: { $ref: '#' } } }],
  [true, { $ref: '#/$defs/a', $defs: { a: { anyOf: [{ items: { $ref: '#/$defs/a' } }] } } }],
  [
    false,
    { anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }], $defs: { a: { type: 'string' } } },
  ],
  [false, { $ref: '#/$defs/missing' }],
])('whether a schema refers to itself: %s', (expected, schema) => {
  expect(isRecursive(schema)).toBe(expected)
})
