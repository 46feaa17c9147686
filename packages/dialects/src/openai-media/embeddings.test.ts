import {
  type EmbeddingsResponse,
  editBody,
  type Json,
  readJsonBody,
  usageOf,
} from '@aigne-hub/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { bodyOf, bytesOf, targetOf, textOf } from '../testing/bytes.ts'
import { openAiEmbeddings } from './embeddings.ts'

const read = (body: object) => openAiEmbeddings.readRequest(bodyOf(body), {})
const context = (encoding: 'float' | 'base64') => ({
  requestId: 'req_1',
  arrivedAt: 1_790_000_000,
  request: { model: 'e1', input: ['x'], encoding },
})

const input = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
)

test('a request that is written and read again is the same request', () => {
  const request = fc.record(
    {
      model: fc.constant('m1'),
      input: fc.array(input, { minLength: 1, maxLength: 4 }),
      encoding: fc.constantFrom('float' as const, 'base64' as const),
      dimensions: fc.integer({ min: 1, max: 4096 }),
      user: fc.string(),
      extensions: fc.constant({ input_type: 'query' }),
    },
    { requiredKeys: ['model', 'input', 'encoding'], noNullPrototype: true },
  )
  fc.assert(
    fc.property(request, (given) => {
      const { body } = openAiEmbeddings.writeRequest(given, targetOf())
      const wire = readJsonBody(bytesOf(body as string))
      expect(openAiEmbeddings.readRequest(wire, {})).toStrictEqual(given)
    }),
    { numRuns: 200 },
  )
})

test.each<[string, unknown, Json[]]>([
  ['a string', 'a', ['a']],
  ['strings', ['a', 'b'], ['a', 'b']],
  ['token ids', [1, 2], [[1, 2]]],
  ['lists of token ids', [[1], [2, 3]], [[1], [2, 3]]],
])('input may be %s', (_, given, expected) => {
  expect(read({ model: 'e1', input: given }).input).toEqual(expected)
})

test.each<[string, object]>([
  ['model', { input: 'x' }],
  ['input', { model: 'e1' }],
  ['input', { model: 'e1', input: '' }],
  ['input', { model: 'e1', input: [] }],
  ['input', { model: 'e1', input: {} }],
  ['input', { model: 'e1', input: [1, 'x'] }],
  ['input', { model: 'e1', input: [1.5] }],
  ['input', { model: 'e1', input: new Array(2049).fill('x') }],
  ['input[1]', { model: 'e1', input: ['x', ''] }],
  ['input[0]', { model: 'e1', input: [[]] }],
  ['input[0]', { model: 'e1', input: [null] }],
  ['dimensions', { model: 'e1', input: 'x', dimensions: 0 }],
  ['encoding_format', { model: 'e1', input: 'x', encoding_format: 'hex' }],
])('%s is named when it is wrong: %j', (param, body) => {
  expect(() => read(body)).toThrow(expect.objectContaining({ code: 'invalid_request', param }))
})

test('no JSON makes the reader throw anything but a 400', { timeout: 600_000 }, () => {
  const body = fc.record(
    {
      model: fc.jsonValue(),
      input: fc.jsonValue(),
      dimensions: fc.jsonValue(),
      user: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  const statusOf = (given: object) => {
    try {
      read(given)
      return 400
    } catch (thrown) {
      return (thrown as { status?: number }).status
    }
  }
  fc.assert(
    fc.property(body, (given) => {
      expect(statusOf(given)).toBe(400)
    }),
    { numRuns: scale.malformedBodies },
  )
})

describe('vectors', () => {
  const vector = fc
    .float32Array({ minLength: 1, maxLength: 20, noNaN: true, noDefaultInfinity: true })
    // JSON has no negative zero.
    .map((values) => values.map((value) => value + 0))

  test('are the same after both encodings', () => {
    const reply = fc
      .array(vector, { minLength: 1, maxLength: 3 })
      .map(
        (vectors): EmbeddingsResponse => ({ model: 'e1', vectors, usage: usageOf({ input: 3 }) }),
      )
    fc.assert(
      fc.property(
        reply,
        fc.constantFrom('float' as const, 'base64' as const),
        (given, encoding) => {
          const wire = openAiEmbeddings.writeResponse(context(encoding), given)
          expect(openAiEmbeddings.readResponse(bytesOf(wire), targetOf())).toEqual(given)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('look as OpenAI shows them', () => {
    const reply = { model: 'e1', vectors: [Float32Array.of(0.5, -1)], usage: usageOf({ input: 3 }) }
    const wire = (encoding: 'float' | 'base64') =>
      JSON.parse(openAiEmbeddings.writeResponse(context(encoding), reply))
    expect(wire('float')).toEqual({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.5, -1] }],
      model: 'e1',
      usage: { prompt_tokens: 3, total_tokens: 3 },
    })
    expect(wire('base64').data[0].embedding).toBe('AAAAPwAAgL8=')
  })

  test('are put in the order of their inputs', () => {
    const data = [
      { index: 1, embedding: [1] },
      { index: 0, embedding: [0.5] },
    ]
    const reply = openAiEmbeddings.readResponse(bytesOf(JSON.stringify({ data })), targetOf())
    expect(reply.vectors).toEqual([Float32Array.of(0.5), Float32Array.of(1)])
  })

  test.each<[string, unknown]>([
    ['no vectors', {}],
    ['none at all', { data: [] }],
    [
      'a hole',
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 5, embedding: [1] },
        ],
      },
    ],
    [
      'two of one',
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 0, embedding: [1] },
        ],
      },
    ],
    ['words', { data: [{ embedding: ['x'] }] }],
    ['half a number', { data: [{ embedding: 'AAAA' }] }],
    ['no base64', { data: [{ embedding: '!' }] }],
    ['no number', { data: [{ embedding: 'AADAfw==' }] }],
    ['an error', { error: 'x' }],
  ])('%s is a failure of the provider', (_, body) => {
    const reading = () => openAiEmbeddings.readResponse(bytesOf(JSON.stringify(body)), targetOf())
    expect(reading).toThrow(expect.objectContaining({ code: 'upstream_failed' }))
  })
})

describe('relayed', () => {
  const edits = (text: string, quirks = {}) => {
    const body = readJsonBody(bytesOf(text))
    const fitting = openAiEmbeddings.relay?.edits(
      body,
      openAiEmbeddings.readRequest(body, {}),
      targetOf(quirks),
    )
    return fitting && { text: textOf(editBody(body, fitting.edits)), dropped: fitting.dropped }
  }

  test('a body changes its model and loses what the target refuses', () => {
    expect(
      edits('{"model":"acme/m1","input":"x","user":"u","y":1.0}', { unsupported: ['user'] }),
    ).toEqual({
      text: '{"model":"m1","input":"x","y":1.0}',
      dropped: ['user'],
    })
  })

  test('dimensions that the target cannot give are a 400', () => {
    const giving = () =>
      edits('{"model":"m1","input":"x","dimensions":3}', { unsupported: ['dimensions'] })
    expect(giving).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param: 'dimensions' }),
    )
  })

  test('base64 from a target that knows only numbers is translated', () => {
    const text = '{"model":"m1","input":"x","encoding_format":"base64"}'
    expect(edits(text, { noBase64Embeddings: true })).toBeUndefined()
    const request = read(JSON.parse(text))
    const { body } = openAiEmbeddings.writeRequest(request, targetOf({ noBase64Embeddings: true }))
    expect(JSON.parse(body as string)).toEqual({ model: 'm1', input: 'x' })
  })

  const usageOfAnswer = (answer: unknown) =>
    openAiEmbeddings.relay?.readUsage(bytesOf(JSON.stringify(answer)), targetOf())
  const data = [{ object: 'embedding', index: 0, embedding: new Array(2000).fill(0.25) }]
  const usage = { prompt_tokens: 7, total_tokens: 7 }

  test.each<[string, object, number]>([
    ['at the end', { object: 'list', data, model: 'e', usage }, 7],
    ['before other fields', { data, usage, id: 'x' }, 7],
    ['at the beginning', { usage, data }, 7],
    [
      'of the answer, not of something inside it',
      { usage, data, x: [{ usage: { prompt_tokens: 99 } }] },
      7,
    ],
    ['in a short answer', { data: [], usage }, 7],
    ['nowhere', { data }, 0],
  ])('usage is read where it stands: %s', (_, answer, expected) => {
    expect(usageOfAnswer(answer)?.input).toBe(expected)
  })

  test('an error is seen in front of usage', () => {
    expect(() => usageOfAnswer({ error: { message: 'x' }, pad: 'x'.repeat(5000), usage })).toThrow(
      expect.objectContaining({ code: 'upstream_failed' }),
    )
  })
})
