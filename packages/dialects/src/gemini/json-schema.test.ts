import type { JsonObject } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { fromOpenApi, isEmptyObject, toGoogle } from './json-schema.ts'

test.each<[string, JsonObject, JsonObject]>([
  ['types in capitals', { type: 'STRING' }, { type: 'string' }],
  ['a type that says nothing', { type: 'TYPE_UNSPECIFIED', title: 'x' }, { title: 'x' }],
  ['nullable', { type: 'NUMBER', nullable: true }, { type: ['number', 'null'] }],
  [
    'a nullable choice',
    { type: 'STRING', enum: ['a'], nullable: true },
    { type: ['string', 'null'], enum: ['a', null] },
  ],
  [
    'a nullable alternative',
    { nullable: true, anyOf: [{ type: 'STRING' }] },
    { anyOf: [{ type: 'string' }, { type: 'null' }] },
  ],
  [
    'counts as text, and properties named like keywords',
    {
      type: 'OBJECT',
      properties: { type: { type: 'ARRAY', items: { type: 'STRING' }, minItems: '1' } },
      propertyOrdering: ['type'],
    },
    {
      type: 'object',
      properties: { type: { type: 'array', items: { type: 'string' }, minItems: 1 } },
    },
  ],
])('reads %s', (_, openApi, expected) => expect(fromOpenApi(openApi)).toEqual(expected))

test.each<[string, JsonObject, JsonObject]>([
  ['const as a choice of one', { const: null }, { enum: [null] }],
  ['no $schema and no strict', { $schema: 'x', strict: true, type: 'string' }, { type: 'string' }],
  [
    'properties of those names',
    { type: 'object', properties: { const: { type: 'string' }, strict: { const: 1 } } },
    { type: 'object', properties: { const: { type: 'string' }, strict: { enum: [1] } } },
  ],
  [
    'schemas wherever they stand',
    {
      $defs: { a: { const: 1 } },
      anyOf: [{ const: 2 }],
      items: { const: 3 },
      additionalProperties: { const: 4 },
    },
    {
      $defs: { a: { enum: [1] } },
      anyOf: [{ enum: [2] }],
      items: { enum: [3] },
      additionalProperties: { enum: [4] },
    },
  ],
  [
    'values as they are',
    { default: { const: 1 }, enum: [{ const: 2 }] },
    { default: { const: 1 }, enum: [{ const: 2 }] },
  ],
  [
    'objects with open keys without a placeholder',
    { items: { type: 'object', additionalProperties: true } },
    { items: { type: 'object', additionalProperties: true } },
  ],
])('writes %s', (_, schema, expected) => expect(toGoogle(schema)).toEqual(expected))

test.each<[JsonObject, boolean]>([
  [{}, true],
  [{ type: 'object', properties: {}, required: [], additionalProperties: false }, true],
  [{ type: 'object', properties: { a: {} } }, false],
  [{ type: 'object', additionalProperties: {} }, false],
  [{ $ref: '#/$defs/a' }, false],
  [{ type: 'string' }, false],
])('%j leaves nothing to be filled in: %s', (schema, expected) => {
  expect(isEmptyObject(schema)).toBe(expected)
})
