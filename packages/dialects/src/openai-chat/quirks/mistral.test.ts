// The oddities of Mistral's API, numbered, as far as a chat dialect shows them.

import type { ChatRequest, Quirks } from '@aigne-hub/protocol'
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

const plain: Quirks = {
  maxTokensField: 'max_tokens',
  maxTemperature: 1.5,
  seedField: 'random_seed',
  requiredToolChoice: 'any',
  noDeveloperRole: true,
  noStreamOptions: true,
  noAllowedTools: true,
  shortToolCallIds: true,
  jsonNeedsWords: true,
  flatMedia: true,
  prefixField: true,
  unsupported: [
    ...['logprobs', 'top_logprobs', 'logit_bias', 'user', 'safety_identifier', 'store'],
    ...['verbosity', 'messages.name', 'cache_control'],
    ...['reasoning_content', 'reasoning_details'],
  ],
}
const server = chatWith({ ...plain, thinkingContent: true })
/** For a model whose answers hold no thinking: those can be passed on. */
const simple = chatWith(plain)
const asking = (fields: object = {}) => ({ model: 'm1', messages: [user('Hi.')], ...fields })

describe('mistral#1: unknown fields are refused', () => {
  test('what is only a hint is left out, and told', () => {
    const hints = { user: 'u', store: true, verbosity: 'low', logit_bias: { 1: 2 } }
    const wanted = { body: asking(), dropped: ['logit_bias', 'user', 'store', 'verbosity'] }
    expect(simple.written(asking(hints))).toEqual(wanted)
    expect(simple.relayed(asking(hints))).toEqual(wanted)
  })

  test.each(['written', 'relayed'] as const)('%s: a stream is asked for without options', (way) => {
    const body = asking({ stream: true })
    expect(simple[way](body)).toEqual({ body, dropped: [] })
  })

  test('a refusal goes back as text, and an answer that says nothing is left out', () => {
    const said = (fields: object) => ({ role: 'assistant', ...fields })
    const history = [said({ content: null, refusal: 'No.' }), said({ content: '' }), user('Well?')]
    const { messages } = server.written(asking({ messages: history })).body
    expect(messages).toEqual([said({ content: 'No.' }), user('Well?')])
  })

  test('old functions are said as tools', () => {
    const functions = [{ name: 'a', parameters: { type: 'object' } }]
    const body = asking({ functions, function_call: 'auto' })
    expect(simple.relayed(body)).toBeUndefined()
    expect(simple.written(body).body).toEqual(asking({ tools: [tool('a')], tool_choice: 'auto' }))
  })

  test.each(['written', 'relayed'] as const)('%s: a temperature is clamped', (way) => {
    expect(simple[way](asking({ temperature: 2 }))).toEqual({
      body: asking({ temperature: 1.5 }),
      dropped: ['temperature'],
    })
    expect(simple[way](asking({ temperature: 1 }))?.body.temperature).toBe(1)
  })

  test('files and sound stand in their part', () => {
    const content = [
      { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' } },
      { type: 'file', file: { file_id: 'f1' } },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
    ]
    const body = asking({ messages: [{ role: 'user', content }] })
    expect(simple.relayed(body)).toBeUndefined()
    expect(simple.written(body).body.messages).toEqual([
      {
        role: 'user',
        content: [
          {
            type: 'document_url',
            document_url: 'data:application/pdf;base64,AAAA',
            document_name: 'a.pdf',
          },
          { type: 'file', file_id: 'f1' },
          { type: 'input_audio', input_audio: 'AAAA' },
        ],
      },
    ])
  })
})

test.each(['written', 'relayed'] as const)('mistral#2: %s: seed has another name', (way) => {
  expect(simple[way](asking({ seed: 7 }))).toEqual({
    body: asking({ random_seed: 7 }),
    dropped: [],
  })
})

describe('mistral#3: ids of calls are nine letters and digits', () => {
  const turn = (id: string) => asking({ messages: [user('time?'), ...called(id)] })

  test('others are rewritten, always the same, in call and result', () => {
    expect(simple.relayed(turn('call_1'))).toBeUndefined()
    const ids = ['call_1', 'call_2', 'call_1'].map((id) => {
      const [, call, result] = simple.written(turn(id)).body.messages as {
        tool_calls?: { id: string }[]
        tool_call_id?: string
      }[]
      expect(call?.tool_calls?.[0]?.id).toMatch(/^[a-zA-Z0-9]{9}$/)
      expect(result?.tool_call_id).toBe(call?.tool_calls?.[0]?.id)
      return result?.tool_call_id
    })
    expect(ids[0]).toBe(ids[2])
    expect(ids[0]).not.toBe(ids[1])
  })

  test('its own stay', () => {
    const body = turn('a1B2c3D4e')
    expect(simple.relayed(body)?.body).toEqual(body)
    expect(simple.written(body).body).toEqual(body)
  })
})

describe('mistral#4: content is a text or an array', () => {
  const thinking = (text: string, others: object = {}) => ({
    type: 'thinking',
    thinking: [{ type: 'text', text }],
    ...others,
  })
  const parts = [
    { type: 'reasoning', text: 'Look.', signature: { value: 'sig', vendor: 'acme' } },
    { type: 'text', text: 'Hi there' },
  ]

  test('in a whole answer', () => {
    const content = [
      thinking('Look.', { signature: 'sig', closed: true }),
      { type: 'text', text: 'Hi ' },
      { type: 'reference', reference_ids: [1] },
      { type: 'text', text: 'there' },
    ]
    expect(server.whole(answer({ content })).choices[0]?.parts).toEqual(parts)
  })

  test.each([
    ['with the last piece of the thought', [[thinking('ok.', { signature: 'sig' })]]],
    [
      'behind the thought',
      [[thinking('ok.')], [{ type: 'thinking', thinking: [], signature: 'sig' }]],
    ],
  ])('in a stream, signed %s', (_, signing) => {
    const deltas = [[thinking('Lo')], ...signing, [{ type: 'text', text: 'Hi ' }]]
    const stream = streamOf(
      ...deltas.map((content) => chunk({ content })),
      chunk({ content: 'there' }, 'stop'),
    )
    expect(server.folded(stream).choices[0]?.parts).toEqual(parts)
  })

  test('clients could not read such answers, so they are not passed on', () => {
    expect(server.relayed(asking())).toBeUndefined()
    expect(simple.relayed(asking())?.body).toEqual(asking())
  })

  const replying = (signature: { value: string; vendor: string }): ChatRequest => ({
    model: 'm1',
    sampling: {},
    messages: [
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'Look.', signature },
          { type: 'text', text: 'Hi' },
        ],
      },
      { role: 'user', parts: [{ type: 'text', text: 'And?' }] },
    ],
  })

  test('a thought goes back the same way, with its signature', () => {
    const { body } = server.written(replying({ value: 'sig', vendor: 'acme' }))
    expect(body.messages).toMatchObject([
      {
        role: 'assistant',
        content: [thinking('Look.', { signature: 'sig' }), { type: 'text', text: 'Hi' }],
      },
      {},
    ])
  })

  test("another vendor's thought does not", () => {
    const { body, dropped } = server.written(replying({ value: 'sig', vendor: 'other' }))
    expect(body.messages).toMatchObject([{ role: 'assistant', content: 'Hi' }, {}])
    expect(dropped).toEqual(['signature', 'reasoning_content'])
  })

  test.each<[string, object]>([
    ['num_cached_tokens', { num_cached_tokens: 4 }],
    ['prompt_tokens_details', { prompt_tokens_details: { cached_tokens: 4 } }],
    ['prompt_token_details', { prompt_token_details: { cached_tokens: 4 } }],
  ])('the cache is counted in %s', (_, cached) => {
    const usage = { prompt_tokens: 20, completion_tokens: 12, total_tokens: 32, ...cached }
    const read = { input: 20, cacheRead: 4, output: 12 }
    expect(server.whole(answer({ content: 'Hi' }, 'stop', { usage })).usage).toMatchObject(read)
    const stream = streamOf(chunk({ content: 'Hi' }), chunk({}, 'stop', { usage }))
    expect(server.folded(stream).usage).toMatchObject(read)
    expect(server.passed(stream).usage).toMatchObject(read)
  })
})

describe('mistral#5: errors have no wrapper', () => {
  test.each<[string, object, object]>([
    [
      'flat',
      { object: 'error', message: 'No seed.', type: 'invalid_request_error', code: '1500' },
      { status: 422, type: 'invalid_request_error', code: '1500' },
    ],
    [
      'a list of details',
      { detail: [{ loc: ['body', 'seed'], msg: 'No seed.', type: 'extra_forbidden' }] },
      { status: 422, param: 'seed' },
    ],
    [
      'details inside the message',
      { object: 'error', message: { detail: [{ loc: ['body', 'seed'], msg: 'No seed.' }] } },
      { status: 422, param: 'seed' },
    ],
  ])('%s', (_, body, upstream) => {
    expect(server.failure(422, body)).toMatchObject({
      code: 'upstream_rejected',
      status: 422,
      message: 'acme rejected the request: No seed.',
      upstream,
    })
  })

  test.each([[{ detail: 'Unauthorized' }], [{ message: 'Unauthorized', request_id: 'x' }]])(
    'a bad key: %j',
    (body) => {
      expect(server.failure(401, body).code).toBe('credential_rejected')
    },
  )
})

describe('mistral#6: reasons to finish', () => {
  test('a context that is full is a limit', () => {
    const finish = { reason: 'length', raw: 'model_length' }
    expect(server.whole(answer({ content: 'H' }, 'model_length')).choices[0]?.finish).toEqual(
      finish,
    )
    const stream = streamOf(chunk({ content: 'H' }), chunk({}, 'model_length'))
    expect(server.folded(stream).choices[0]?.finish).toEqual(finish)
  })

  test('an error is one', () => {
    const failed = expect.objectContaining({ code: 'upstream_failed', retryable: true })
    expect(() => server.whole(answer({ content: 'H' }, 'error'))).toThrow(failed)
    const stream = streamOf(chunk({ content: 'H' }), chunk({}, 'error'))
    expect(server.streamed(stream).at(-1)).toEqual({ type: 'error', error: failed })
  })
})

describe('mistral#7: a call that must be is called "any"', () => {
  test.each(['written', 'relayed'] as const)('%s', (way) => {
    const body = asking({ tools: [tool('a')], tool_choice: 'required' })
    expect(simple[way](body)).toEqual({ body: { ...body, tool_choice: 'any' }, dropped: [] })
  })

  test('calls come whole, with an index or without', () => {
    const calls = [{ id: 'a1B2c3D4e', function: { name: 'get_time', arguments: '{}' } }]
    const part = { type: 'toolCall', id: 'a1B2c3D4e', name: 'get_time', input: '{}' }
    const usage = { prompt_tokens: 20, completion_tokens: 12, total_tokens: 32 }
    for (const list of [calls, calls.map((call) => ({ ...call, index: 0 }))]) {
      const last = chunk({ content: '', tool_calls: list }, 'tool_calls', { usage })
      const { choices, usage: read } = server.folded(streamOf(chunk({ content: '' }), last))
      expect(choices[0]).toMatchObject({ parts: [part], finish: { reason: 'toolCalls' } })
      expect(read).toMatchObject({ input: 20, output: 12 })
    }
  })
})

describe('mistral#8: an answer that is begun is asked to go on', () => {
  const begun = (others: object = {}) =>
    asking({ messages: [user('Hi.'), { role: 'assistant', content: 'Well', ...others }] })

  test('the beginning is marked, and the answer repeats it', () => {
    expect(simple.relayed(begun())).toBeUndefined()
    expect(simple.written(begun()).body).toEqual(begun({ prefix: true }))
    expect(server.whole(answer({ content: 'Well met.' })).choices[0]?.parts).toEqual([
      { type: 'text', text: 'Well met.' },
    ])
  })

  test("a mark of the caller's own is passed on", () => {
    expect(simple.relayed(begun({ prefix: true }))?.body).toEqual(begun({ prefix: true }))
  })
})
