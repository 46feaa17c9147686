// What Azure's OpenAI does otherwise, numbered, as far as a chat dialect shows it.

import type { Quirks } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { answer, chatWith, chunk, streamOf, user } from '../../testing/chat-exchange.ts'
import { openAiChat } from '../index.ts'

const quirks: Quirks = {
  unsupported: ['top_k', 'cache_control', 'reasoning_content', 'reasoning_details'],
}
const server = chatWith(quirks)
const safe = { hate: { filtered: false, severity: 'safe' } }
const verdict = {
  ...{ id: '', object: '', created: 0, model: '', choices: [] },
  prompt_filter_results: [{ prompt_index: 0, content_filter_results: safe }],
}

describe('azure-openai#1: the first chunk is empty', () => {
  const stream = streamOf(verdict, chunk({ role: 'assistant', content: 'Hi' }, 'stop'))

  test('it does not name the answer', () => {
    expect(server.streamed(stream)[0]).toMatchObject({ type: 'start', id: 'a1', model: 'm1' })
    expect(server.folded(stream)).toMatchObject({ id: 'a1', created: 1_790_000_000 })
  })

  test('it commits nobody', () => {
    const scanner = openAiChat.relay.scanner(
      { model: 'm1', messages: [], sampling: {} },
      server.target,
    )
    scanner.push(new TextEncoder().encode(`data: ${JSON.stringify(verdict)}\n\n`))
    expect(scanner.committed).toBe(false)
  })

  test('it is not passed on to callers who expect a choice in every chunk', () => {
    const rest = streamOf(chunk({ role: 'assistant', content: 'Hi' }, 'stop'))
    expect(server.passed(stream)).toMatchObject({ text: rest, error: undefined })
  })
})

describe('azure-openai#4: verdicts of the filter stand everywhere', () => {
  test('they are no part of the answer', () => {
    const whole = answer({ content: 'Hi' }, 'stop', {
      prompt_filter_results: verdict.prompt_filter_results,
    })
    expect(server.whole(whole).choices[0]?.parts).toEqual([{ type: 'text', text: 'Hi' }])
  })

  test('a late chunk without a delta adds nothing', () => {
    const late = {
      ...chunk({}),
      choices: [
        {
          index: 0,
          finish_reason: null,
          content_filter_results: safe,
          content_filter_offsets: { check_offset: 0, start_offset: 0, end_offset: 2 },
        },
      ],
    }
    const stream = streamOf(chunk({ content: 'Hi' }), late, chunk({}, 'stop'), late)
    expect(server.folded(stream).choices).toEqual([
      {
        index: 0,
        parts: [{ type: 'text', text: 'Hi' }],
        finish: { reason: 'stop', raw: 'stop' },
      },
    ])
    expect(server.passed(stream)).toMatchObject({ text: stream, error: undefined })
  })

  test('output that is blocked may lack its content', () => {
    const { choices } = server.whole(answer({}, 'content_filter'))
    expect(choices[0]).toMatchObject({ parts: [], finish: { reason: 'contentFilter' } })
    const stream = streamOf(chunk({ role: 'assistant' }), chunk({}, 'content_filter'))
    expect(server.folded(stream).choices[0]).toMatchObject({
      parts: [],
      finish: { reason: 'contentFilter' },
    })
  })
})

describe('azure-openai#5: errors', () => {
  test('a prompt that is blocked keeps its code; the type may be null', () => {
    const error = {
      ...{ code: 'content_filter', message: 'Filtered.', type: null, param: 'prompt', status: 400 },
      innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: safe },
    }
    expect(server.failure(400, { error })).toMatchObject({
      code: 'upstream_rejected',
      status: 400,
      retryable: false,
      upstream: { status: 400, code: 'content_filter', param: 'prompt' },
    })
  })

  test('its gateway has a shape of its own', () => {
    const body = { statusCode: 401, message: 'Access denied due to invalid subscription key.' }
    expect(server.failure(401, body).code).toBe('credential_rejected')
    const busy = { statusCode: 429, message: 'Rate limit is exceeded.' }
    expect(server.failure(429, busy, { 'retry-after-ms': '1500' })).toMatchObject({
      code: 'rate_limit_exceeded',
      retryAfterMs: 1500,
    })
    expect(server.failure(429, busy, { 'x-ratelimit-remaining-requests': '-1' })).toMatchObject({
      code: 'rate_limit_exceeded',
      retryAfterMs: undefined,
    })
  })
})

test.each([
  ['a version that is not there', { code: '404', message: 'Resource not found' }],
  [
    'a deployment that is not there',
    { code: 'DeploymentNotFound', message: 'The API deployment does not exist.' },
  ],
])('azure-openai#6: %s is a 404 that keeps its code', (_, error) => {
  expect(server.failure(404, { error })).toMatchObject({
    code: 'upstream_rejected',
    status: 404,
    message: `acme rejected the request: ${error.message}`,
    upstream: { code: error.code },
  })
})

describe('azure-openai#7: old versions of the API report no usage of streams', () => {
  const old = chatWith({ ...quirks, noStreamOptions: true })
  const body = { model: 'm1', messages: [user('Hi.')], stream: true }

  test.each(['written', 'relayed'] as const)('%s: they are not asked', (way) => {
    expect(old[way](body)).toEqual({ body, dropped: [] })
    expect(server[way](body)?.body.stream_options).toEqual({ include_usage: true })
  })

  test('the answer is whole without', () => {
    const stream = streamOf(verdict, chunk({ content: 'Hi' }, 'stop'))
    expect(old.streamed(stream).map(({ type }) => type)).not.toContain('usage')
    expect(old.streamed(stream).map(({ type }) => type)).not.toContain('error')
    expect(old.passed(stream)).toMatchObject({ usage: undefined, error: undefined })
  })
})

test('azure-openai#8: the answer names the model behind the deployment', () => {
  expect(server.whole({ ...answer({ content: 'Hi' }), model: 'gpt-5.5' }).model).toBe('gpt-5.5')
  const stream = streamOf(verdict, { ...chunk({ content: 'Hi' }, 'stop'), model: 'gpt-5.5' })
  expect(server.folded(stream).model).toBe('gpt-5.5')
})
