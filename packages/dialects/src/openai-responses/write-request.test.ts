import type { ChatRequest, JsonObject, Message, Part, Quirks } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { targetOf } from '../testing/bytes.ts'
import { openAiResponses } from './index.ts'

const asked = (more: Partial<ChatRequest> = {}): ChatRequest => ({
  model: 'm',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
  sampling: {},
  ...more,
})

function written(
  request: ChatRequest,
  quirks: Quirks = {},
  drops = false,
): { body: JsonObject; dropped: string[] } {
  const target = { ...targetOf(quirks, 'openai'), dropsUnsupported: drops }
  const { path, body, dropped } = openAiResponses.writeRequest(request, target)
  expect(path).toBe('/responses')
  return { body: JSON.parse(body as string), dropped }
}

const inputOf = (...parts: Part[]) =>
  written(asked({ messages: [{ role: 'assistant', parts }] })).body.input

describe('writing', () => {
  test('instructions go back to their place, other system texts stay in the input', () => {
    const rule = (isInstruction: boolean): Message => ({
      role: 'system',
      parts: [{ type: 'text', text: 'Be kind.' }],
      ...(isInstruction && { isInstruction }),
    })
    const user = asked().messages
    expect(written(asked({ messages: [rule(true), ...user] })).body.instructions).toBe('Be kind.')
    const plain = written(asked({ messages: [rule(false), ...user] })).body
    expect(plain.instructions).toBeUndefined()
    expect(plain.input).toMatchObject([{ role: 'system', content: 'Be kind.' }, { role: 'user' }])
  })

  test('any JSON is asked for in words too, where that is needed and nobody has', () => {
    const request = asked({ responseFormat: { type: 'json' } })
    const inWords = written(request, { jsonNeedsWords: true }).body.input
    expect(inWords).toMatchObject([
      { role: 'developer', content: expect.stringContaining('JSON') },
      { role: 'user', content: 'Hi' },
    ])
    expect(written(request).body.input).toHaveLength(1)
    const said: Message[] = [{ role: 'user', parts: [{ type: 'text', text: 'As json.' }] }]
    const other = written({ ...request, messages: said }, { jsonNeedsWords: true })
    expect(other.body.input).toHaveLength(1)
  })

  test('a tier that the target does not have is dropped', () => {
    const { body, dropped } = written(asked({ serviceTier: 'flex' }), { serviceTiers: ['auto'] })
    expect([body.service_tier, dropped]).toEqual([undefined, ['service_tier']])
  })

  test('results in a user’s message are items before it', () => {
    const messages: Message[] = [
      {
        role: 'user',
        parts: [
          { type: 'text', text: 'And now?' },
          { type: 'toolResult', callId: 'c', content: [], isError: true },
        ],
      },
    ]
    const { body, dropped } = written(asked({ messages }))
    expect(body.input).toEqual([
      { type: 'function_call_output', call_id: 'c', output: '' },
      { type: 'message', role: 'user', content: 'And now?' },
    ])
    expect(dropped).toEqual(['is_error'])
  })

  test('the name of a tool does not go beside its result', () => {
    const result: Part = { type: 'toolResult', callId: 'c', name: 'f', content: [] }
    const { body, dropped } = written(asked({ messages: [{ role: 'tool', parts: [result] }] }))
    expect(body.input).toEqual([{ type: 'function_call_output', call_id: 'c', output: '' }])
    expect(dropped).toEqual([])
  })

  describe('a thought', () => {
    const mine = { value: 'x', vendor: 'openai' }
    const other = { value: 'x', vendor: 'anthropic' }

    test('goes back to the one who had it', () => {
      expect(inputOf({ type: 'reasoning', summary: ['Hm.'], signature: mine })).toEqual([
        {
          id: 'rs_0',
          type: 'reasoning',
          summary: [{ type: 'summary_text', text: 'Hm.' }],
          encrypted_content: 'x',
        },
      ])
    })

    test('that has no id gets one that says where it stands', () => {
      const thought: Part = { type: 'reasoning', summary: ['Hm.'], signature: mine }
      const items = inputOf(thought, { type: 'text', text: 'Well.' }, thought, {
        ...thought,
        id: 'rs_abc',
      })
      expect(items).toMatchObject([
        { id: 'rs_0' },
        { role: 'assistant' },
        { id: 'rs_2' },
        { id: 'rs_abc' },
      ])
    })

    test('that was shown as a text elsewhere goes back as the summary it was', () => {
      const text: Part = { type: 'reasoning', text: 'Hm.', signature: mine }
      const summary = [{ type: 'summary_text', text: 'Hm.' }]
      expect(inputOf(text)).toEqual([
        { id: 'rs_0', type: 'reasoning', summary, encrypted_content: 'x' },
      ])
    })

    test('that its provider told as a text goes back as one', () => {
      const text: Part = { type: 'reasoning', id: 'rs_1', text: 'Hm.', signature: mine }
      const content = [{ type: 'reasoning_text', text: 'Hm.' }]
      expect(inputOf(text)).toEqual([
        { id: 'rs_1', type: 'reasoning', summary: [], content, encrypted_content: 'x' },
      ])
    })

    test.each<[string, Part, string]>([
      [
        'of another vendor',
        { type: 'reasoning', text: 'Hm.', id: 'r', signature: other },
        'signature',
      ],
      ['that another vendor encrypted', { type: 'reasoning', redacted: 'x' }, 'redacted_thinking'],
      ['without proof or id', { type: 'reasoning', text: 'Hm.' }, 'reasoning'],
      ['that only has an id', { type: 'reasoning', id: 'rs_1', summary: ['Hm.'] }, 'reasoning'],
    ])('%s stays here', (_, part, name) => {
      const { body, dropped } = written(asked({ messages: [{ role: 'assistant', parts: [part] }] }))
      expect(body.input).toEqual([])
      expect(dropped).toEqual([name])
    })
  })

  test.each<[string, Partial<ChatRequest>]>([
    ['n', { n: 2 }],
    ['stop', { stop: ['x'] }],
    ['modalities', { modalities: ['text', 'image'] }],
    ['tools[0]', { tools: [{ type: 'server', dialect: 'gemini', value: {} }] }],
    [
      'messages[0]',
      { messages: [{ role: 'user', parts: [{ type: 'media', kind: 'audio', data: 'x' }] }] },
    ],
    [
      'messages[0]',
      {
        messages: [
          { role: 'assistant', parts: [{ type: 'native', dialect: 'gemini', value: {} }] },
        ],
      },
    ],
    [
      'prompt',
      { extensions: { dialect: 'gemini', fields: { prompt: {} }, essential: ['prompt'] } },
    ],
  ])('%s means something, and cannot be said', (param, more) => {
    expect(() => written(asked(more))).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', status: 400, param }),
    )
    expect(written(asked(more), {}, true).dropped).toEqual([param])
  })

  test('an answer in audio is refused whatever the caller would rather lose', () => {
    expect(() => written(asked({ modalities: ['text', 'audio'] }), {}, true)).toThrow(
      expect.objectContaining({ param: 'audio' }),
    )
  })

  test('hints without a word here are dropped and reported', () => {
    const { dropped } = written(
      asked({
        n: 1,
        stop: [],
        modalities: ['text'],
        store: true,
        // No loss: prompts are cached unasked.
        cacheAuto: true,
        headers: { 'anthropic-beta': 'x', 'anthropic-version': '2023-06-01' },
        sampling: { topK: 5, seed: 1, presencePenalty: 1, frequencyPenalty: 0, logitBias: {} },
        extensions: { dialect: 'openai-chat', fields: { prediction: {} } },
      }),
    )
    expect(dropped.toSorted()).toEqual([
      'anthropic-beta',
      'logit_bias',
      'prediction',
      'presence_penalty',
      'seed',
      'store',
      'top_k',
    ])
  })

  test('a tool without a word on strictness is not strict', () => {
    const tools = [{ type: 'function' as const, name: 'f' }]
    expect(written(asked({ tools })).body.tools).toEqual([
      { type: 'function', name: 'f', parameters: null, strict: false },
    ])
  })

  test('the result of a custom tool is told apart by its call', () => {
    const messages: Message[] = [
      {
        role: 'assistant',
        parts: [{ type: 'toolCall', id: 'c', name: 'sh', kind: 'custom', input: 'ls' }],
      },
      { role: 'tool', parts: [{ type: 'toolResult', callId: 'c', content: [] }] },
    ]
    expect(written(asked({ messages })).body.input).toMatchObject([
      { type: 'custom_tool_call' },
      { type: 'custom_tool_call_output' },
    ])
  })

  describe('reasoning', () => {
    const efforts = ['none', 'low', 'high']

    test.each<
      [string, ChatRequest['reasoning'], readonly string[] | undefined, object | undefined]
    >([
      ['an effort nobody knows is passed on', { effort: 'low' }, undefined, { effort: 'low' }],
      ['the nearest effort is taken', { effort: 'max' }, efforts, { effort: 'high' }],
      [
        'a budget is worth an effort, and wants to see thoughts',
        { budgetTokens: 2000 },
        efforts,
        { effort: 'low', summary: 'auto' },
      ],
      [
        'a wish without a measure is medium, and wants to see thoughts',
        {},
        efforts,
        { effort: 'high', summary: 'auto' },
      ],
      [
        'a wish without a measure names no effort that is unknown',
        {},
        undefined,
        { summary: 'auto' },
      ],
      [
        'a budget that is not to be seen is not',
        { budgetTokens: 2000, summary: 'none' },
        efforts,
        { effort: 'low' },
      ],
      [
        'a budget of nothing wants to see nothing',
        { budgetTokens: 0 },
        efforts,
        { effort: 'none' },
      ],
      ['a summary alone asks for no effort', { summary: 'auto' }, efforts, { summary: 'auto' }],
      [
        'a summary that is not wanted is not asked for',
        { effort: 'low', summary: 'none' },
        efforts,
        { effort: 'low' },
      ],
      ['a model that does not reason is told nothing', { effort: 'low' }, [], undefined],
    ])('%s', (_, reasoning, taken, expected) => {
      const quirks = taken ? { efforts: taken } : {}
      const request = asked(reasoning ? { reasoning } : {})
      expect(written(request, quirks).body.reasoning).toEqual(expected)
    })

    test('sampling is dropped where reasoning refuses it, unless there is none', () => {
      const quirks = { samplingNeedsNoReasoning: true }
      const sampling = { temperature: 0.5, topP: 0.5 }
      const thinking = written(asked({ sampling, reasoning: { effort: 'low' } }), quirks)
      expect(thinking.dropped).toEqual(['temperature', 'top_p'])
      expect(thinking.body).not.toHaveProperty('temperature')
      const silent = written(asked({ sampling }), quirks)
      expect(silent.dropped).toEqual(['temperature', 'top_p'])
      expect(silent.body).not.toHaveProperty('top_p')
      const not = written(asked({ sampling, reasoning: { effort: 'none' } }), quirks)
      expect(not.body).toMatchObject({ temperature: 0.5, top_p: 0.5 })
    })
  })

  test('fields the target refuses are dropped, or refused when they mean something', () => {
    const request = asked({ cacheKey: 'k', toolChoice: 'required' })
    expect(written(request, { unsupported: ['prompt_cache_key'] }).dropped).toEqual([
      'prompt_cache_key',
    ])
    expect(() => written(request, { unsupported: ['tool_choice'] })).toThrow(
      expect.objectContaining({ param: 'tool_choice' }),
    )
  })
})
