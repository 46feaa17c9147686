import {
  type ChatEvent,
  type ChatRequest,
  type Part,
  unfoldChat,
  usageOf,
} from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bodyOf, bytesOf, targetOf } from '../testing/bytes.ts'
import { openAiChat } from './index.ts'

const request: ChatRequest = { model: 'm1', messages: [], sampling: {} }

const answer = (parts: Part[], reason: 'stop' | 'toolCalls' | 'pause' | 'error' = 'stop') =>
  unfoldChat({
    id: 'a',
    model: 'm',
    created: 7,
    choices: [{ index: 0, parts, finish: { reason, raw: reason } }],
    usage: usageOf({ input: 3, output: 2 }),
  })
const write = (events: ChatEvent[], asked = request) =>
  JSON.parse(
    openAiChat.writeResponse(
      { request: asked, requestId: 'req_1', arrivedAt: 1_790_000_000 },
      events,
    ),
  )
const choiceOf = (parts: Part[], reason?: 'stop' | 'toolCalls' | 'pause' | 'error') =>
  write(answer(parts, reason)).choices[0]

describe('a written answer', () => {
  test('has the fields that clients count on', () => {
    expect(write(answer([{ type: 'text', text: 'Hi' }]))).toEqual({
      id: 'a',
      object: 'chat.completion',
      created: 7,
      model: 'm',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hi', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 3,
        completion_tokens: 2,
        total_tokens: 5,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
      },
    })
  })

  test('has content null beside tool calls alone, and no empty list of them', () => {
    const call: Part = { type: 'toolCall', id: 'c', name: 'f', kind: 'function', input: '{}' }
    expect(choiceOf([call], 'toolCalls').message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
    })
    expect(choiceOf([{ type: 'text', text: 'Hi' }]).message).not.toHaveProperty('tool_calls')
  })

  test('has content null beside a refusal, and empty content when nothing was said', () => {
    expect(choiceOf([{ type: 'refusal', text: 'No.' }]).message).toMatchObject({
      content: null,
      refusal: 'No.',
    })
    expect(choiceOf([]).message).toEqual({ role: 'assistant', content: '', refusal: null })
  })

  test('joins texts and moves the places that sources point to', () => {
    const cited: Part = {
      type: 'text',
      text: 'B.',
      annotations: [{ kind: 'url', url: 'https://x', start: 0, end: 2 }],
    }
    const { message } = choiceOf([{ type: 'text', text: 'A. ' }, cited])
    expect(message.content).toBe('A. B.')
    expect(message.annotations).toEqual([
      { type: 'url_citation', url_citation: { url: 'https://x', start_index: 3, end_index: 5 } },
    ])
  })

  test('ends with one of the words clients know', () => {
    expect(choiceOf([], 'pause').finish_reason).toBe('stop')
    expect(choiceOf([], 'toolCalls').finish_reason).toBe('tool_calls')
  })

  test('has function_call for a caller of legacy functions', () => {
    const legacy = openAiChat.readRequest(
      bodyOf({
        model: 'm1',
        messages: [{ role: 'user', content: 'x' }],
        functions: [{ name: 'f' }],
      }),
      {},
    )
    const call: Part = { type: 'toolCall', id: 'c', name: 'f', kind: 'function', input: '{}' }
    const [choice] = write(answer([call], 'toolCalls'), legacy).choices
    expect(choice.finish_reason).toBe('function_call')
    expect(choice.message.function_call).toEqual({ name: 'f', arguments: '{}' })
    expect(choice.message).not.toHaveProperty('tool_calls')
  })

  test('has a choice even when the provider gave none', () => {
    expect(write([{ type: 'start', id: '', model: '', created: 0 }])).toMatchObject({
      id: 'chatcmpl-req_1',
      model: 'm1',
      choices: [{ index: 0, finish_reason: 'stop' }],
    })
  })
})

const read = (body: unknown, provider = 'acme') =>
  openAiChat.readResponse(
    bytesOf(typeof body === 'string' ? body : JSON.stringify(body)),
    targetOf({}, provider),
  )
const message = (fields: object, more: object = {}) => ({
  id: 'a',
  choices: [{ index: 0, message: fields, finish_reason: 'stop' }],
  ...more,
})

describe('a read answer', () => {
  test('without usage reports none, rather than nothing used', () => {
    expect(read(message({ content: 'Hi' })).some(({ type }) => type === 'usage')).toBe(false)
  })

  test('gives calls without an id one that providers accept', () => {
    const events = read(message({ tool_calls: [{ function: { name: 'f', arguments: {} } }] }))
    expect(events[1]).toMatchObject({ part: { id: 'call_a0_0', name: 'f', input: '{}' } })
  })

  test('has pictures where a model draws', () => {
    const url = 'data:image/png;base64,iVBORw0KGgo='
    const events = read(
      message({ content: '', images: [{ type: 'image_url', image_url: { url } }] }),
    )
    expect(events[1]).toMatchObject({
      part: { type: 'media', kind: 'image', data: 'iVBORw0KGgo=', mimeType: 'image/png' },
    })
  })

  test.each<[string, string, unknown]>([
    ['HTML', 'upstream_failed', '<html>'],
    ['nothing', 'upstream_failed', ''],
    ['an array', 'upstream_failed', '[]'],
    ['no choices', 'upstream_failed', { id: 'a' }],
    ['empty choices', 'upstream_failed', { choices: [] }],
    ['no message', 'upstream_failed', { choices: [{ index: 0 }] }],
    ['an error', 'rate_limit_exceeded', { error: { message: 'x', code: 'rate_limit_exceeded' } }],
    ['a failed choice', 'upstream_failed', { choices: [{ message: {}, finish_reason: 'error' }] }],
    [
      'an error in a choice',
      'upstream_overloaded',
      { choices: [{ message: {}, finish_reason: 'error', error: { code: 503, message: 'x' } }] },
    ],
  ])('of %s is %s, in both lanes', (_, code, body) => {
    const bytes = bytesOf(typeof body === 'string' ? body : JSON.stringify(body))
    expect(() => read(body)).toThrow(expect.objectContaining({ code }))
    const relayed = () => openAiChat.relay.readUsage(bytes, targetOf())
    expect(relayed).toThrow(expect.objectContaining({ code }))
  })
})

describe('usage', () => {
  const usageIn = (usage: object) =>
    openAiChat.relay.readUsage(bytesOf(JSON.stringify(message({}, { usage }))), targetOf())

  test('is estimated when the provider does not report', () => {
    expect(
      openAiChat.relay.readUsage(bytesOf(JSON.stringify(message({}))), targetOf())?.estimated,
    ).toBe(true)
  })

  test('counts cached tokens that a provider left out of the prompt', () => {
    const usage = {
      prompt_tokens: 5,
      completion_tokens: 1,
      prompt_tokens_details: { cached_tokens: 20 },
    }
    expect(usageIn(usage)).toMatchObject({ input: 25, cacheRead: 20 })
  })

  test('never turns a bad report into a negative or absurd charge', () => {
    const usage = { prompt_tokens: -5, completion_tokens: '7', cost: -1, prompt_tokens_details: [] }
    expect(usageIn(usage)).toEqual(usageOf())
  })

  test('keeps a cost smaller than a millionth of a dollar', () => {
    expect(usageIn({ prompt_tokens: 1, cost: 1.5e-7 })?.providerCost).toBe(150n)
    expect(usageIn({ prompt_tokens: 1, cost: 0.1, is_byok: true })?.providerCost).toBeUndefined()
  })
})
