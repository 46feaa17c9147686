import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from './json.ts'
import { readJsonBody } from './json-body.ts'
import { type BodyEdit, editBody } from './json-edit.ts'
import {
  bytesOf,
  membersOf,
  textOf,
  value,
  written,
  writtenMembers,
} from './testing/written-json.ts'

const fresh = fc.string({ minLength: 1, maxLength: 5 }).map((name) => `new ${name}`)
const change = fc.oneof(
  value.map(({ text: set }) => ({ set })),
  fresh.map((rename) => ({ rename })),
  fc.constant({ remove: true as const }),
)
const edited = writtenMembers.chain((members) => {
  const field = fc.oneof(fresh, ...members.map((m) => fc.constant(m.key)))
  const edit = fc.tuple(field, change).map(([field, what]): BodyEdit => ({ field, ...what }))
  return fc.record({
    members: fc.constant(members),
    edits: fc
      .uniqueArray(edit, { selector: (edit) => edit.field, maxLength: 4 })
      .filter((edits) => isUnique(edits.flatMap(namesWritten))),
  })
})
const isUnique = (names: string[]) => new Set(names).size === names.length
const namesWritten = (edit: BodyEdit) =>
  'rename' in edit ? [edit.field, edit.rename] : [edit.field]

function editedValue(value: JsonObject, edits: BodyEdit[]): Map<string, unknown> {
  const members = membersOf(value)
  for (const edit of edits) {
    const { field } = edit
    if ('set' in edit) members.set(field, readJsonBody(bytesOf(`{"set":${edit.set}}`)).value.set)
    else if (members.has(field)) {
      if ('rename' in edit) members.set(edit.rename, members.get(field))
      members.delete(field)
    }
  }
  return members
}

test('says what the same edits on the parsed value say', () => {
  fc.assert(
    fc.property(edited, ({ members, edits }) => {
      const body = readJsonBody(bytesOf(written(members)))
      const after = readJsonBody(editBody(body, edits))
      expect(membersOf(after.value)).toStrictEqual(editedValue(body.value, edits))
    }),
  )
})

test('keeps every byte of the members it does not touch, and of a renamed value', () => {
  fc.assert(
    fc.property(edited, ({ members, edits }) => {
      const after = readJsonBody(editBody(readJsonBody(bytesOf(written(members))), edits))
      const texts = new Map(
        after.members.map(({ key, start, end }) => [key, textOf(after.bytes.subarray(start, end))]),
      )
      const touched = new Map(edits.map((edit) => [edit.field, edit]))
      for (const member of members) {
        const edit = touched.get(member.key)
        if (!edit) expect(texts.get(member.key)).toBe(member.keyText + member.restText)
        else if ('rename' in edit) {
          expect(texts.get(edit.rename)).toBe(JSON.stringify(edit.rename) + member.restText)
        }
      }
    }),
  )
})

test.each([
  ['a big integer and odd white space', '{"id" : 12345678901234567890 ,\n"model":"a"}'],
  ['escapes nobody needs', '{"id":"\\u0041\\/","model":"a"}'],
  ['a key spelled with escapes', '{"\\u0069d":1.10,"model":"a"}'],
  ['unknown fields', '{"x":{"y":[1e2, null]}, "z":"\\\\","model":"a"}'],
])('leaves the rest alone: %s', (_, text) => {
  const out = editBody(readJsonBody(bytesOf(text)), [{ field: 'model', set: '"longer"' }])
  const [rest] = text.split(/\s*,\s*"model"/)
  expect(textOf(out)).toBe(`${rest},"model":"longer"}`)
})

test('hands back the very bytes when there is nothing to edit', () => {
  const bytes = bytesOf(' { "a" : 1 } ')
  expect(editBody(readJsonBody(bytes), [])).toBe(bytes)
})

test.each([
  ['removes the only member', '{ "a": 1 }', [{ field: 'a', remove: true }], '{}'],
  ['adds to an empty object', '{ }', [{ field: 'a', set: '1' }], '{"a":1}'],
  ['removes the first', '{"a":1,"b":2}', [{ field: 'a', remove: true }], '{"b":2}'],
  ['removes the last', '{"a":1,"b":2}', [{ field: 'b', remove: true }], '{"a":1}'],
  ['ignores what is absent', '{"a":1}', [{ field: 'b', rename: 'c' }], '{"a":1}'],
  ['renames over a field before', '{"b":2,"a":1}', [{ field: 'a', rename: 'b' }], '{"b":1}'],
  ['renames over a field behind', '{"a":1,"b":2}', [{ field: 'a', rename: 'b' }], '{"b":1}'],
] as [string, string, BodyEdit[], string][])('%s', (_, text, edits, expected) => {
  expect(textOf(editBody(readJsonBody(bytesOf(text)), edits))).toBe(expected)
})
