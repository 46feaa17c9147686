// Claude on Google's cloud: another address, another head, Google's errors before a stream.

import { type ChatRequest, editBody, readJsonBody } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bytesOf, targetOf, textOf } from '../testing/bytes.ts'
import { anthropicCountTokens, anthropicMessages } from './index.ts'

const prefix = '/publishers/anthropic/models/'
const version = 'vertex-2023-10-16'
const target = {
  ...targetOf({ modelInPath: { prefix, version } }, 'vertex'),
  model: 'claude-sonnet-4-5@20250929',
}
const model = `${prefix}claude-sonnet-4-5@20250929`
const request: ChatRequest = {
  model: 'x',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi.' }] }],
  sampling: {},
  headers: { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'b1' },
}
const callers = { model: 'x', max_tokens: 5, messages: [{ role: 'user', content: 'Hi.' }] }

/** What goes out of a body that is passed on. */
function relayed(half: typeof anthropicMessages.relay.edits, body: object) {
  const raw = readJsonBody(bytesOf(JSON.stringify(body)))
  const read = anthropicMessages.readRequest(raw, request.headers ?? {})
  const fitting = half(raw, read, target)
  if (!fitting) throw new Error('It was not to be rewritten.')
  const { path, headers, dropped, edits } = fitting
  return { path, headers, dropped, body: JSON.parse(textOf(editBody(raw, edits))) }
}

describe('vertex: the model is in the path, the version in the body', () => {
  test('of a request that is rewritten', () => {
    const { path, headers, body, dropped } = anthropicMessages.writeRequest(request, target)
    expect(path).toBe(`${model}:rawPredict`)
    expect(headers).toEqual({ 'anthropic-beta': 'b1' })
    const wire = JSON.parse(body as string)
    expect(wire).toMatchObject({ anthropic_version: version, max_tokens: expect.any(Number) })
    expect(wire).not.toHaveProperty('model')
    expect(dropped).toEqual([])
  })

  test('of one that is passed on', () => {
    const { model: _, ...others } = callers
    expect(relayed(anthropicMessages.relay.edits, callers)).toEqual({
      path: `${model}:rawPredict`,
      headers: { 'anthropic-beta': 'b1' },
      dropped: [],
      body: { ...others, anthropic_version: version },
    })
  })

  test('a stream has its own verb, and still says so in the body', () => {
    const streaming = { ...request, stream: { includeUsage: true } }
    const { path, body } = anthropicMessages.writeRequest(streaming, target)
    expect(path).toBe(`${model}:streamRawPredict`)
    expect(JSON.parse(body as string).stream).toBe(true)
    expect(relayed(anthropicMessages.relay.edits, { ...callers, stream: true })).toMatchObject({
      path: `${model}:streamRawPredict`,
      body: { stream: true },
    })
  })

  test('tokens are counted at one address, with the model in the body', () => {
    const expected = {
      path: `${prefix}count-tokens:rawPredict`,
      headers: { 'anthropic-beta': 'b1' },
    }
    const named = { model: target.model, anthropic_version: version }
    const { body, ...sent } = anthropicCountTokens.writeRequest(request, target)
    expect(sent).toMatchObject(expected)
    expect(JSON.parse(body as string)).toMatchObject(named)
    const { relay } = anthropicCountTokens
    const passed = relayed(relay.edits as typeof anthropicMessages.relay.edits, callers)
    expect(passed).toMatchObject({ ...expected, body: { ...callers, ...named } })
  })
})

describe("vertex: before a stream, errors are Google's", () => {
  const body = (error: object) => bytesOf(JSON.stringify([{ error }]))

  test.each([
    [
      400,
      'INVALID_ARGUMENT',
      { code: 'upstream_rejected', message: 'vertex rejected the request: No.' },
    ],
    [403, 'PERMISSION_DENIED', { code: 'credential_rejected' }],
    [429, 'RESOURCE_EXHAUSTED', { code: 'rate_limit_exceeded', retryable: true }],
    [503, 'UNAVAILABLE', { code: 'upstream_overloaded', retryable: true }],
  ])('%i %s', (code, status, meant) => {
    const error = { code, message: 'No.', status }
    expect(anthropicMessages.readError(code, {}, body(error), target)).toMatchObject(meant)
    const reader = anthropicMessages.streamReader(target)
    expect([...reader.push(body(error)), ...reader.end()]).toMatchObject([
      { type: 'error', error: meant },
    ])
  })
})
