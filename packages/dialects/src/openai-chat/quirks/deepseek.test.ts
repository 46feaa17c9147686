// The oddities of DeepSeek's API, numbered, as far as a chat dialect shows them.

import type { Quirks } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import {
  answer,
  called,
  chatWith,
  chunk,
  streamOf,
  tool,
  user,
} from '../../testing/chat-exchange.ts'

const quirks: Quirks = {
  maxTokensField: 'max_tokens',
  noDeveloperRole: true,
  noJsonSchema: true,
  jsonNeedsWords: true,
  noAllowedTools: true,
  thinkingSwitch: true,
  replaysReasoning: true,
  textToolResults: true,
  flatMedia: true,
  samplingNeedsNoReasoning: true,
  efforts: ['low', 'high', 'max'],
  userField: 'user_id',
  unsupported: ['n', 'seed', 'logit_bias', 'parallel_tool_calls', 'metadata'],
}
const server = chatWith(quirks)
const asking = (fields: object = {}) => ({ model: 'm1', messages: [user('Hi.')], ...fields })

describe('deepseek#1: it thinks unless it is told not to', () => {
  test('"none" is said by a switch', () => {
    const wanted = { body: { thinking: { type: 'disabled' } }, dropped: [] }
    const rewritten = server.written(asking({ reasoning_effort: 'none', temperature: 0.2 }))
    expect(rewritten).toMatchObject(wanted)
    expect(rewritten.body).not.toHaveProperty('reasoning_effort')
    const passedOn = server.relayed(asking({ reasoning_effort: 'none', temperature: 0.2 }))
    expect(passedOn).toMatchObject({ ...wanted, body: { ...wanted.body, temperature: 0.2 } })
    expect(passedOn?.body).not.toHaveProperty('reasoning_effort')
    expect(rewritten.body.temperature).toBe(0.2)
  })

  test('a budget of nothing says the same', () => {
    const request = { model: 'm1', messages: [], sampling: {}, reasoning: { budgetTokens: 0 } }
    expect(server.written(request).body.thinking).toEqual({ type: 'disabled' })
  })

  test.each(['written', 'relayed'] as const)('%s: a loss of sampling is told', (way) => {
    const sent = server[way](asking({ temperature: 0.2, top_p: 0.5 }))
    expect(sent?.dropped).toEqual(['temperature', 'top_p'])
    expect(sent?.body).not.toHaveProperty('temperature')
  })

  test.each([
    ['minimal', 'low'],
    ['medium', 'high'],
    ['xhigh', 'max'],
    ['max', 'max'],
  ])('the effort %s becomes %s', (asked, taken) => {
    const body = asking({ reasoning_effort: asked })
    expect(server.written(body).body.reasoning_effort).toBe(taken)
    expect(server.relayed(body)?.body.reasoning_effort).toBe(taken)
  })
})

describe('deepseek#2: turns that called tools go back with what was thought', () => {
  const turn = (others: object = {}) =>
    asking({ messages: [user('time?'), ...called('call_1', others)] })

  test('with nothing, where that is not known', () => {
    expect(server.relayed(turn())).toBeUndefined()
    expect(server.written(turn()).body.messages).toMatchObject([
      {},
      { role: 'assistant', content: '', reasoning_content: '' },
      {},
    ])
  })

  test('with the thought, which may be passed on as it came', () => {
    const thought = { reasoning_content: 'Look.' }
    expect(server.relayed(turn(thought))?.body.messages).toMatchObject([{}, thought, {}])
    expect(server.written(turn(thought)).body.messages).toMatchObject([{}, thought, {}])
  })

  test('other turns, and other servers, get none', () => {
    const plain = asking({ messages: [user('Hi.'), { role: 'assistant', content: 'Hi.' }] })
    const { messages } = server.written(plain).body
    expect(JSON.stringify(messages)).not.toContain('reasoning_content')
    expect(JSON.stringify(chatWith({}).written(turn()).body)).not.toContain('reasoning_content')
  })

  test('a thought is read, from a stream as from a whole answer', () => {
    const parts = [
      { type: 'reasoning', text: 'Short.' },
      { type: 'text', text: 'Hi' },
    ]
    const stream = streamOf(
      chunk({ role: 'assistant', content: null, reasoning_content: '' }),
      chunk({ content: null, reasoning_content: 'Short.' }),
      chunk({ content: 'Hi', reasoning_content: null }),
      chunk({ content: '' }, 'stop'),
    )
    expect(server.folded(stream).choices[0]?.parts).toEqual(parts)
    const whole = answer({ content: 'Hi', reasoning_content: 'Short.' })
    expect(server.whole(whole).choices[0]?.parts).toEqual(parts)
  })
})

describe('deepseek#3: no schema for the answer', () => {
  const schema = { type: 'object', properties: { city: { type: 'string' } } }
  const format = { type: 'json_schema', json_schema: { name: 'place', schema } }

  test('it is told in what the system says', () => {
    const messages = [{ role: 'developer', content: 'Be brief.' }, user('Where?')]
    const body = asking({ messages, response_format: format })
    expect(server.relayed(body)).toBeUndefined()
    const { body: sent, dropped } = server.written(body)
    expect(dropped).toEqual([])
    expect(sent.response_format).toEqual({ type: 'json_object' })
    expect(sent.messages).toEqual([
      { role: 'system', content: expect.stringMatching(/^Be brief\.\n\n.*JSON Schema: /s) },
      user('Where?'),
    ])
    expect(JSON.stringify(sent.messages)).toContain(
      JSON.stringify(JSON.stringify(schema)).slice(1, -1),
    )
  })

  test('where the system says nothing, it does now', () => {
    const { messages } = server.written(asking({ response_format: format })).body
    expect(messages).toMatchObject([{ role: 'system' }, user('Hi.')])
  })

  test('any JSON needs the word', () => {
    const wish = { response_format: { type: 'json_object' } }
    expect(server.relayed(asking(wish))).toBeUndefined()
    expect(server.written(asking(wish)).body).toMatchObject({
      ...wish,
      messages: [{ role: 'system', content: expect.stringContaining('JSON') }, user('Hi.')],
    })
    const worded = asking({ ...wish, messages: [user('In json, please.')] })
    expect(server.relayed(worded)?.body).toEqual(worded)
    expect(server.written(worded).body.messages).toEqual(worded.messages)
  })
})

describe('deepseek#4: empty lines and comments come first', () => {
  test('before a whole answer', () => {
    const text = `\n\n\r\n  ${JSON.stringify(answer({ content: 'Hi' }))}`
    expect(server.whole(text).choices[0]?.parts).toEqual([{ type: 'text', text: 'Hi' }])
  })

  test('before and in a stream', () => {
    const stream = `\n\n: keep-alive\n\n${streamOf(chunk({ content: 'Hi' }, 'stop'))}`
    expect(server.streamed(stream)[0]).toEqual({ type: 'keepAlive' })
    expect(server.folded(stream).choices[0]?.parts).toEqual([{ type: 'text', text: 'Hi' }])
    expect(server.passed(stream)).toMatchObject({ text: stream, error: undefined })
  })

  test.each([
    ['with the finish', [chunk({}, 'stop', { usage: { prompt_tokens: 6, completion_tokens: 4 } })]],
    [
      'behind it',
      [chunk({}, 'stop'), { choices: [], usage: { prompt_tokens: 6, completion_tokens: 4 } }],
    ],
  ])('usage comes %s', (_, ending) => {
    const stream = streamOf(chunk({ content: 'Hi' }), ...ending)
    expect(server.folded(stream).usage).toMatchObject({ input: 6, output: 4 })
    expect(server.passed(stream).usage).toMatchObject({ input: 6, output: 4 })
  })

  test('what the cache held is counted', () => {
    const usage = {
      ...{ prompt_tokens: 6, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 2 },
      ...{ completion_tokens: 4, completion_tokens_details: { reasoning_tokens: 2 } },
    }
    const read = { input: 6, cacheRead: 4, output: 4, reasoning: 2 }
    expect(server.whole(answer({ content: 'Hi' }, 'stop', { usage })).usage).toMatchObject(read)
    expect(server.wholeUsage(answer({ content: 'Hi' }, 'stop', { usage }))).toMatchObject(read)
  })
})

test('deepseek#5: an empty balance is not tried again', () => {
  const error = { message: 'Insufficient Balance', type: 'unknown_error', param: null }
  expect(server.failure(402, { error: { ...error, code: 'invalid_request_error' } })).toMatchObject(
    {
      code: 'insufficient_quota',
      retryable: false,
    },
  )
})

test('deepseek#6: too many calls under way at once is haste, which passes', () => {
  const error = { message: 'Too many requests in flight', type: 'rate_limit_error', code: null }
  expect(server.failure(429, { error })).toMatchObject({
    code: 'rate_limit_exceeded',
    retryable: true,
  })
})

test('deepseek#7: an answer of nothing is an answer, and too few resources are a failure', () => {
  const empty = streamOf(chunk({ content: '' }, 'stop'))
  expect(server.folded(empty).choices).toEqual([
    { index: 0, parts: [], finish: { reason: 'stop', raw: 'stop' } },
  ])
  const starved = { code: 'upstream_failed', retryable: true }
  const cut = streamOf(chunk({ content: 'H' }), chunk({}, 'insufficient_system_resource'))
  expect(server.streamed(cut).at(-1)).toMatchObject({ type: 'error', error: starved })
  expect(server.passed(cut).error).toMatchObject(starved)
  const whole = answer({ content: 'H' }, 'insufficient_system_resource')
  expect(() => server.whole(whole)).toThrow(expect.objectContaining(starved))
})

describe('deepseek: other names and narrower fields', () => {
  test('the user has a field of few letters', () => {
    expect(server.relayed(asking({ user: 'u-1' }))?.body).toMatchObject({ user_id: 'u-1' })
    expect(server.written(asking({ safety_identifier: 'u-1' })).body).toMatchObject({
      user_id: 'u-1',
    })
    const mail = asking({ user: 'a@b.c' })
    expect(server.relayed(mail)).toEqual({ body: asking(), dropped: ['user'] })
    expect(server.written(mail).dropped).toEqual(['user'])
  })

  test('a result is a string', () => {
    const [call] = called('call_1', { reasoning_content: '' })
    const pieces = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]
    const messages = [user('Hi.'), call, { role: 'tool', tool_call_id: 'call_1', content: pieces }]
    expect(server.relayed(asking({ messages }))).toBeUndefined()
    expect(server.written(asking({ messages })).body.messages).toMatchObject([
      {},
      {},
      { content: 'a\nb' },
    ])
  })

  test('a file stands in its part', () => {
    const file = { type: 'file', file: { file_id: 'f1' } }
    const messages = [{ role: 'user', content: [{ type: 'text', text: 'See' }, file] }]
    expect(server.relayed(asking({ messages }))).toBeUndefined()
    expect(server.written(asking({ messages })).body.messages).toMatchObject([
      { content: [{}, { type: 'file', file_id: 'f1' }] },
    ])
  })

  test('a choice among some tools offers those alone', () => {
    const tools = [tool('a'), tool('b'), tool('c')]
    const allowed = [
      { type: 'function', function: { name: 'a' } },
      { type: 'function', function: { name: 'c' } },
    ]
    const choice = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: allowed } }
    const body = asking({ tools, tool_choice: choice })
    expect(server.relayed(body)).toBeUndefined()
    expect(server.written(body)).toMatchObject({
      body: { tools: [tool('a'), tool('c')], tool_choice: 'required' },
      dropped: [],
    })
  })

  test('the limit has its old name', () => {
    const body = asking({ max_completion_tokens: 5 })
    expect(server.relayed(body)?.body).toEqual(asking({ max_tokens: 5 }))
    expect(server.written(body).body).toMatchObject({ max_tokens: 5 })
  })
})
