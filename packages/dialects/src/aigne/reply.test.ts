import {
  type ChatEvent,
  type ChatRequest,
  HubError,
  unfoldChat,
  usageOf,
} from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chatResponse, inPieces } from '../testing/arbitrary-reply.ts'
import { aigneChat } from './index.ts'

const request: ChatRequest = { model: 'openai/gpt-4o-mini', messages: [], sampling: {} }
const contextOf = (asked: Partial<ChatRequest> = {}) => ({
  request: { ...request, ...asked },
  requestId: 'req_1',
  arrivedAt: 1_790_000_000,
})
const schema = { responseFormat: { type: 'jsonSchema', name: 'person' } } as const

type Part = Extract<ChatEvent, { type: 'partStart' }>['part']
const answer = (...parts: Part[]) =>
  unfoldChat({
    id: 'a1',
    model: 'gpt-4o-mini-2024',
    created: 1,
    choices: [{ index: 0, parts, finish: { reason: 'stop', raw: 'stop' } }],
    usage: usageOf({ input: 10, output: 4, cacheRead: 2, cacheWrite5m: 3, cacheWrite1h: 1 }),
  })
const whole = (events: ChatEvent[], asked: Partial<ChatRequest> = {}) =>
  JSON.parse(aigneChat.writeResponse(contextOf(asked), events))

const usage = {
  inputTokens: 10,
  outputTokens: 4,
  cacheReadInputTokens: 2,
  cacheCreationInputTokens: 4,
}

/** What the client makes of a stream: text is appended, everything else replaced. */
function accumulated(events: ChatEvent[], asked: Partial<ChatRequest> = {}) {
  const writer = aigneChat.streamWriter(contextOf(asked))
  const wire = events.map((event) => writer.push(event)).join('') + writer.end()
  const result: Record<string, unknown> = {}
  for (const frame of wire.split('\n\n').filter(Boolean)) {
    expect(frame.startsWith('data: ')).toBe(true)
    const { delta } = JSON.parse(frame.slice('data: '.length))
    for (const [key, piece] of Object.entries(delta.text ?? {})) {
      result[key] = `${result[key] ?? ''}${piece}`
    }
    Object.assign(result, delta.json)
  }
  return result
}

test('an answer with everything there is a word for', () => {
  const events = answer(
    { type: 'reasoning', text: 'Hm.' },
    { type: 'text', text: 'Hello' },
    { type: 'media', kind: 'image', data: 'aGk=', mimeType: 'image/png' },
    { type: 'toolCall', id: 'c1', name: 'f', kind: 'function', input: '{"city":"Paris"}' },
    { type: 'toolCall', id: 'c2', name: 'g', kind: 'function', input: '' },
  )
  const call = (id: string, name: string, input: object) => ({
    id,
    type: 'function',
    function: { name, arguments: input },
  })
  expect(whole(events)).toEqual({
    text: 'Hello',
    thoughts: 'Hm.',
    files: [{ type: 'file', data: 'aGk=', mimeType: 'image/png' }],
    toolCalls: [call('c1', 'f', { city: 'Paris' }), call('c2', 'g', {})],
    model: 'openai/gpt-4o-mini',
    usage,
  })
})

test('an answer by schema is an object, in place of the text', () => {
  const events = answer({ type: 'text', text: '{"name":"Ada"}' })
  expect(whole(events, schema)).toEqual({
    json: { name: 'Ada' },
    model: 'openai/gpt-4o-mini',
    usage,
  })
})

test.each(['[1]', 'I would rather not.', '{"cut":'])(
  '%s is text, whatever was asked for',
  (text) => {
    expect(whole(answer({ type: 'text', text }), schema)).toMatchObject({ text })
  },
)

test('a stream adds up to the whole answer, however it is cut', () => {
  const asked = fc.constantFrom<Partial<ChatRequest>>({}, schema)
  fc.assert(
    fc.property(chatResponse, asked, (response, wanted) => {
      const expected = whole(unfoldChat(response), wanted)
      expect(accumulated(unfoldChat(response), wanted)).toEqual(expected)
      expect(accumulated(inPieces(response), wanted)).toEqual(expected)
    }),
  )
})

test('the usage comes last, and there is no [DONE], which the clients would parse', () => {
  const writer = aigneChat.streamWriter(contextOf())
  for (const event of answer({ type: 'text', text: 'Hello' })) writer.push(event)
  expect(writer.end()).toBe(`data: ${JSON.stringify({ delta: { json: { usage } } })}\n\n`)
})

test('a failure is an error event with the words the client throws', () => {
  const writer = aigneChat.streamWriter(contextOf())
  const frame = writer.fail(new HubError('upstream_timeout', 'Too late.'))
  const [event, data] = frame.split('\n')
  expect(event).toBe('event: error')
  expect(JSON.parse((data as string).slice('data: '.length))).toMatchObject({
    message: 'Too late.',
    request_id: 'req_1',
  })
})

test('an error reply has the object the client reads', () => {
  const error = new HubError('model_not_found', 'No such model.', { param: 'model' })
  expect(JSON.parse(aigneChat.writeError(error, 'req_1'))).toEqual({
    error: {
      message: 'No such model.',
      type: 'invalid_request_error',
      code: 'model_not_found',
      param: 'model',
      request_id: 'req_1',
    },
  })
})
