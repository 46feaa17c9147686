import { usageOf } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { sumUsage } from './usage-sum.ts'

test('counts add up', () => {
  const one = usageOf({ input: 1, imageOut: 2, images: 1, serverToolRequests: { search: 1 } })
  const two = usageOf({ input: 5, images: 1, serverToolRequests: { search: 2, code: 1 } })
  expect(sumUsage([one, two])).toEqual(
    usageOf({ input: 6, imageOut: 2, images: 2, serverToolRequests: { search: 3, code: 1 } }),
  )
})

test('a cost is one only if it is everybody’s', () => {
  const paid = usageOf({ providerCost: 3n, serviceTier: 'flex' })
  expect(sumUsage([paid, paid])).toMatchObject({ providerCost: 6n, serviceTier: 'flex' })
  expect(sumUsage([paid, usageOf()])).toEqual(usageOf())
})

test('what is estimated in part is estimated', () => {
  expect(sumUsage([usageOf(), usageOf({ estimated: true })]).estimated).toBe(true)
})
