// The oddities of xAI's API, numbered, as far as a chat dialect shows them.

import { foldChat, type HubError, type Quirks } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { openAiResponses } from '../../openai-responses/index.ts'
import { bytesOf, targetOf } from '../../testing/bytes.ts'
import { answer, chatWith, chunk, streamOf, user } from '../../testing/chat-exchange.ts'

const quirks: Quirks = {
  maxTokensField: 'max_completion_tokens',
  reasoningBesideCompletion: true,
  repeatsReasoning: true,
  noAllowedTools: true,
  unsupported: ['stop', 'presence_penalty', 'frequency_penalty', 'logit_bias', 'metadata'],
}
const server = chatWith(quirks)
const asking = (fields: object = {}) => ({ model: 'm1', messages: [user('Hi.')], ...fields })

const target = targetOf(quirks)
const responsesStream = (text: string) => {
  const reader = openAiResponses.streamReader(target)
  return [...reader.push(bytesOf(text)), ...reader.end()]
}

describe('xai#1: a failure may come under 200, as JSON', () => {
  test.each<[string, object, Partial<HubError>]>([
    [
      'a code beside a text',
      { code: 'Some resource has been exhausted', error: 'Too many requests.' },
      { code: 'rate_limit_exceeded', retryable: true },
    ],
    [
      'a request at fault',
      { code: 'Client specified an invalid argument', error: 'No such effort.' },
      {
        code: 'upstream_rejected',
        status: 400,
        message: 'acme rejected the request: No such effort.',
      },
    ],
    ['a text alone', { error: 'Nope.' }, { code: 'upstream_failed', retryable: true }],
    [
      'an object',
      { error: { message: 'Slow down.', type: 'rate_limit_error', code: null } },
      { code: 'rate_limit_exceeded' },
    ],
  ])('%s', (_, body, meant) => {
    const text = JSON.stringify(body)
    const expected = expect.objectContaining(meant)
    expect(server.streamed(text)).toEqual([{ type: 'error', error: expected }])
    expect(server.passed(text)).toMatchObject({ text: '', error: meant })
    expect(() => server.whole(body)).toThrow(expected)
    expect(() => server.wholeUsage(body)).toThrow(expected)
    expect(responsesStream(text)).toEqual([{ type: 'error', error: expected }])
    expect(() => openAiResponses.readResponse(bytesOf(text), target)).toThrow(expected)
    const scanner = openAiResponses.relay.scanner(
      { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: true } },
      target,
    )
    scanner.push(bytesOf(text))
    scanner.end()
    expect(scanner.error).toMatchObject(meant)
  })
})

describe('xai#2: chat leaves reasoning out of the completion tokens, Responses does not', () => {
  const usage = {
    ...{ prompt_tokens: 20, completion_tokens: 9, total_tokens: 35 },
    completion_tokens_details: { reasoning_tokens: 6 },
  }
  const read = { input: 20, output: 15, reasoning: 6 }

  test.each([
    ['with their sum', usage],
    ['without it', { ...usage, total_tokens: undefined }],
  ])('chat %s', (_, report) => {
    const whole = answer({ content: 'Hi' }, 'stop', { usage: report })
    const stream = streamOf(chunk({ content: 'Hi' }, 'stop', { usage: report }))
    expect(server.whole(whole).usage).toMatchObject(read)
    expect(server.wholeUsage(whole)).toMatchObject(read)
    expect(server.folded(stream).usage).toMatchObject(read)
    expect(server.passed(stream).usage).toMatchObject(read)
  })

  test('a sum that has it already is believed', () => {
    const report = { ...usage, total_tokens: 29 }
    expect(server.whole(answer({}, 'stop', { usage: report })).usage.output).toBe(9)
  })

  test('Responses', () => {
    const response = {
      id: 'r1',
      status: 'completed',
      output: [],
      usage: {
        ...{ input_tokens: 20, output_tokens: 15, total_tokens: 35 },
        output_tokens_details: { reasoning_tokens: 6 },
        cost_in_usd_ticks: 123_450_000,
      },
    }
    const frames = [
      { type: 'response.created', response: { id: 'r1', output: [], usage: null } },
      { type: 'response.completed', response },
    ]
    const stream = frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join('')
    const whole = openAiResponses.readResponse(bytesOf(JSON.stringify(response)), target)
    const expected = { ...read, providerCost: 12_345_000n }
    expect(foldChat(whole).usage).toMatchObject(expected)
    expect(foldChat(responsesStream(stream)).usage).toMatchObject(expected)
    const scanner = openAiResponses.relay.scanner(
      { model: 'm1', messages: [], sampling: {} },
      target,
    )
    scanner.push(bytesOf(stream))
    expect(scanner.usage).toMatchObject(expected)
  })

  test('what was billed is kept, and a cache larger than the prompt is added to it', () => {
    const report = {
      ...{ prompt_tokens: 5, completion_tokens: 1, cost_in_usd_ticks: 37_756_001 },
      prompt_tokens_details: { cached_tokens: 8 },
    }
    const expected = { input: 13, cacheRead: 8, providerCost: 3_775_601n }
    const stream = streamOf(chunk({ content: 'Hi' }, 'stop', { usage: report }))
    expect(server.whole(answer({}, 'stop', { usage: report })).usage).toMatchObject(expected)
    expect(server.passed(stream).usage).toMatchObject(expected)
  })
})

describe('xai#3: tool calls come whole, and without an index', () => {
  const call = (id: string, name: string) => ({
    id,
    type: 'function',
    function: { name, arguments: '{"tz":"UTC"}' },
  })
  const parts = ['a', 'b'].map((name) => ({
    type: 'toolCall',
    id: `call_${name}`,
    name,
    kind: 'function',
    input: '{"tz":"UTC"}',
  }))

  test.each([
    ['one delta', [[call('call_a', 'a'), call('call_b', 'b')]]],
    ['a delta each', [[call('call_a', 'a')], [call('call_b', 'b')]]],
  ])('several, in %s', (_, deltas) => {
    const chunks = deltas.map((calls) =>
      chunk({ role: 'assistant', content: '', tool_calls: calls }),
    )
    const [choice] = server.folded(streamOf(...chunks, chunk({}, 'tool_calls'))).choices
    expect(choice?.parts).toEqual(parts)
    expect(choice?.finish?.reason).toBe('toolCalls')
  })

  test('a piece of reasoning that is said twice in a row is read once', () => {
    const say = (text: string) => chunk({ reasoning_content: text })
    const stream = streamOf(say('Ok'), say('Ok'), say('.'), chunk({ content: 'Hi' }, 'stop'))
    expect(server.folded(stream).choices[0]?.parts[0]).toEqual({ type: 'reasoning', text: 'Ok.' })
    const other = chatWith({}).folded(stream).choices[0]?.parts[0]
    expect(other).toEqual({ type: 'reasoning', text: 'OkOk.' })
  })
})

describe('xai#4: some sampling and stop are refused', () => {
  test.each(['written', 'relayed'] as const)('%s: penalties are dropped', (way) => {
    expect(server[way](asking({ presence_penalty: 1 }))).toEqual({
      body: asking(),
      dropped: ['presence_penalty'],
    })
  })

  test.each(['written', 'relayed'] as const)('%s: stop is refused, or dropped on wish', (way) => {
    const refusal = expect.objectContaining({ code: 'unsupported_parameter', param: 'stop' })
    expect(() => server[way](asking({ stop: 'x' }))).toThrow(refusal)
    expect(chatWith(quirks, true)[way](asking({ stop: 'x' }))?.dropped).toEqual(['stop'])
  })
})

describe('xai#6: an error has three shapes', () => {
  test.each<[string, object]>([
    ['an object', { error: { message: 'No such model.', type: 'x', param: null, code: 'nope' } }],
    ['a code beside a text', { code: 'nope', error: 'No such model.' }],
    ['a text', { error: 'No such model.' }],
  ])('%s', (_, body) => {
    expect(server.failure(404, body)).toMatchObject({
      code: 'upstream_rejected',
      status: 404,
      message: 'acme rejected the request: No such model.',
    })
  })
})

test('xai#7: a bad key may be a 400, and is not repeated', () => {
  const body = {
    code: 'Client specified an invalid argument',
    error: 'Incorrect API key provided: xai-se***et. You can obtain one at the console.',
  }
  const error = server.failure(400, body)
  expect(error).toMatchObject({ code: 'credential_rejected', retryable: false })
  expect(`${error.message}${error.cause}`).not.toContain('xai-')
})

test('xai#8: Responses asks not to be stored, whatever else the provider refuses', () => {
  const refusing = targetOf({ unsupported: ['store', 'metadata'] })
  const request = { model: 'm1', messages: [], sampling: {}, metadata: { a: 'b' } }
  const { body, dropped } = openAiResponses.writeRequest(request, refusing)
  expect(JSON.parse(body as string)).toMatchObject({ store: false })
  expect(dropped).toEqual(['metadata'])
})
