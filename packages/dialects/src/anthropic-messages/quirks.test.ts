// The oddities of Anthropic's API, numbered.

import { foldChat, type Part } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bodyOf, bytesOf } from '../testing/bytes.ts'
import { anthropicMessages } from './index.ts'
import {
  asking,
  call,
  readFailure,
  readWhole,
  result,
  says,
  target,
  text,
  user,
  write,
} from './testing/asking.ts'

test('anthropic#1: max_tokens is always sent, the model maximum when nobody says less', () => {
  expect(write({}, target({}, { output: 64_000 })).wire.max_tokens).toBe(64_000)
  expect(write({ maxOutputTokens: 9 }, target({}, { output: 64_000 })).wire.max_tokens).toBe(9)
  expect(write({}).wire.max_tokens).toBe(4096)
})

test('anthropic#2: cache tokens are added to the input once', () => {
  const usage = {
    input_tokens: 5,
    cache_creation_input_tokens: 700,
    cache_read_input_tokens: 9000,
    output_tokens: 2,
  }
  expect(readWhole({ usage }).usage).toMatchObject({ input: 9705, cacheRead: 9000 })
  const wire = anthropicMessages.writeResponse(
    { request: asking(), requestId: 'r', arrivedAt: 1 },
    anthropicMessages.readResponse(bytesOf(JSON.stringify({ content: [], usage })), target()),
  )
  expect(JSON.parse(wire).usage).toMatchObject(usage)
})

describe('anthropic#3: sampling fields', () => {
  const sampling = { temperature: 0.5, topK: 5 }

  test('go away where the model refuses them, and are listed unless they say nothing', () => {
    const refusing = target({ unsupported: ['temperature', 'top_p', 'top_k'] })
    expect(write({ sampling }, refusing)).toMatchObject({
      wire: expect.not.objectContaining({ temperature: expect.anything(), top_k: 5 }),
      dropped: ['temperature', 'top_k'],
    })
    expect(write({ sampling: { temperature: 1 } }, refusing).dropped).toEqual([])
  })

  test('go away with the newer version of the API, in both lanes', () => {
    const headers = { 'anthropic-version': '2026-10-21' }
    const { wire, dropped } = write({ sampling, headers })
    expect(wire).not.toHaveProperty('temperature')
    expect(dropped).toEqual(['temperature', 'top_k'])
    const body = bodyOf({
      model: 'm1',
      max_tokens: 1,
      temperature: 1,
      top_k: 5,
      messages: [{ role: 'user', content: 'Hi' }],
    })
    const request = anthropicMessages.readRequest(body, headers)
    expect(anthropicMessages.relay.edits(body, request, target())).toEqual({
      path: '/messages',
      headers,
      edits: [
        { field: 'temperature', remove: true },
        { field: 'top_k', remove: true },
      ],
      dropped: ['top_k'],
    })
  })

  test('fit the narrower range: a temperature above 1 becomes 1, and stands alone', () => {
    expect(write({ sampling: { temperature: 1.5 } })).toMatchObject({
      wire: { temperature: 1 },
      dropped: ['temperature'],
    })
    const both = write({ sampling: { temperature: 0.2, topP: 0.5 } })
    expect(both.wire).not.toHaveProperty('top_p')
    expect(both.dropped).toEqual(['top_p'])
    expect(write({ sampling: { temperature: 1, topP: 0.5 } })).toMatchObject({
      wire: { top_p: 0.5 },
      dropped: [],
    })
  })

  test('do not go with thinking', () => {
    const { wire, dropped } = write({ sampling, reasoning: { effort: 'high' } })
    expect(wire).not.toHaveProperty('temperature')
    expect(dropped).toEqual(['temperature', 'top_k'])
  })
})

test('anthropic#5: the results of one turn stand first, in one user message', () => {
  const { wire } = write({
    messages: [
      user(),
      says('assistant', call('c.1'), call('c2')),
      user('Wait.'),
      says('tool', result('c.1')),
      says('tool', result('c2')),
      user('And?'),
    ],
  })
  expect(wire.messages).toEqual([
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      content: [
        { type: 'tool_use', id: 'c_2e1', name: 'f', input: {} },
        { type: 'tool_use', id: 'c2', name: 'f', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'c_2e1', content: '10' },
        { type: 'tool_result', tool_use_id: 'c2', content: '10' },
        { type: 'text', text: 'Wait.' },
        { type: 'text', text: 'And?' },
      ],
    },
  ])
})

describe('anthropic#6: a thought', () => {
  const thought = (vendor?: string): Part => ({
    type: 'reasoning',
    text: 'Hm.',
    ...(vendor && { signature: { value: 's', vendor } }),
  })
  const answered = (part: Part) => ({
    messages: [user(), says('assistant', part, text('A')), user()],
  })

  test('goes back with its own signature, and not without', () => {
    expect(write(answered(thought('anthropic'))).wire.messages[1].content[0]).toEqual({
      type: 'thinking',
      thinking: 'Hm.',
      signature: 's',
    })
    expect(write(answered(thought('google')))).toMatchObject({
      wire: { messages: [{}, { content: 'A' }, {}] },
      dropped: ['signature'],
    })
    expect(write(answered(thought()))).toMatchObject({
      wire: { messages: [{}, { content: 'A' }, {}] },
      dropped: ['reasoning'],
    })
  })

  test('that is lost within a turn of tools ends the thinking that needs it', () => {
    const messages = [user(), says('assistant', thought(), call('c')), says('tool', result('c'))]
    const to = target({ thinking: ['enabled', 'disabled'] })
    const { wire, dropped } = write({ messages, reasoning: { effort: 'low' } }, to)
    expect(wire).not.toHaveProperty('thinking')
    expect(dropped).toEqual(['reasoning', 'reasoning_effort'])
  })

  test('that came through us is unwrapped: such a request is not relayed', () => {
    const body = bodyOf({
      model: 'm1',
      max_tokens: 1,
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [{ type: 'thinking', thinking: 'Hm.', signature: 'hub1.anthropic.cw' }],
        },
      ],
    })
    const request = anthropicMessages.readRequest(body, {})
    expect(anthropicMessages.relay.edits(body, request, target())).toBeUndefined()
    expect(write({ messages: request.messages }).wire.messages[1].content[0].signature).toBe('s')
  })
})

test('anthropic#7: a refusal comes with status 200', () => {
  const details = { type: 'refusal', category: 'bio', explanation: 'No.' }
  const { choices } = readWhole({ stop_reason: 'refusal', stop_details: details })
  expect(choices[0]?.finish).toEqual({ reason: 'contentFilter', raw: 'refusal', details })
})

test('anthropic#8: 529 is worth another try', () => {
  const error = readFailure(529, { type: 'overloaded_error', message: 'Overloaded' })
  expect(error).toMatchObject({ code: 'upstream_overloaded', retryable: true })
})

test('anthropic#9: an answer without content is an answer', () => {
  const reply = anthropicMessages.readResponse(
    bytesOf('{"id":"a","content":[],"stop_reason":"end_turn"}'),
    target(),
  )
  expect(foldChat(reply).choices).toEqual([
    { index: 0, parts: [], finish: { reason: 'stop', raw: 'end_turn' } },
  ])
})

test('anthropic#10: a stream is asked for when the caller wants one, and always has usage', () => {
  expect(write({ stream: { includeUsage: false } }).wire.stream).toBe(true)
  const body = {
    model: 'm1',
    max_tokens: 1,
    stream: true,
    messages: [{ role: 'user', content: 'x' }],
  }
  expect(anthropicMessages.readRequest(bodyOf(body), {}).stream).toEqual({ includeUsage: true })
})

test('anthropic#11: beta features go with the caller, but not to hosts that refuse them', () => {
  const headers = { 'anthropic-version': '2026-10-21', 'anthropic-beta': 'a,b' }
  expect(write({ headers })).toMatchObject({ headers, dropped: [] })
  expect(write({}).headers).toEqual({ 'anthropic-version': '2023-06-01' })
  expect(write({ headers }, target({ unsupported: ['anthropic-beta'] }))).toMatchObject({
    headers: { 'anthropic-version': '2026-10-21' },
    dropped: ['anthropic-beta'],
  })
})

test('anthropic#12: writes to the cache for an hour and for five minutes are told apart', () => {
  const usage = {
    cache_creation_input_tokens: 700,
    cache_creation: { ephemeral_5m_input_tokens: 500, ephemeral_1h_input_tokens: 200 },
  }
  expect(readWhole({ usage }).usage).toMatchObject({ cacheWrite5m: 500, cacheWrite1h: 200 })
})
