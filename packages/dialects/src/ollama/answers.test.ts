import { type ChatEvent, foldChat, HubError, type Json } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { replaceSomewhere } from '../testing/replace-somewhere.ts'
import { ollamaChat } from './index.ts'
import { LeakedThought } from './leaked-thought.ts'

const target = targetOf({}, 'ollama')
const timeout = 600_000

function readLines(text: string): ChatEvent[] {
  const reader = ollamaChat.streamReader(target)
  return [...reader.push(bytesOf(text)), ...reader.end()]
}

const call = fc.record({
  id: fc.stringMatching(/^call_[a-z0-9]{1,8}$/),
  function: fc.record({
    index: fc.nat(9),
    name: fc.stringMatching(/^[a-z_]{1,10}$/),
    arguments: fc.dictionary(
      fc.stringMatching(/^k[a-z]{0,5}$/),
      fc.jsonValue() as fc.Arbitrary<Json>,
    ),
  }),
})
const answer = fc.record({
  model: fc.constant('m1'),
  created_at: fc.constant('2026-11-20T10:00:00.1Z'),
  message: fc.record(
    {
      role: fc.constant('assistant'),
      thinking: fc.string({ unit: 'binary' }),
      content: fc.string({ unit: 'binary' }),
      tool_calls: fc.array(call, { maxLength: 3 }),
    },
    { requiredKeys: ['role', 'content'] },
  ),
  done: fc.constant(true),
  done_reason: fc.constantFrom('stop', 'length'),
  prompt_eval_count: fc.nat(),
  eval_count: fc.nat(),
})

test('a streamed answer folds to the whole one', () => {
  fc.assert(
    fc.property(answer, (given) => {
      const { thinking = '', content, tool_calls: calls = [] } = given.message
      const lines = [
        ...Array.from(thinking, (piece) => ({ thinking: piece, content: '' })),
        ...Array.from(content, (piece) => ({ content: piece })),
        ...calls.map((one) => ({ content: '', tool_calls: [one] })),
      ].map((message) => JSON.stringify({ ...given, message, done: false }))
      const last = JSON.stringify({ ...given, message: { content: '' } })
      const whole = ollamaChat.readResponse(bytesOf(JSON.stringify(given)), target)
      expect(foldChat(readLines([...lines, last].join('\n')))).toStrictEqual(foldChat(whole))
      expect(foldChat(whole).usage).toMatchObject({
        input: given.prompt_eval_count,
        output: given.eval_count,
      })
    }),
    { numRuns: 300 },
  )
})

test('every part ends once, and none after the finish', () => {
  fc.assert(
    fc.property(answer, (given) => {
      const open = new Set<number>()
      for (const event of readLines(JSON.stringify(given))) {
        if (event.type === 'partStart') open.add(event.index)
        if (event.type === 'partEnd') expect(open.delete(event.index)).toBe(true)
        if (event.type === 'finish') expect(open.size).toBe(0)
      }
      expect(open.size).toBe(0)
    }),
    { numRuns: 200 },
  )
})

test('how content is cut does not change what of it is a thought', () => {
  const piece = fc.constantFrom('<think>', '</think>', '<', '</thi', 'nk>', ' ', '\n', 'a', '')
  const split = (pieces: readonly string[]) => {
    const leak = new LeakedThought()
    const said = [...pieces.map((one) => leak.read(one)), leak.end()]
    return {
      thought: said.map(({ thought }) => thought).join(''),
      text: said.map(({ text }) => text).join(''),
    }
  }
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const content = pieces.join('')
      expect(split(pieces)).toEqual(split([content]))
      expect(split(Array.from(content))).toEqual(split([content]))
    }),
    { numRuns: 2000 },
  )
})

test('probabilities stay with the text of their tokens', () => {
  const odds = (token: string) => [{ token, logprob: -1, bytes: [1], top_logprobs: [] }]
  const text = ['<', 'b', '>']
    .map((content) => `${JSON.stringify({ message: { content }, logprobs: odds(content) })}\n`)
    .join('')
  const [choice] = foldChat(readLines(`${text}{"done":true}`)).choices
  expect(choice?.parts).toEqual([
    {
      type: 'text',
      text: '<b>',
      logprobs: ['<', 'b', '>'].map((token) => ({ token, logprob: -1, bytes: [1], top: [] })),
    },
  ])
})

test.each<[string, unknown]>([
  ['no message', { model: 'm1', done: true }],
  ['no object', [1]],
  ['an error', { error: 'x' }],
  ['an error with fields', { error: { message: 'x' } }],
])('%s is a failure of the provider', (_, body) => {
  expect(() => ollamaChat.readResponse(bytesOf(JSON.stringify(body)), target)).toThrow(
    expect.objectContaining({ code: 'upstream_failed' }),
  )
})

test.each<[number, string, object]>([
  [
    400,
    'registry.ollama.ai/library/m "does not support tools"',
    { code: 'upstream_rejected', status: 400 },
  ],
  [404, "model 'm9' not found", { code: 'upstream_rejected', status: 404 }],
  [401, 'unauthorized', { code: 'credential_rejected' }],
  [429, 'too many requests', { code: 'rate_limit_exceeded' }],
  [500, 'model requires more system memory', { code: 'upstream_failed' }],
  [
    503,
    'server busy, please try again. maximum pending requests exceeded',
    { code: 'upstream_overloaded' },
  ],
])('an answer of status %i that says %j is read', (status, error, expected) => {
  const body = bytesOf(JSON.stringify({ error }))
  expect(ollamaChat.readError(status, {}, body, target)).toMatchObject(expected)
})

test('no change of an answer makes a reader throw anything but a HubError', { timeout }, () => {
  const changes = fc.record({ at: fc.infiniteStream(fc.nat()), value: fc.jsonValue() })
  fc.assert(
    fc.property(answer, changes, (given, { at, value }) => {
      const changed = JSON.parse(JSON.stringify(given)) as Json
      replaceSomewhere(changed, at, value as Json)
      const text = JSON.stringify(changed)
      try {
        foldChat(ollamaChat.readResponse(bytesOf(text), target))
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
      }
      const read = readLines(text)
      const failed = read.findIndex(({ type }) => type === 'error')
      expect(failed === -1 || failed === read.length - 1).toBe(true)
    }),
    { numRuns: scale.malformedBodies },
  )
})

test('no lines make the reader throw, and an error comes once and last', { timeout }, () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 4 }), fc.string(), (values, rest) => {
      const events = readLines(values.map((value) => `${JSON.stringify(value)}\n`).join('') + rest)
      expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
      expect(events.at(-1)?.type).toBe('error')
    }),
    { numRuns: 500 },
  )
})
