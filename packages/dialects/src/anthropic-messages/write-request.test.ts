import type { ChatRequest, Part, ReasoningWish, WireTarget } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { refusal, says, target, text, tool, user, write } from './testing/asking.ts'

describe('thinking', () => {
  const manual = target({ thinking: ['enabled', 'disabled'] }, { output: 64_000 })
  const adaptive = target({ thinking: ['adaptive'], efforts: ['low', 'medium', 'high'] })

  test.each<[string, ReasoningWish, WireTarget, object, string[]]>([
    [
      'effort by budget',
      { effort: 'high' },
      manual,
      { thinking: { type: 'enabled', budget_tokens: 16_384 } },
      [],
    ],
    [
      'effort by budget, by a model that takes no efforts',
      { effort: 'high' },
      target({ thinking: ['enabled', 'disabled'], efforts: [] }),
      { thinking: { type: 'enabled', budget_tokens: 16_384 } },
      [],
    ],
    [
      'the nearest effort',
      { effort: 'max' },
      adaptive,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      [],
    ],
    [
      'an effort nobody here has',
      { effort: 'minimal' },
      target(),
      { output_config: { effort: 'low' } },
      [],
    ],
    ['none', { effort: 'none' }, manual, { thinking: { type: 'disabled' } }, []],
    [
      'almost none',
      { effort: 'none' },
      target({ thinking: ['adaptive', 'between_tools'] }),
      { thinking: { type: 'between_tools' } },
      ['reasoning_effort'],
    ],
    [
      'the least',
      { effort: 'none' },
      adaptive,
      { output_config: { effort: 'low' } },
      ['reasoning_effort'],
    ],
    [
      'a budget as effort',
      { budgetTokens: 2000 },
      adaptive,
      { output_config: { effort: 'low' } },
      ['thinking.budget_tokens'],
    ],
    ['a budget too small', { budgetTokens: 10 }, manual, { thinking: { budget_tokens: 1024 } }, []],
    [
      'what is shown',
      { effort: 'low', summary: 'none' },
      adaptive,
      { thinking: { display: 'omitted' } },
      [],
    ],
  ])('%s', (_, reasoning, to, wire, dropped) => {
    expect(write({ reasoning }, to)).toMatchObject({ wire, dropped })
  })

  test('a model that does not think is not asked to', () => {
    const plain = target({ thinking: [] })
    const { wire, dropped } = write({ reasoning: { effort: 'high' } }, plain)
    expect(wire).not.toHaveProperty('thinking')
    expect(dropped).toEqual(['reasoning_effort'])
    expect(write({ reasoning: { effort: 'none' } }, plain).dropped).toEqual([])
  })

  test('leaves room for the answer', () => {
    const few = write({ reasoning: { effort: 'high' }, maxOutputTokens: 5000 }, manual)
    expect(few.wire).toMatchObject({ max_tokens: 5000, thinking: { budget_tokens: 4000 } })
    const none = write({ reasoning: { effort: 'high' }, maxOutputTokens: 1000 }, manual)
    expect(none.wire).not.toHaveProperty('thinking')
    expect(none.dropped).toEqual(['reasoning_effort'])
    const unknown = write({ reasoning: { effort: 'high' } }, target({ thinking: ['enabled'] }))
    expect(unknown.wire).toMatchObject({ max_tokens: 20_480, thinking: { budget_tokens: 16_384 } })
  })
})

describe('messages', () => {
  test('a conversation that the assistant begins gets a first turn', () => {
    const { wire } = write({ messages: [says('assistant', text('A')), user()] })
    expect(wire.messages.map(({ role }: { role: string }) => role)).toEqual([
      'user',
      'assistant',
      'user',
    ])
  })

  test('a system prompt alone is refused', () => {
    const messages = [says('system', text('Be brief.'))]
    expect(() => write({ messages })).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'messages' }),
    )
  })

  test('what the system says later the user says, unless the caller speaks this dialect', () => {
    const messages = [user('A'), says('system', text('B')), user('C')]
    expect(write({ messages }).wire.messages).toEqual([
      {
        role: 'user',
        content: ['A', 'B', 'C'].map((said) => ({ type: 'text', text: said })),
      },
    ])
    const own = write({ messages, headers: { 'anthropic-version': '2023-06-01' } })
    expect(own.wire.messages[1]).toEqual({ role: 'system', content: 'B' })
  })

  test('empty texts are left out', () => {
    const messages = [user(''), says('user', text(''), text('A')), says('assistant', text(''))]
    expect(write({ messages }).wire.messages).toEqual([{ role: 'user', content: 'A' }])
  })

  test.each(['[]', '"x"', '{"a":', 'null'])('a call with the input %s is refused', (input) => {
    const bad: Part = { type: 'toolCall', id: 'c', name: 'f', kind: 'function', input }
    expect(() => write({ messages: [user(), says('assistant', bad)] })).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'messages[1]' }),
    )
  })

  test.each<[string, Part]>([
    ['audio', { type: 'media', kind: 'audio', data: 'AAAA', mimeType: 'audio/wav' }],
    ['video', { type: 'media', kind: 'video', url: 'https://example.com/v' }],
    ['a drawing', { type: 'media', kind: 'image', data: 'AAAA', mimeType: 'image/svg+xml' }],
    ['a spreadsheet', { type: 'media', kind: 'file', data: 'AAAA', mimeType: 'application/xlsx' }],
    ['an item of another dialect', { type: 'native', dialect: 'gemini', value: {} }],
  ])('%s is refused', (_, part) => {
    expect(() => write({ messages: [says('user', text('A'), part)] })).toThrow(
      refusal('messages[0]'),
    )
  })

  test('only the last four marks of the cache stay', () => {
    const marked = (said: string): Part => ({ type: 'text', text: said, cache: {} })
    const { wire, dropped } = write({
      tools: [{ ...tool, cache: {} }],
      messages: [
        says('system', marked('S')),
        says('user', marked('A'), marked('B'), marked('C'), marked('D')),
      ],
    })
    expect(JSON.stringify(wire).match(/cache_control/g)).toHaveLength(4)
    expect(JSON.stringify(wire.messages).match(/cache_control/g)).toHaveLength(4)
    expect(dropped).toEqual(['cache_control'])
  })
})

describe('what has no words here', () => {
  test.each<[string, Partial<ChatRequest>]>([
    ['n', { n: 2 }],
    ['logprobs', { logprobs: {} }],
    ['stop', { stop: ['\n', 'END'] }],
    ['modalities', { modalities: ['text', 'image'] }],
    ['previous_response_id', { previousResponseId: 'r' }],
    ['audio', { audio: {} }],
    ['tools[0]', { tools: [{ type: 'custom', name: 'c' }] }],
    ['tools[0]', { tools: [{ type: 'server', dialect: 'gemini', value: {} }] }],
    ['tools[0].name', { tools: [{ type: 'function', name: 'a.b' }] }],
  ])('%s is refused', (param, fields) => {
    expect(() => write(fields)).toThrow(refusal(param))
  })

  test('hints are dropped and listed, and values that say nothing are not', () => {
    const { dropped } = write({
      sampling: { seed: 1, presencePenalty: 1, frequencyPenalty: 0, logitBias: { 1: 2 } },
      cacheKey: 'k',
      metadata: { a: 'b' },
      verbosity: 'low',
      serviceTier: 'flex',
      store: false,
      n: 1,
      extensions: { dialect: 'gemini', fields: { labels: {} } },
    })
    expect(dropped.toSorted()).toEqual([
      'labels',
      'logit_bias',
      'metadata',
      'presence_penalty',
      'prompt_cache_key',
      'seed',
      'service_tier',
      'verbosity',
    ])
  })

  test('a choice among some tools leaves only those', () => {
    const { wire } = write({
      tools: [tool, { type: 'function', name: 'g' }],
      toolChoice: { type: 'allowed', mode: 'required', tools: [{ type: 'function', name: 'g' }] },
    })
    expect(wire.tools.map(({ name }: { name: string }) => name)).toEqual(['g'])
    expect(wire.tool_choice).toEqual({ type: 'any' })
  })

  test('JSON without a schema is asked for in words', () => {
    const { wire } = write({ responseFormat: { type: 'json' } })
    expect(wire.system).toContain('JSON')
  })
})
