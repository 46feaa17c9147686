import {
  editBody,
  HubError,
  type ModerationsRequest,
  type ModerationsResponse,
  readJsonBody,
  usageOf,
} from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { bodyOf, bytesOf, targetOf, textOf } from '../testing/bytes.ts'
import { openAiClient } from '../testing/openai-client.ts'
import { openAiModerations } from './moderations.ts'

const read = (body: object) => openAiModerations.readRequest(bodyOf(body), {})
const answered = (body: unknown) =>
  openAiModerations.readResponse(bytesOf(JSON.stringify(body)), targetOf())
const context = { requestId: 'req_1', arrivedAt: 7, request: { model: 'm1', input: 'x' } }

test('OpenAI’s own client is understood, and understands', async () => {
  const seen: ModerationsRequest[] = []
  const client = openAiClient(({ path, json }) => {
    expect(path).toBe('/moderations')
    if (json) seen.push(openAiModerations.readRequest(json, {}))
    return openAiModerations.writeResponse(context, {
      model: 'omni-moderation-2024-09-26',
      results: [
        {
          flagged: true,
          categories: { violence: true, 'self-harm/intent': false },
          scores: { violence: 0.9, 'self-harm/intent': 0.01 },
          more: { category_applied_input_types: { violence: ['image'] } },
        },
      ],
      usage: usageOf({ estimated: true }),
    })
  })
  const input = [
    { type: 'text' as const, text: 'What is this?' },
    { type: 'image_url' as const, image_url: { url: 'https://example.com/a.png' } },
  ]
  const answer = await client.moderations.create({ input })
  expect(seen).toStrictEqual([{ model: 'omni-moderation-latest', input }])
  expect(answer).toMatchObject({
    id: 'modr-req_1',
    model: 'omni-moderation-2024-09-26',
    results: [
      {
        flagged: true,
        categories: { violence: true },
        category_scores: { violence: 0.9 },
        category_applied_input_types: { violence: ['image'] },
      },
    ],
  })
  expect(answer).not.toHaveProperty('usage')
})

test('a request that is written and read again is the same request', () => {
  const request: fc.Arbitrary<ModerationsRequest> = fc.record(
    {
      model: fc.constant('m1'),
      input: fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 1 })),
      extensions: fc.constant({ safety: 1 }),
    },
    { requiredKeys: ['model', 'input'], noNullPrototype: true },
  )
  fc.assert(
    fc.property(request, (given) => {
      const { body, path } = openAiModerations.writeRequest(given, targetOf())
      expect(path).toBe('/moderations')
      expect(
        openAiModerations.readRequest(readJsonBody(bytesOf(body as string)), {}),
      ).toStrictEqual(given)
    }),
  )
})

test('an answer that is written and read again is the same answer', () => {
  const category = fc.constantFrom('violence', 'hate/threatening', 'pii')
  const result = fc.record(
    {
      flagged: fc.boolean(),
      categories: fc.dictionary(category, fc.boolean(), { noNullPrototype: true }),
      scores: fc.dictionary(category, fc.constantFrom(0, 0.5, 1), { noNullPrototype: true }),
    },
    { noNullPrototype: true },
  )
  const response: fc.Arbitrary<ModerationsResponse> = fc.record(
    {
      id: fc.constant('modr-1'),
      model: fc.constant('m1'),
      results: fc.array(result, { minLength: 1 }),
      usage: fc.constant(usageOf({ input: 5 })),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(response, (given) => {
      const wire = openAiModerations.writeResponse(context, given)
      expect(openAiModerations.readResponse(bytesOf(wire), targetOf())).toStrictEqual(given)
    }),
  )
})

test('Mistral does not say flagged: it is, if any category is', () => {
  const result = (pii: boolean) => ({
    categories: { sexual: false, pii },
    category_scores: { sexual: 0.1, pii: 0.8 },
  })
  const usage = { prompt_tokens: 5, total_tokens: 5 }
  const answer = { id: 'x', model: 'm', results: [result(true), result(false)], usage }
  const { results, usage: read } = answered(answer)
  expect(results.map(({ flagged }) => flagged)).toEqual([true, false])
  expect(read).toEqual(usageOf({ input: 5 }))
})

test('a category that does not apply is none', () => {
  const { results } = answered({ results: [{ flagged: false, categories: { illicit: null } }] })
  expect(results[0]?.categories).toEqual({ illicit: false })
})

test.each<[string, object]>([
  ['input', {}],
  ['input', { input: 7 }],
  ['input', { input: [] }],
  ['input[1]', { input: ['x', 7] }],
  ['input[0]', { input: [7] }],
  ['input[1]', { input: [{ type: 'text', text: 'x' }, 'y'] }],
  ['model', { model: 7, input: 'x' }],
])('%s is named when it is wrong: %j', (param, body) => {
  expect(() => read(body)).toThrow(expect.objectContaining({ code: 'invalid_request', param }))
})

test('no JSON makes either reader throw anything but what it should', { timeout: 600_000 }, () => {
  const thrownBy = (reading: () => unknown) => {
    try {
      reading()
      return undefined
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(HubError)
      return (thrown as HubError).status
    }
  }
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect([undefined, 400]).toContain(thrownBy(() => read({ input: value })))
      expect([undefined, 502]).toContain(thrownBy(() => answered({ results: value })))
      expect([undefined, 502]).toContain(thrownBy(() => answered({ results: [value] })))
    }),
    { numRuns: scale.malformedBodies },
  )
})

test('a body that is passed on gets the target’s model, named or not', () => {
  const passed = (body: object) => {
    const json = bodyOf(body)
    const fitting = openAiModerations.relay.edits(json, read(body), targetOf())
    return fitting && JSON.parse(textOf(editBody(json, fitting.edits)))
  }
  expect(passed({ input: 'x' })).toEqual({ model: 'm1', input: 'x' })
  expect(passed({ input: 'x', model: 'acme/m1' })).toEqual({ model: 'm1', input: 'x' })
})

test('an answer that is passed on is read for errors', () => {
  const usageOfAnswer = (body: object) =>
    openAiModerations.relay.readUsage(bytesOf(JSON.stringify(body)), targetOf())
  const results = [{ flagged: false, categories: {} }]
  expect(usageOfAnswer({ results })).toEqual(usageOf({ estimated: true }))
  expect(() => usageOfAnswer({ error: { message: 'x' } })).toThrow(
    expect.objectContaining({ code: 'upstream_failed' }),
  )
})
