import { expect, test } from 'vitest'
import { Kept } from './kept.ts'

test('beyond the limit the oldest entry goes', () => {
  const kept = new Kept<number>(2)
  for (const number of [1, 2, 3]) kept.put(`id ${number}`, number)
  expect([...kept.all()]).toEqual([2, 3])
  expect(kept.get('id 1')).toBeUndefined()
})

test('an entry that was deleted makes room for another', () => {
  const kept = new Kept<number>(2)
  kept.put('one', 1)
  kept.put('two', 2)
  expect(kept.delete('one')).toBe(true)
  expect(kept.delete('one')).toBe(false)
  kept.put('three', 3)
  expect([...kept.all()]).toEqual([2, 3])
})
