import { expect, test } from 'vitest'
import { namesIn, numbersIn, wordsIn } from './words.ts'

test.each([
  ['What is the weather in New York and in Tokyo?', ['New York', 'Tokyo'], []],
  ['Compare Paris, Rome, and Oslo', ['Paris', 'Rome', 'Oslo'], []],
  ['Paris and Rome, please', ['Paris', 'Rome'], []],
  ['Weather in Paris on Monday', ['Paris'], ['Monday']],
  ['What is the weather in Paris? In Celsius.', ['Paris'], ['Celsius']],
  ['Is I-5 or Route closed', ['Route'], []],
  ['weather in paris and rome', ['paris', 'rome'], []],
  ['Tell me a joke', [], []],
])('%s names %j, and also %j', (text, listed, others) => {
  expect(namesIn(text)).toEqual({ listed, others })
})

test('the telling words of a tool name and of a question meet', () => {
  expect([...wordsIn('getExchangeRates')]).toEqual(['exchange', 'rate'])
  expect([...wordsIn('What are the exchange rates?')]).toEqual(['exchange', 'rate'])
  expect(wordsIn('北京天气怎么样')).toContain('天气')
})

test('numbers are read with sign and fraction', () => {
  expect(numbersIn('Add -3, 4.5 and 2026.')).toEqual([-3, 4.5, 2026])
})
