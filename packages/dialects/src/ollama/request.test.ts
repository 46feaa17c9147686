import type { ChatRequest, JsonObject, Message, Part, WireTarget } from '@aigne-hub/protocol'
import { HubError } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chatRequest } from '../testing/arbitrary-request.ts'
import { targetOf } from '../testing/bytes.ts'
import { ollamaChat } from './index.ts'

const target = targetOf({}, 'ollama')
const hi: Message = { role: 'user', parts: [{ type: 'text', text: 'Hi' }] }
const asking = (request: Partial<ChatRequest>): ChatRequest => ({
  model: 'm',
  messages: [hi],
  sampling: {},
  ...request,
})

function written(request: Partial<ChatRequest>, to: WireTarget = target) {
  const { body, dropped } = ollamaChat.writeRequest(asking(request), to)
  return { wire: JSON.parse(body as string) as JsonObject & { messages: JsonObject[] }, dropped }
}

const said = (role: Message['role'], ...parts: Part[]) =>
  written({ messages: [{ role, parts }] }).wire.messages

const text = (value: string): Part => ({ type: 'text', text: value })
const picture: Part = { type: 'media', kind: 'image', data: 'aGV5', mimeType: 'image/png' }
const tool = { type: 'function' as const, name: 'f' }

describe('messages', () => {
  test('paragraphs of a user are joined by a line end, pieces of an answer by nothing', () => {
    expect(said('user', text('a'), text('b'))).toEqual([{ role: 'user', content: 'a\nb' }])
    expect(said('assistant', text('a'), text('b'))).toEqual([{ role: 'assistant', content: 'ab' }])
  })

  test('pictures in results follow once all results of the turn were given', () => {
    const result = (callId: string, ...content: Part[]): Message => ({
      role: 'tool',
      parts: [{ type: 'toolResult', callId, name: 'f', content }],
    })
    const messages = [result('1', picture), result('2', text('x'), picture), hi]
    expect(written({ messages }).wire.messages).toEqual([
      { role: 'tool', content: '', tool_name: 'f', tool_call_id: '1' },
      { role: 'tool', content: 'x', tool_name: 'f', tool_call_id: '2' },
      { role: 'user', content: '', images: ['aGV5', 'aGV5'] },
      { role: 'user', content: 'Hi' },
    ])
  })

  test('what another provider signed is not sent as a thought of this model', () => {
    const messages: Message[] = [
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'Hm', signature: { value: 'x', vendor: 'anthropic' } },
          { type: 'reasoning', summary: ['So', 'on'] },
          text('Hi'),
        ],
      },
    ]
    const { wire, dropped } = written({ messages })
    expect(wire.messages).toEqual([{ role: 'assistant', content: 'Hi', thinking: 'So\n\non' }])
    expect(dropped).toEqual(['signature'])
  })

  test.each<[string, Part]>([
    [
      'an address, which the hub should have fetched',
      { type: 'media', kind: 'image', url: 'https://a/b.png' },
    ],
    ['a file id', { type: 'media', kind: 'image', fileId: 'f1' }],
    ['sound', { type: 'media', kind: 'audio', data: 'aGV5', mimeType: 'audio/wav' }],
    [
      'a tool of another provider',
      { type: 'serverTool', dialect: 'gemini', id: '1', name: 'x', phase: 'call', data: {} },
    ],
  ])('%s is a 400 that names the message', (_, part) => {
    expect(() => said('user', part)).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param: 'messages[0]' }),
    )
  })
})

describe('tools', () => {
  test.each<[string, ChatRequest['toolChoice'], string[] | undefined]>([
    ['none', 'none', undefined],
    ['auto', 'auto', ['f', 'g']],
    [
      'some of them',
      { type: 'allowed', mode: 'auto', tools: [{ type: 'function', name: 'g' }] },
      ['g'],
    ],
  ])('are offered as the choice allows: %s', (_, toolChoice, names) => {
    const tools = [tool, { ...tool, name: 'g' }]
    const { wire, dropped } = written({ tools, ...(toolChoice && { toolChoice }) })
    const offered = wire.tools as { function: { name: string } }[] | undefined
    expect(offered?.map((one) => one.function.name)).toEqual(names)
    expect(dropped).toEqual([])
  })

  test('one without a schema takes an empty object', () => {
    expect(written({ tools: [tool] }).wire.tools).toEqual([
      { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } },
    ])
  })
})

describe('what Ollama has no words for', () => {
  test.each<[string, Partial<ChatRequest>]>([
    ['n', { n: 2 }],
    ['modalities', { modalities: ['text', 'image'] }],
    ['audio', { modalities: ['text', 'audio'] }],
    ['previous_response_id', { previousResponseId: 'resp_1' }],
    ['tools[0]', { tools: [{ type: 'custom', name: 'f' }] }],
    ['tools[0]', { tools: [{ type: 'server', dialect: 'gemini', value: {} }] }],
  ])('%s is a 400', (param, request) => {
    expect(() => written(request)).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', status: 400, param }),
    )
  })

  test('hints are left out and reported', () => {
    const { wire, dropped } = written({
      sampling: { logitBias: { '1': 5 }, topK: -1 },
      tools: [{ ...tool, strict: true, cache: {} }],
      parallelToolCalls: false,
      reasoning: { effort: 'low', summary: 'auto' },
      verbosity: 'high',
      serviceTier: 'flex',
      cacheKey: 'k',
      metadata: { a: 'b' },
      user: 'u',
      store: true,
      extensions: { dialect: 'openai-chat', fields: { prediction: {} } },
    })
    expect(dropped.toSorted()).toEqual([
      'cache_control',
      'logit_bias',
      'metadata',
      'parallel_tool_calls',
      'prediction',
      'prompt_cache_key',
      'reasoning.summary',
      'service_tier',
      'store',
      'strict',
      'user',
      'verbosity',
    ])
    expect(Object.keys(wire).toSorted()).toEqual([
      'messages',
      'model',
      'stream',
      'think',
      'tools',
      'truncate',
    ])
  })

  test('what says nothing is no loss', () => {
    const request = { n: 1, modalities: ['text'], serviceTier: 'auto', store: false }
    expect(written({ ...request, responseFormat: { type: 'text' } }).dropped).toEqual([])
  })

  test('what the target refuses is left out, or refused in turn', () => {
    const refusing = targetOf({ unsupported: ['think', 'min_p', 'truncate', 'tools'] }, 'ollama')
    const extensions = { dialect: 'openai-chat' as const, fields: { min_p: 0.1 } }
    const { wire, dropped } = written({ reasoning: { effort: 'low' }, extensions }, refusing)
    expect(wire).not.toHaveProperty('think')
    expect(wire).not.toHaveProperty('options')
    expect(wire).not.toHaveProperty('truncate')
    expect(dropped).toEqual(['min_p', 'think'])
    expect(() => written({ tools: [tool] }, refusing)).toThrow(
      expect.objectContaining({ param: 'tools' }),
    )
  })
})

test.each<[ChatRequest['reasoning'], WireTarget['quirks'], unknown, string[]]>([
  [undefined, {}, undefined, []],
  [{}, {}, undefined, []],
  [{ effort: 'none' }, {}, false, []],
  [{ effort: 'minimal' }, {}, 'low', []],
  [{ effort: 'medium' }, {}, 'medium', []],
  [{ effort: 'xhigh' }, {}, 'max', []],
  [{ budgetTokens: 10_000 }, {}, 'high', []],
  [{ budgetTokens: 0 }, {}, false, []],
  [{ effort: 'max' }, { efforts: ['low', 'medium', 'high'] }, 'high', []],
  [{ effort: 'none' }, { efforts: ['low', 'medium', 'high'] }, 'low', []],
  [{ effort: 'low' }, { thinkIsBoolean: true }, true, []],
  [{ effort: 'none' }, { thinkIsBoolean: true }, false, []],
  [{ effort: 'low', effortOnly: true }, { thinkIsBoolean: true }, undefined, ['reasoning_effort']],
  [{ effort: 'low' }, { efforts: [] }, undefined, ['reasoning_effort']],
  [{ effort: 'none' }, { efforts: [] }, undefined, []],
])('think, of %j where the target has %j, is %j', (reasoning, quirks, think, lost) => {
  const { wire, dropped } = written(reasoning ? { reasoning } : {}, targetOf(quirks, 'ollama'))
  expect(wire.think).toEqual(think)
  expect(dropped).toEqual(lost)
})

test.each<[ChatRequest['responseFormat'], unknown]>([
  [{ type: 'text' }, undefined],
  [{ type: 'json' }, 'json'],
  [{ type: 'jsonSchema', name: 'x' }, 'json'],
  [{ type: 'jsonSchema', name: 'x', schema: { type: 'array' } }, { type: 'array' }],
])('the format of %j is %j', (responseFormat, format) => {
  expect(written(responseFormat ? { responseFormat } : {}).wire.format).toEqual(format)
})

test('logprobs are asked for', () => {
  expect(written({ logprobs: { top: 2 } }).wire).toMatchObject({ logprobs: true, top_logprobs: 2 })
})

test("a caller's own limit of tokens is never raised by its options", () => {
  const fields = { options: { num_predict: -1, mirostat: 2 } }
  const extensions = { dialect: 'openai-chat' as const, fields }
  expect(written({ maxOutputTokens: 9, extensions }).wire.options).toEqual({
    num_predict: 9,
    mirostat: 2,
  })
})

test('options that are no object are lost and reported', () => {
  const extensions = { dialect: 'openai-chat' as const, fields: { options: 5 } }
  expect(written({ extensions }).dropped).toEqual(['options'])
})

test('every request becomes JSON or a 400, and JSON when the caller lets meaning go', () => {
  fc.assert(
    fc.property(chatRequest, (request) => {
      const write = (dropsUnsupported: boolean) => {
        const { body } = ollamaChat.writeRequest(request, { ...target, dropsUnsupported })
        return JSON.parse(body as string) as JsonObject
      }
      const wire = write(true)
      expect(wire).toMatchObject({ model: 'm1', stream: request.stream !== undefined })
      try {
        write(false)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
        expect(thrown).toMatchObject({ code: 'unsupported_parameter', status: 400 })
      }
    }),
    { numRuns: 300 },
  )
})
