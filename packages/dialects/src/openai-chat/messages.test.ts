import type { ChatRequest, Message, Part } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bodyOf, targetOf } from '../testing/bytes.ts'
import { openAiChat } from './index.ts'

const read = (...messages: object[]): Message[] =>
  openAiChat.readRequest(bodyOf({ model: 'm1', messages }), {}).messages

function write(messages: Message[], quirks: Parameters<typeof targetOf>[0] = {}) {
  const request: ChatRequest = { model: 'm1', messages, sampling: {} }
  const { body, dropped } = openAiChat.writeRequest(request, targetOf(quirks))
  return { messages: JSON.parse(body as string).messages, dropped }
}
const assistant = (...parts: Part[]): Message => ({ role: 'assistant', parts })

describe('signatures', () => {
  const signed = (vendor: string): Part => ({
    type: 'reasoning',
    text: 'Hm.',
    signature: { value: 'sig', vendor },
  })

  test('of the target itself go back as they came', () => {
    expect(write([assistant(signed('acme'))])).toEqual({
      messages: [
        {
          role: 'assistant',
          content: '',
          reasoning_content: 'Hm.',
          reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'Hm.', signature: 'sig' }],
        },
      ],
      dropped: [],
    })
  })

  test('of another vendor are dropped and listed; the thought stays', () => {
    expect(write([assistant(signed('anthropic'))])).toEqual({
      messages: [{ role: 'assistant', content: '', reasoning_content: 'Hm.' }],
      dropped: ['signature'],
    })
    const call: Part = {
      type: 'toolCall',
      id: 'c',
      name: 'f',
      kind: 'function',
      input: '{}',
      signature: { value: 'sig', vendor: 'google' },
    }
    expect(write([assistant(call)])).toEqual({
      messages: [
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
      ],
      dropped: ['signature'],
    })
  })

  test('of another vendor keep what it has encrypted from everybody else', () => {
    const hidden = (vendor: string): Part => ({
      type: 'reasoning',
      redacted: 'c2VjcmV0',
      signature: { value: '', vendor },
    })
    const { messages, dropped } = write([assistant(hidden('anthropic'))])
    expect(JSON.stringify(messages)).not.toContain('c2VjcmV0')
    expect(dropped).toEqual(['signature'])
    expect(JSON.stringify(write([assistant(hidden('acme'))]).messages)).toContain('c2VjcmV0')
  })

  test('of another vendor leave nothing behind when they were all there was', () => {
    const bare: Part = { type: 'reasoning', signature: { value: 'sig', vendor: 'anthropic' } }
    expect(write([assistant(bare)]).messages).toEqual([{ role: 'assistant', content: '' }])
  })

  test('of an unknown vendor go back to the dialect they came from', () => {
    const detail = { type: 'reasoning.text', text: 'Hm.', signature: 'raw', format: 'f', index: 0 }
    const messages = read({ role: 'assistant', content: 'x', reasoning_details: [detail] })
    expect(messages[0]?.parts[0]).toEqual({
      type: 'reasoning',
      text: 'Hm.',
      native: { 'openai-chat': { format: 'f', signature: 'raw' } },
    })
    expect(write(messages).messages[0].reasoning_details).toEqual([detail])
  })

  test('in details without text sign the plain text beside them', () => {
    const details = [{ type: 'reasoning.text', signature: 'hub1.anthropic.c2ln', index: 0 }]
    const [message] = read({
      role: 'assistant',
      reasoning_content: 'Hm.',
      reasoning_details: details,
    })
    expect(message?.parts).toEqual([signed('anthropic')])
  })
})

test('details of a kind we do not know are kept in their place', () => {
  const detail = { type: 'reasoning.new', what: 1 }
  const messages = read({ role: 'assistant', content: 'x', reasoning_details: [detail] })
  expect(messages[0]?.parts[0]).toEqual({ type: 'native', dialect: 'openai-chat', value: detail })
  expect(write(messages).messages[0].reasoning_details).toEqual([detail])
})

test('a message with several tool results becomes several, and what else it says comes after them', () => {
  const result = (callId: string): Part => ({
    type: 'toolResult',
    callId,
    content: [{ type: 'text', text: callId }],
  })
  const message: Message = {
    role: 'user',
    parts: [{ type: 'text', text: 'Go on.' }, result('a'), result('b')],
  }
  expect(write([message]).messages).toEqual([
    { role: 'tool', tool_call_id: 'a', content: 'a' },
    { role: 'tool', tool_call_id: 'b', content: 'b' },
    { role: 'user', content: 'Go on.' },
  ])
})

test('a failed tool result says so only in its words, and that is listed', () => {
  const failed: Part = { type: 'toolResult', callId: 'a', content: [], isError: true }
  expect(write([{ role: 'tool', parts: [failed] }])).toEqual({
    messages: [{ role: 'tool', tool_call_id: 'a', content: '' }],
    dropped: ['is_error'],
  })
})

test('pictures in tool results follow in a user message once the turn has all its results', () => {
  const result = (callId: string, ...content: Part[]): Message => ({
    role: 'tool',
    parts: [{ type: 'toolResult', callId, content }],
  })
  const picture = (url: string): Part => ({ type: 'media', kind: 'image', url })
  const messages = [
    result('a', { type: 'text', text: 'Seen.' }, picture('https://a')),
    result('b', picture('https://b')),
    result('c', { type: 'text', text: 'Nothing.' }),
    assistant({ type: 'text', text: 'Well.' }),
  ]
  const shown = (url: string) => ({ type: 'image_url', image_url: { url } })
  expect(write(messages).messages).toEqual([
    { role: 'tool', tool_call_id: 'a', content: 'Seen.' },
    { role: 'tool', tool_call_id: 'b', content: 'The result is in the next message.' },
    { role: 'tool', tool_call_id: 'c', content: 'Nothing.' },
    { role: 'user', content: [shown('https://a'), shown('https://b')] },
    { role: 'assistant', content: 'Well.' },
  ])
})

test.each<[string, Message]>([
  ['a file as picture', { role: 'user', parts: [{ type: 'media', kind: 'image', fileId: 'f' }] }],
  [
    'audio by address',
    { role: 'user', parts: [{ type: 'media', kind: 'audio', url: 'https://x' }] },
  ],
  [
    'a tool of the provider',
    assistant({
      type: 'serverTool',
      dialect: 'anthropic-messages',
      id: 's',
      name: 'search',
      phase: 'call',
      data: {},
    }),
  ],
  ['an item of another dialect', assistant({ type: 'native', dialect: 'gemini', value: {} })],
])('%s is a 400 naming the message', (_, message) => {
  expect(() => write([{ role: 'user', parts: [] }, message])).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', status: 400, param: 'messages[1]' }),
  )
})

test('a tool of another dialect is a 400 naming the tool', () => {
  const request: ChatRequest = {
    model: 'm1',
    messages: [{ role: 'user', parts: [] }],
    sampling: {},
    tools: [{ type: 'server', dialect: 'anthropic-messages', value: {} }],
  }
  expect(() => openAiChat.writeRequest(request, targetOf())).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'tools[0]' }),
  )
})

test('an answer sent back with an empty list of calls and empty content is an empty turn', () => {
  expect(
    read({ role: 'assistant', content: '', refusal: null, tool_calls: [], annotations: [] }),
  ).toEqual([{ role: 'assistant', parts: [] }])
})

test('what clients send in their own way is understood', () => {
  expect(
    read(
      { role: 'user', content: [{ type: 'image_url', image_url: 'https://x/a.png' }] },
      { role: 'user', content: [{ type: 'file', file: { file_data: 'JVBERi0=' } }] },
      { role: 'user', content: [{ type: 'video_url', video_url: { url: 'https://x/v.mp4' } }] },
      {
        role: 'assistant',
        tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: null },
      { role: 'assistant', content: 'x', reasoning: 'Hm.' },
    ).map(({ parts }) => parts[0]),
  ).toEqual([
    { type: 'media', kind: 'image', url: 'https://x/a.png' },
    { type: 'media', kind: 'file', data: 'JVBERi0=', mimeType: 'application/pdf' },
    { type: 'media', kind: 'video', url: 'https://x/v.mp4' },
    { type: 'toolCall', id: 'c', name: 'f', kind: 'function', input: '' },
    { type: 'toolResult', callId: 'c', content: [] },
    { type: 'reasoning', text: 'Hm.' },
  ])
})
