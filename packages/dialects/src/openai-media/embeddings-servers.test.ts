// Servers of OpenAI's embeddings that are not OpenAI.

import { editBody, usageOf } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bodyOf, bytesOf, targetOf, textOf } from '../testing/bytes.ts'
import { openAiEmbeddings } from './embeddings.ts'

const read = (body: object) => openAiEmbeddings.readRequest(bodyOf(body), {})

const asked = (body: object) => read({ model: 'm1', input: 'twelve bytes', ...body })
const relay = (body: object, quirks: Parameters<typeof targetOf>[0]) => {
  const wire = bodyOf(body)
  const fitting = openAiEmbeddings.relay.edits(
    wire,
    openAiEmbeddings.readRequest(wire, {}),
    targetOf(quirks),
  )
  return fitting && JSON.parse(textOf(editBody(wire, fitting.edits)))
}
const translated = (body: object, quirks: Parameters<typeof targetOf>[0]) =>
  JSON.parse(openAiEmbeddings.writeRequest(read(body), targetOf(quirks)).body as string)

test.each([
  ['passed on', relay],
  ['written anew', translated],
])('Mistral calls dimensions output_dimension, in a body that is %s', (_, send) => {
  const mistral = { dimensionsField: 'output_dimension' as const }
  const body = { model: 'm1', input: 'x', dimensions: 3 }
  expect(send(body, mistral)).toEqual({ model: 'm1', input: 'x', output_dimension: 3 })
  expect(send({ model: 'm1', input: 'x' }, mistral)).toEqual({ model: 'm1', input: 'x' })
})

test.each([
  ['passed on', relay],
  ['written anew', translated],
])('a length of vectors it cannot give is refused by its name, in a body that is %s', (_, send) => {
  const quirks = { dimensionsField: 'output_dimension' as const, unsupported: ['dimensions'] }
  expect(() => send({ model: 'm1', input: 'x', dimensions: 3 }, quirks)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'dimensions' }),
  )
})

test.each([
  ['passed on', relay],
  ['written anew', translated],
])(
  'more inputs than the target takes are a 400 that says how many, in a body that is %s',
  (_, send) => {
    const body = { model: 'm1', input: ['a', 'b', 'c'] }
    expect(() => send(body, { maxInputs: 2 })).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        param: 'input',
        message: expect.stringContaining('at most 2 inputs'),
      }),
    )
    expect(send(body, { maxInputs: 3 })).toEqual(body)
  },
)

const usagesOf = (usage: object | undefined, request = asked({})) => {
  const data = request.input.map((_, index) => ({ index, embedding: [1] }))
  const answer = bytesOf(JSON.stringify({ data, usage }))
  return [
    openAiEmbeddings.readResponse(answer, targetOf(), request).usage,
    openAiEmbeddings.relay.readUsage(answer, targetOf(), request),
  ]
}

test.each<[string, object | undefined]>([
  ['zeros', { prompt_tokens: 0, total_tokens: 0 }],
  ['nothing', undefined],
])('tokens that LM Studio reports as %s are counted here', (_, usage) => {
  const counted = usageOf({ input: 3, estimated: true })
  expect(usagesOf(usage)).toEqual([counted, counted])
  const ids = usagesOf(usage, asked({ input: [[1, 2], [3]] }))
  expect(ids).toEqual([counted, counted])
})

test('what OpenRouter says the call cost is kept', () => {
  const paid = usageOf({ input: 5, providerCost: 1_250n })
  expect(usagesOf({ prompt_tokens: 5, total_tokens: 5, cost: 0.00000125 })).toEqual([paid, paid])
})

test.each<[string, unknown[]]>([
  ['fewer', [{ index: 0, embedding: [1] }]],
  ['more', [0, 1, 2].map((index) => ({ index, embedding: [1] }))],
])('%s vectors than inputs are no answer: nobody knows which is whose', (_, data) => {
  const answer = bytesOf(JSON.stringify({ data }))
  expect(() =>
    openAiEmbeddings.readResponse(answer, targetOf(), asked({ input: ['a', 'b'] })),
  ).toThrow(expect.objectContaining({ code: 'upstream_failed' }))
})
