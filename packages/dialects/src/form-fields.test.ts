import { expect, test } from 'vitest'
import { jsonOfForm } from './form-fields.ts'

test.each(['__proto__', '__proto__[]', '__proto__[0]'])('no field of a form is %s', (name) => {
  const fields = [
    { name: 'model', value: 'm1' },
    { name, value: 'x' },
  ]
  expect(jsonOfForm({ fields, files: [] }, {})).toStrictEqual({ model: 'm1' })
})

test('a list keeps its order, however its fields are spelt', () => {
  const fields = ['tags[]', 'tags[5]', 'tags[]'].map((name, at) => ({ name, value: String(at) }))
  expect(jsonOfForm({ fields, files: [] }, {})).toStrictEqual({ tags: ['0', '1', '2'] })
})
