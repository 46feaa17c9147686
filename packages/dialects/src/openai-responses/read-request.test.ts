import type { ChatRequest } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { wrapSignature } from '../signature.ts'
import { bodyOf, targetOf } from '../testing/bytes.ts'
import { openAiResponses } from './index.ts'

const read = (value: object): ChatRequest => openAiResponses.readRequest(bodyOf(value), {})

describe('reading', () => {
  test('the items of one turn become one message, whatever stands between its words', () => {
    const { messages } = read({
      model: 'm',
      input: [
        { role: 'user', content: 'Hi' },
        { type: 'reasoning', id: 'rs_1', summary: [] },
        { type: 'message', id: 'msg_1', role: 'assistant', content: 'One.' },
        { type: 'message', role: 'assistant', content: 'Two.' },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
        { type: 'message', id: 'msg_3', role: 'assistant', content: 'Three.' },
        { type: 'function_call_output', call_id: 'c', output: 'ok' },
      ],
    })
    const beginning = (item: object) => ({ native: { 'openai-responses': { item } } })
    expect(messages).toEqual([
      { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
      {
        role: 'assistant',
        id: 'msg_1',
        parts: [
          { type: 'reasoning', id: 'rs_1' },
          { type: 'text', text: 'One.' },
          { type: 'text', text: 'Two.', ...beginning({}) },
          { type: 'toolCall', id: 'c', name: 'f', kind: 'function', input: '{}' },
          { type: 'text', text: 'Three.', ...beginning({ id: 'msg_3' }) },
        ],
      },
      {
        role: 'tool',
        parts: [{ type: 'toolResult', callId: 'c', content: [{ type: 'text', text: 'ok' }] }],
      },
    ])
  })

  test('input may be absent when something else says what to answer', () => {
    expect(read({ model: 'm', previous_response_id: 'resp_1' }).messages).toEqual([])
    expect(read({ model: 'm', input: [], conversation: 'conv_1' }).messages).toEqual([])
    expect(() => read({ model: 'm', input: [] })).toThrow(
      expect.objectContaining({ param: 'input' }),
    )
  })

  test('what changes the question is essential', () => {
    const { extensions } = read({
      model: 'm',
      input: 'Hi',
      background: true,
      conversation: 'conv_1',
      prompt: { id: 'p' },
      tool_choice: { type: 'mcp', server_label: 's' },
      truncation: 'auto',
    })
    expect(extensions?.essential?.toSorted()).toEqual([
      'background',
      'conversation',
      'prompt',
      'tool_choice',
    ])
    expect(read({ model: 'm', input: 'Hi', background: false }).extensions).not.toHaveProperty(
      'essential',
    )
  })

  test('safety_identifier is the user, unless both are given', () => {
    expect(read({ model: 'm', input: 'Hi', safety_identifier: 'a' })).toMatchObject({ user: 'a' })
    const both = read({ model: 'm', input: 'Hi', safety_identifier: 'a', user: 'b' })
    expect(both.user).toBe('b')
    const { body } = openAiResponses.writeRequest(both, targetOf())
    expect(JSON.parse(body as string)).toMatchObject({ safety_identifier: 'a', user: 'b' })
  })

  describe('encrypted_content', () => {
    const thinking = (encrypted: string, ...behind: object[]) =>
      read({
        model: 'm',
        input: [{ type: 'reasoning', summary: [], encrypted_content: encrypted }, ...behind],
      }).messages[0]?.parts
    const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }
    const google = { value: 'proof', vendor: 'google' }

    test('is OpenAI’s own unless the hub has wrapped it', () => {
      expect(thinking('gAAA')).toEqual([
        { type: 'reasoning', signature: { value: 'gAAA', vendor: 'openai' } },
      ])
      expect(thinking(wrapSignature(google))).toEqual([{ type: 'reasoning', signature: google }])
    })

    test('without a thought belongs to the call directly behind it', () => {
      expect(thinking(wrapSignature(google), call)).toMatchObject([
        { type: 'toolCall', signature: google },
      ])
      expect(thinking('gAAA', call)).toMatchObject([{ type: 'reasoning' }, { type: 'toolCall' }])
      const between = { role: 'assistant', content: 'Hm.' }
      expect(thinking(wrapSignature(google), between, call)).toMatchObject([
        { type: 'reasoning', signature: google },
        { type: 'text' },
        { type: 'toolCall' },
      ])
    })
  })
})
