// The fourth of Anthropic's numbered quirks: when a tool can be forced, and JSON asked for by one.

import { foldChat } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bytesOf } from '../testing/bytes.ts'
import { anthropicMessages } from './index.ts'
import { readWhole, refusal, target, tool, write } from './testing/asking.ts'

describe('anthropic#4: a forced tool', () => {
  const forced = { tools: [tool], toolChoice: 'required' as const }
  const manual = target({ thinking: ['enabled', 'disabled'] }, { output: 64_000 })

  test('is refused where the model refuses it, or becomes a choice when the caller agrees', () => {
    const to = target({ noForcedTools: true })
    expect(() => write(forced, to)).toThrow(refusal('tool_choice'))
    expect(write(forced, { ...to, dropsUnsupported: true })).toMatchObject({
      wire: { tool_choice: { type: 'auto' } },
      dropped: ['tool_choice'],
    })
  })

  test('wins over an effort, and excludes a budget', () => {
    const { wire, dropped } = write({ ...forced, reasoning: { effort: 'high' } }, manual)
    expect(wire).toMatchObject({ tool_choice: { type: 'any' } })
    expect(wire).not.toHaveProperty('thinking')
    expect(dropped).toEqual(['reasoning_effort'])
    const budget = { ...forced, reasoning: { budgetTokens: 2000 } }
    expect(() => write(budget, manual)).toThrow(refusal('tool_choice'))
  })

  test('goes with adaptive thinking', () => {
    expect(write({ ...forced, reasoning: { effort: 'high' } }).wire).toMatchObject({
      thinking: { type: 'adaptive' },
      tool_choice: { type: 'any' },
    })
  })

  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  const responseFormat = { type: 'jsonSchema' as const, name: 'answer', schema }

  test('is not what asks for JSON where there are schemas', () => {
    const { wire } = write({ responseFormat }, target({ noForcedTools: true }))
    expect(wire.output_config).toEqual({
      format: { type: 'json_schema', schema: { ...schema, additionalProperties: false } },
    })
    expect(wire).not.toHaveProperty('tools')
  })

  test('asks for JSON where there are none, and is read back as text', () => {
    const to = target({ noJsonSchema: true })
    const { wire } = write({ responseFormat }, to)
    const [asked] = wire.tools
    expect(wire.tool_choice).toEqual({ type: 'tool', name: asked.name })
    const answer = { type: 'tool_use', id: 't', name: asked.name, input: { a: 'b' } }
    expect(readWhole({ content: [answer], stop_reason: 'tool_use' }).choices[0]).toMatchObject({
      parts: [{ type: 'text', text: '{"a":"b"}' }],
      finish: { reason: 'stop' },
    })
    const stream = [
      { type: 'content_block_start', index: 0, content_block: { ...answer, input: {} } },
      {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'input_json_delta', partial_json: '{"a":"b"}' },
      },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' } },
      { type: 'message_stop' },
    ]
    const reader = anthropicMessages.streamReader(to)
    const frames = stream.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
    const streamed = foldChat(reader.push(bytesOf(frames)))
    expect(streamed.choices[0]).toMatchObject({
      parts: [{ type: 'text', text: '{"a":"b"}' }],
      finish: { reason: 'stop' },
    })
    expect(write({ responseFormat, tools: [tool] }, to).wire.tool_choice).toEqual({ type: 'any' })
    const neither = target({ noJsonSchema: true, noForcedTools: true })
    expect(() => write({ responseFormat }, neither)).toThrow(refusal('response_format'))
  })
})
