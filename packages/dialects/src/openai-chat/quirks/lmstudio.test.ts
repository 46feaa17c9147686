// The oddities of LM Studio's server, numbered, as far as a chat dialect shows them.

import type { Quirks } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { openAiResponses } from '../../openai-responses/index.ts'
import { bytesOf, targetOf } from '../../testing/bytes.ts'
import { answer, chatWith, chunk, streamOf, tool, user } from '../../testing/chat-exchange.ts'

const quirks: Quirks = {
  maxTokensField: 'max_tokens',
  noDeveloperRole: true,
  noJsonObject: true,
  noNamedToolChoice: true,
  unsupported: ['n', 'logprobs', 'top_logprobs', 'user', 'parallel_tool_calls', 'service_tier'],
}
const server = chatWith(quirks)
const asking = (fields: object = {}) => ({ model: 'm1', messages: [user('Hi.')], ...fields })

describe('lmstudio#2: another model may answer than was asked for', () => {
  test('the answer says which', () => {
    const other = { model: 'other' }
    expect(server.whole({ ...answer({ content: 'Hi' }), ...other }).model).toBe('other')
    const stream = streamOf({ ...chunk({ content: 'Hi' }, 'stop'), ...other })
    expect(server.folded(stream).model).toBe('other')
  })
})

describe('lmstudio#3: json_object is refused', () => {
  const any = { type: 'json_schema', json_schema: { name: 'any', schema: { type: 'object' } } }

  test.each(['written', 'relayed'] as const)('%s: a schema of any object says it', (way) => {
    const sent = server[way](asking({ response_format: { type: 'json_object' } }))
    expect(sent).toMatchObject({ body: { response_format: any }, dropped: [] })
  })

  test.each(['written', 'relayed'] as const)('%s: a schema goes as it is', (way) => {
    const format = { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'array' } } }
    expect(server[way](asking({ response_format: format }))?.body.response_format).toEqual(format)
  })
})

describe('lmstudio#4: tool_choice is a word', () => {
  const tools = [tool('a'), tool('b')]

  test('a tool that must be called is the only one on offer', () => {
    const body = asking({ tools, tool_choice: { type: 'function', function: { name: 'b' } } })
    expect(server.relayed(body)).toBeUndefined()
    expect(server.written(body)).toMatchObject({
      body: { tools: [tool('b')], tool_choice: 'required' },
      dropped: [],
    })
  })

  test('a tool that is not there cannot be forced', () => {
    const body = asking({ tools, tool_choice: { type: 'function', function: { name: 'c' } } })
    expect(() => server.written(body)).toThrow(expect.objectContaining({ param: 'tool_choice' }))
    expect(chatWith(quirks, true).written(body)).toMatchObject({
      body: { tools },
      dropped: ['tool_choice'],
    })
  })

  test.each(['auto', 'none', 'required'])('%s is passed on', (word) => {
    const body = asking({ tools, tool_choice: word })
    expect(server.relayed(body)?.body).toEqual(body)
    expect(server.written(body).body.tool_choice).toBe(word)
  })
})

test.each(['reasoning', 'reasoning_content'])('lmstudio#5: thoughts stand in %s', (field) => {
  const parts = [
    { type: 'reasoning', text: 'Look.' },
    { type: 'text', text: 'Hi' },
  ]
  expect(server.whole(answer({ content: 'Hi', [field]: 'Look.' })).choices[0]?.parts).toEqual(parts)
  const stream = streamOf(
    chunk({ [field]: 'Lo' }),
    chunk({ [field]: 'ok.' }),
    chunk({ content: 'Hi' }, 'stop'),
  )
  expect(server.folded(stream).choices[0]?.parts).toEqual(parts)
})

test('lmstudio#6: a call nobody could read stays text', () => {
  const content = '<tool_call>{"name": "get_time", "arguments": {</tool_call>'
  const choice = { parts: [{ type: 'text', text: content }], finish: { reason: 'stop' } }
  expect(server.whole(answer({ content })).choices[0]).toMatchObject(choice)
  expect(server.folded(streamOf(chunk({ content }, 'stop'))).choices[0]).toMatchObject(choice)
})

describe('lmstudio#7: an error is a text or an object', () => {
  test.each<[string, unknown]>([
    ['a text', 'No model is loaded.'],
    ['an object', { message: 'No model is loaded.', type: 'x', param: null, code: null }],
  ])('%s', (_, error) => {
    expect(server.failure(400, { error })).toMatchObject({
      code: 'upstream_rejected',
      message: 'acme rejected the request: No model is loaded.',
    })
    const failed = expect.objectContaining({ code: 'upstream_failed' })
    expect(() => server.whole({ error })).toThrow(failed)
    const data = `data: ${JSON.stringify({ error })}\n\n`
    const begun = `data: ${JSON.stringify(chunk({ content: 'H' }))}\n\n`
    for (const frame of [`event: error\n${data}`, data]) {
      expect(server.streamed(begun + frame).at(-1)).toEqual({ type: 'error', error: failed })
      expect(server.passed(begun + frame)).toMatchObject({
        text: begun,
        error: { code: 'upstream_failed' },
      })
      const reader = openAiResponses.streamReader(targetOf())
      expect(reader.push(bytesOf(frame))).toEqual([{ type: 'error', error: failed }])
      const request = { model: 'm1', messages: [], sampling: {} }
      const scanner = openAiResponses.relay.scanner(request, targetOf())
      expect(scanner.push(bytesOf(frame))).toHaveLength(0)
      expect(scanner.error).toMatchObject({ code: 'upstream_failed' })
    }
  })
})

describe('lmstudio: what it ignores is told', () => {
  test.each(['written', 'relayed'] as const)('%s', (way) => {
    const ignored = { user: 'u', parallel_tool_calls: false, service_tier: 'flex', n: 1 }
    expect(server[way](asking(ignored))).toEqual({
      body: asking(),
      dropped: ['n', 'user', 'parallel_tool_calls', 'service_tier'],
    })
    const refusal = (param: string) =>
      expect.objectContaining({ code: 'unsupported_parameter', param })
    expect(() => server[way](asking({ n: 2 }))).toThrow(refusal('n'))
    expect(() => server[way](asking({ logprobs: true }))).toThrow(refusal('logprobs'))
  })

  test('a developer speaks as the system, in Responses too', () => {
    const messages = [{ role: 'developer', content: 'Be brief.' }, user('Hi.')]
    expect(server.relayed(asking({ messages }))).toBeUndefined()
    expect(server.written(asking({ messages })).body.messages).toMatchObject([
      { role: 'system', content: 'Be brief.' },
      {},
    ])
    const request = {
      model: 'm1',
      sampling: {},
      messages: [
        { role: 'developer' as const, parts: [{ type: 'text' as const, text: 'Brief.' }] },
      ],
    }
    const { body } = openAiResponses.writeRequest(request, targetOf(quirks))
    expect(JSON.parse(body as string).input).toMatchObject([{ role: 'system' }])
  })
})

describe('lmstudio#8: how much fits is set when a model is loaded', () => {
  const words =
    'The number of tokens to keep from the initial prompt is greater than the context length'

  test('the caller is told, since the caller can send less', () => {
    const told = expect.objectContaining({ code: 'upstream_rejected', status: 400 })
    for (const error of [words, { message: words }]) {
      expect(server.failure(400, { error })).toEqual(told)
      expect(server.failure(400, { error }).message).toContain(words)
    }
  })
})
