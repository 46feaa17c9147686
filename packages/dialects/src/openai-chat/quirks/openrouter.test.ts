// The oddities of OpenRouter's API, numbered, as far as a chat dialect shows them.

import { type ChatResponse, foldChat, type Quirks, unfoldChat } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { openAiResponses } from '../../openai-responses/index.ts'
import { bytesOf, targetOf } from '../../testing/bytes.ts'
import { answer, called, chatWith, chunk, streamOf, user } from '../../testing/chat-exchange.ts'
import { openAiChat } from '../index.ts'

const quirks: Quirks = { reasoningObject: true }
const server = chatWith(quirks)
const asking = (fields: object = {}) => ({ model: 'm1', messages: [user('Hi.')], ...fields })

describe('openrouter#1: comments come while it waits', () => {
  const stream = `: OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n${streamOf(chunk({ content: 'Hi' }, 'stop'))}`

  test('they are no answer', () => {
    expect(server.streamed(stream).slice(0, 2)).toEqual([
      { type: 'keepAlive' },
      { type: 'keepAlive' },
    ])
    expect(server.folded(stream).choices[0]?.parts).toEqual([{ type: 'text', text: 'Hi' }])
  })

  test('they are passed on and commit nobody', () => {
    expect(server.passed(stream).text).toBe(stream)
    const scanner = openAiChat.relay.scanner(
      { model: 'm1', messages: [], sampling: {} },
      server.target,
    )
    scanner.push(bytesOf(': OPENROUTER PROCESSING\n\n'))
    expect(scanner.committed).toBe(false)
  })
})

describe('openrouter#2, #5: an error under 200 has a number that is an HTTP status', () => {
  test.each([
    [502, { code: 'upstream_failed', retryable: true }],
    [429, { code: 'rate_limit_exceeded', retryable: true }],
    [402, { code: 'insufficient_quota', retryable: false }],
    [408, { code: 'upstream_timeout', retryable: true }],
    [400, { code: 'upstream_rejected', status: 400, retryable: false }],
  ])('%i', (code, meant) => {
    const error = { code, message: 'No.', metadata: { error_type: 'provider_unavailable' } }
    const expected = expect.objectContaining(meant)
    expect(() => server.whole({ error })).toThrow(expected)
    expect(() => server.wholeUsage({ error })).toThrow(expected)
    const broken = streamOf(chunk({ content: 'H' }), {
      ...chunk({ content: '' }, 'error'),
      error,
    })
    expect(server.streamed(broken).at(-1)).toEqual({ type: 'error', error: expected })
    expect(server.passed(broken).error).toMatchObject(meant)
    expect(server.streamed(JSON.stringify({ error })).at(-1)).toEqual({
      type: 'error',
      error: expected,
    })
  })

  test('what the provider behind it said is told', () => {
    const error = {
      ...{ code: 400, message: 'Provider returned error' },
      metadata: { provider_name: 'ProvA', raw: 'Sampling is not supported.' },
    }
    expect(server.failure(400, { error }).message).toBe(
      'acme rejected the request: Provider returned error: Sampling is not supported.',
    )
  })

  test('its kind is kept', () => {
    const error = { code: 404, message: 'No.', metadata: { error_type: 'no_endpoints' } }
    expect(server.failure(404, { error }).upstream).toEqual({ status: 404, type: 'no_endpoints' })
  })

  test('moderation blames what was said; a key without rights does not', () => {
    const error = { code: 403, message: 'Flagged.', metadata: { reasons: ['violence'] } }
    expect(server.failure(403, { error })).toMatchObject({ code: 'upstream_rejected', status: 403 })
    expect(server.failure(403, { error: { code: 403, message: 'No.' } }).code).toBe(
      'credential_rejected',
    )
  })

  test('a 402 that names a time only waits for other requests', () => {
    const error = {
      code: 402,
      message: 'No.',
      metadata: { limit_source: 'openrouter_in_flight_budget' },
    }
    expect(server.failure(402, { error }, { 'retry-after': '3' })).toMatchObject({
      code: 'rate_limit_exceeded',
      retryAfterMs: 3000,
    })
    expect(server.failure(402, { error })).toMatchObject({ code: 'insufficient_quota' })
  })
})

describe('openrouter#3: usage is always sent', () => {
  const usage = { prompt_tokens: 8, completion_tokens: 3, total_tokens: 11, cost: 0.0000123 }
  const read = { input: 8, output: 3, providerCost: 12_300n }

  test.each([
    ['without choices', { choices: [], usage }],
    ['beside an empty delta', chunk({ content: '' }, null, { usage })],
  ])('%s', (_, last) => {
    const stream = streamOf(chunk({ content: 'Hi' }, 'stop'), last)
    expect(server.folded(stream).usage).toMatchObject(read)
    expect(server.passed(stream)).toMatchObject({ usage: read, error: undefined })
  })

  test('a caller who did not ask gets no chunk without choices', () => {
    const [first, last] = [chunk({ content: 'Hi' }, 'stop'), { choices: [], usage }]
    expect(server.passed(streamOf(first, last)).text).toBe(streamOf(first))
  })
})

describe('openrouter#6: details of reasoning go back unmodified and in order', () => {
  const texts = { type: 'reasoning.text', format: 'anthropic-claude-v1' }
  const details = [
    { ...texts, text: 'Look.', signature: 'sig-1', index: 0 },
    {
      type: 'reasoning.encrypted',
      data: 'AAAA',
      id: 'tool_1',
      format: 'google-gemini-v1',
      index: 0,
    },
    {
      type: 'reasoning.summary',
      summary: 'So.',
      id: 'rs_1',
      format: 'openai-responses-v1',
      index: 4,
    },
    {
      type: 'reasoning.encrypted',
      data: 'BBBB',
      id: 'rs_1',
      format: 'openai-responses-v1',
      index: 4,
    },
    { type: 'reasoning.other', what: 1, index: 5 },
    { ...texts, text: 'Done.', index: 5 },
    { ...texts, text: 'Really.', id: 'r2', index: 7 },
    { ...texts, type: 'reasoning.encrypted', data: 'CCCC', id: 'r2', index: 7 },
  ]
  /** As they come in a stream: what grows, in pieces. */
  const fragments = [
    { ...texts, text: 'Lo', index: 0 },
    { ...texts, text: 'ok.', index: 0 },
    { ...texts, signature: 'sig-1', index: 0 },
    ...details.slice(1, 5),
    { ...texts, text: 'Do', index: 5 },
    { ...texts, text: 'ne.', index: 5 },
    ...details.slice(6),
  ]
  const calls = [
    { id: 'call_1', type: 'function', function: { name: 'get_time', arguments: '{}' } },
  ]

  /** What the provider gets, once the caller has sent back what it was given. */
  const replayed = (reply: ChatResponse) => {
    const context = {
      requestId: 'r1',
      arrivedAt: 1,
      request: { model: 'm1', messages: [], sampling: {} },
    }
    const text = openAiChat.writeResponse(context, unfoldChat(reply))
    const { message } = JSON.parse(text).choices[0]
    const [, result] = called('call_1')
    const messages = [user('Hi.'), message, result]
    return { message, sent: server.written({ model: 'm1', messages }).body.messages }
  }

  test('after a whole answer', () => {
    const reply = server.whole(
      answer({ reasoning_details: details, tool_calls: calls }, 'tool_calls'),
    )
    expect(replayed(reply).sent).toMatchObject([{}, { reasoning_details: details }, {}])
  })

  test('after a stream, whose pieces are put together', () => {
    const pieces = fragments.map((detail) => chunk({ reasoning_details: [detail] }))
    const end = [chunk({ tool_calls: calls }), chunk({}, 'tool_calls')]
    const { sent } = replayed(server.folded(streamOf(...pieces, ...end)))
    expect(sent).toMatchObject([{}, { reasoning_details: details }, {}])
    const [, assistant] = sent as { reasoning_details?: object[] }[]
    expect(assistant?.reasoning_details).toEqual(details)
  })

  test('the caller never sees a bare signature, and what is wrapped is not passed on', () => {
    const reply = server.whole(
      answer({ reasoning_details: details, tool_calls: calls }, 'tool_calls'),
    )
    const { message } = replayed(reply)
    expect(JSON.stringify(message)).not.toContain('"sig-1"')
    const [, result] = called('call_1')
    expect(server.relayed(asking({ messages: [user('Hi.'), message, result] }))).toBeUndefined()
  })

  test('what was passed on comes back as it was, and is passed on again', () => {
    const [call, result] = called('call_1', { reasoning_details: details })
    const body = asking({ messages: [user('Hi.'), call, result] })
    expect(server.relayed(body)?.body).toEqual(body)
    expect(server.written(body).body.messages).toMatchObject([
      {},
      { reasoning_details: details },
      {},
    ])
  })
})

describe('openrouter#7: reasoning is asked for by an object', () => {
  const request = (reasoning: object) => ({ model: 'm1', messages: [], sampling: {}, reasoning })

  test.each<[object, object]>([
    [{ effort: 'low' }, { effort: 'low' }],
    [{ effort: 'none' }, { effort: 'none' }],
    [{ budgetTokens: 2000 }, { max_tokens: 2000 }],
    [{ budgetTokens: 0 }, { effort: 'none' }],
    [{}, { enabled: true }],
    [
      { effort: 'high', summary: 'auto' },
      { effort: 'high', summary: 'auto' },
    ],
    [
      { effort: 'high', summary: 'none' },
      { effort: 'high', exclude: true },
    ],
  ])('%j', (wish, reasoning) => {
    const { body, dropped } = server.written(request(wish))
    expect(body.reasoning).toEqual(reasoning)
    expect(body).not.toHaveProperty('reasoning_effort')
    expect(dropped).toEqual([])
  })

  test('what the caller says there itself stays', () => {
    const body = asking({ reasoning: { exclude: true }, reasoning_effort: 'low' })
    expect(server.written(body).body.reasoning).toEqual({ exclude: true, effort: 'low' })
    expect(server.relayed(body)?.body).toEqual(body)
  })

  test('a model that does not reason is told nothing', () => {
    const { body, dropped } = chatWith({ ...quirks, efforts: [] }).written(
      request({ effort: 'low' }),
    )
    expect(body).not.toHaveProperty('reasoning')
    expect(dropped).toEqual(['reasoning_effort'])
  })
})

describe("openrouter#9: with a key of one's own, the cost is a fee and what the vendor takes", () => {
  const usage = { prompt_tokens: 8, completion_tokens: 3, cost: 0.000001, is_byok: true }
  const billed = { ...usage, cost_details: { upstream_inference_cost: 0.00002 } }

  test('the sum is kept', () => {
    const expected = { providerCost: 21_000n }
    const stream = streamOf(chunk({ content: 'Hi' }, 'stop'), { choices: [], usage: billed })
    const whole = answer({}, 'stop', { usage: billed })
    expect(server.whole(whole).usage).toMatchObject(expected)
    expect(server.wholeUsage(whole)).toMatchObject(expected)
    expect(server.folded(stream).usage).toMatchObject(expected)
    expect(server.passed(stream).usage).toMatchObject(expected)
    const response = {
      id: 'r1',
      status: 'completed',
      output: [],
      usage: { ...billed, input_tokens: 8, output_tokens: 3 },
    }
    const read = openAiResponses.readResponse(bytesOf(JSON.stringify(response)), targetOf())
    expect(foldChat(read).usage).toMatchObject(expected)
  })

  test('a fee alone is no cost', () => {
    expect(server.whole(answer({}, 'stop', { usage })).usage).not.toHaveProperty('providerCost')
  })
})

describe('openrouter#10: a choice may end with an error', () => {
  const error = { code: 502, message: 'Provider disconnected' }

  test.each([
    ['and say which', { error }],
    ['and say no more', {}],
  ])('%s', (_, others) => {
    const choice = { index: 0, delta: { content: '' }, finish_reason: 'error', ...others }
    const failed = expect.objectContaining({ code: 'upstream_failed', retryable: true })
    const stream = streamOf(chunk({ content: 'H' }), { id: 'a1', choices: [choice] })
    expect(server.streamed(stream).at(-1)).toEqual({ type: 'error', error: failed })
    const { text, error: seen } = server.passed(stream)
    expect(seen).toMatchObject({ code: 'upstream_failed' })
    expect(text).toBe(`data: ${JSON.stringify(chunk({ content: 'H' }))}\n\n`)
    const whole = {
      id: 'a1',
      choices: [{ index: 0, message: { content: '' }, finish_reason: 'error', ...others }],
    }
    expect(() => server.whole(whole)).toThrow(failed)
    expect(() => server.wholeUsage(whole)).toThrow(failed)
  })
})
