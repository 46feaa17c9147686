// Conversations that began with a model of another vendor, or are read by one.

import { foldChat, type JsonObject } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bodyOf, bytesOf, targetOf } from '../testing/bytes.ts'
import { anthropicMessages } from './index.ts'
import { call, result, says, target, text, user, write } from './testing/asking.ts'

const headers = { 'anthropic-version': '2023-06-01' }

const read = (messages: object[], fields: object = {}) => {
  const body = bodyOf({ model: 'm1', max_tokens: 5, messages, ...fields })
  return { body, request: anthropicMessages.readRequest(body, headers) }
}

test('two ids that become one in legal letters stay two, for calls and results alike', () => {
  const { wire } = write({
    messages: [
      user(),
      says('assistant', call('c.1'), call('c_2e1')),
      says('tool', result('c_2e1'), result('c.1')),
    ],
  })
  const [asked, answered] = [wire.messages[1].content, wire.messages[2].content]
  expect(asked.map(({ id }: JsonObject) => id)).toEqual(['c_2e1', 'c_2e1_'])
  expect(answered.map(({ tool_use_id: id }: JsonObject) => id)).toEqual(['c_2e1_', 'c_2e1'])
})

test('a signature on anything but a thought is listed as lost', () => {
  const signed = { type: 'text' as const, text: 'A', signature: { value: 's', vendor: 'google' } }
  const { wire, dropped } = write({ messages: [user(), says('assistant', signed), user()] })
  expect(wire.messages[1].content).toBe('A')
  expect(dropped).toEqual(['signature'])
})

test('a thought whose signature is empty is left out, not sent unsigned', () => {
  const signature = { value: '', vendor: 'anthropic' }
  const thought = { type: 'reasoning' as const, text: 'Hm.', signature }
  const { wire, dropped } = write({ messages: [user(), says('assistant', thought, text('A'))] })
  expect(wire.messages[1].content).toBe('A')
  expect(dropped).toEqual(['signature'])
})

test('results follow their calls, whatever the user says between them', () => {
  const answer = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: id })
  const { request } = read([
    { role: 'user', content: [answer('a'), { type: 'text', text: 'Wait.' }, answer('b')] },
  ])
  expect(request.messages).toEqual([
    says(
      'tool',
      ...['a', 'b'].map((callId) => ({
        type: 'toolResult' as const,
        callId,
        content: [text(callId)],
      })),
    ),
    says('user', text('Wait.')),
  ])
})

const cited = { type: 'web_search_result_location', url: 'https://a', encrypted_index: '' }

test.each([
  ['a thought that nobody signed', 'assistant', { type: 'thinking', thinking: 'a', signature: '' }],
  ['a call', 'assistant', { type: 'tool_use', id: 'f:0', name: 'f', input: {} }],
  ['a result', 'user', { type: 'tool_result', tool_use_id: 'f:0', content: 'a' }],
  ['a source', 'assistant', { type: 'text', text: 'a', citations: [cited] }],
])("Anthropic does not get %s in another vendor's form: it is rewritten", (_, role, block) => {
  const { body, request } = read([{ role, content: [block] }])
  const to = (provider: string) =>
    anthropicMessages.relay.edits(body, request, targetOf({}, provider))
  expect(to('anthropic')).toBeUndefined()
  expect(to('acme')).toMatchObject({ edits: [] })
})

test('a kind of thinking that only this dialect has is left out where the model has it not', () => {
  const { request } = read([{ role: 'user', content: 'Hi' }], {
    thinking: { type: 'between_tools' },
  })
  expect(write(request).wire.thinking).toEqual({ type: 'between_tools' })
  const { wire, dropped } = write(request, target({ thinking: ['enabled', 'adaptive'] }))
  expect(wire).not.toHaveProperty('thinking')
  expect(dropped).toEqual(['thinking'])
})

const streamed = (...events: object[]) => {
  const frames = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
  return foldChat(anthropicMessages.streamReader(target()).push(bytesOf(frames)))
}
const stop = { type: 'message_stop' }

test('an input that came with the start of its call is not read a second time from its pieces', () => {
  const block = { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } }
  const delta = { type: 'input_json_delta', partial_json: '{"a":1}' }
  const { choices } = streamed(
    { type: 'content_block_start', index: 0, content_block: block },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    stop,
  )
  expect(choices[0]?.parts).toEqual([{ ...call('t'), input: '{"a":1}' }])
})

test('usage counts when the message starts late', () => {
  const block = { type: 'text', text: 'A' }
  const { usage } = streamed(
    { type: 'content_block_start', index: 0, content_block: block },
    { type: 'message_start', message: { usage: { input_tokens: 9 } } },
    stop,
  )
  expect(usage.input).toBe(9)
})

test('a zero at the end of a stream does not take back what was counted at its start', () => {
  const usage = { input_tokens: 100, cache_read_input_tokens: 50, output_tokens: 1 }
  const events = [
    { type: 'message_start', message: { usage } },
    { type: 'message_delta', delta: {}, usage: { input_tokens: 0, output_tokens: 5 } },
    stop,
  ]
  expect(streamed(...events).usage).toMatchObject({ input: 150, output: 5 })
  const { request } = read([{ role: 'user', content: 'Hi' }])
  const scanner = anthropicMessages.relay.scanner(request, target())
  scanner.push(bytesOf(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')))
  expect(scanner.usage).toMatchObject({ input: 150, output: 5 })
})
