import { type ChatEvent, foldChat } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { openAiResponses } from './index.ts'

function read(...frames: (object | string)[]): ChatEvent[] {
  const reader = openAiResponses.streamReader(targetOf())
  const text = frames.map((frame) =>
    typeof frame === 'string' ? frame : `data: ${JSON.stringify(frame)}\n\n`,
  )
  return [...reader.push(bytesOf(text.join(''))), ...reader.end()]
}

const created = { type: 'response.created', response: { id: 'resp_1', model: 'm', created_at: 7 } }
const said = (delta: string) => ({ type: 'response.output_text.delta', output_index: 0, delta })
const completed = (response: object = {}) => ({ type: 'response.completed', response })
const parts = (events: ChatEvent[]) => foldChat(events).choices[0]?.parts

test('a stream is complete only with its terminal event', () => {
  expect(read(created, said('Hi')).at(-1)).toMatchObject({
    type: 'error',
    error: { code: 'upstream_incomplete' },
  })
  expect(read(created, said('Hi'), 'data: [DONE]\n\n').at(-1)?.type).toBe('error')
  expect(read(created, said('Hi'), completed()).map(({ type }) => type)).toEqual([
    'start',
    'partStart',
    'partDelta',
    'partEnd',
    'finish',
  ])
})

test('what follows the terminal event is not read', () => {
  const events = read(created, completed(), said('x'), { type: 'error', message: 'x' })
  expect(events.map(({ type }) => type)).toEqual(['start', 'finish'])
})

test('the finished item wins over what was streamed', () => {
  const item = { type: 'message', content: [{ type: 'output_text', text: 'Right' }] }
  const done = { type: 'response.output_item.done', output_index: 0, item }
  expect(parts(read(created, said('Wrong'), done, completed()))).toEqual([
    { type: 'text', text: 'Right' },
  ])
})

test('items that only the terminal event tells of are read from it', () => {
  const output = [
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' },
    { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] },
  ]
  expect(parts(read(created, completed({ output })))).toEqual([
    { type: 'reasoning', id: 'rs_1', signature: { value: 'x', vendor: 'acme' } },
    { type: 'text', text: 'Hi' },
  ])
})

test('the pieces of parallel calls go to their own call', () => {
  const added = (at: number, name: string) => ({
    type: 'response.output_item.added',
    output_index: at,
    item: { type: 'function_call', call_id: `c${at}`, name, arguments: '' },
  })
  const piece = (at: number, delta: string) => ({
    type: 'response.function_call_arguments.delta',
    output_index: at,
    delta,
  })
  const events = read(
    added(0, 'f'),
    added(1, 'g'),
    piece(1, '{"b"'),
    piece(0, '{}'),
    piece(1, ':1}'),
    completed(),
  )
  expect(parts(events)).toMatchObject([
    { name: 'f', input: '{}' },
    { name: 'g', input: '{"b":1}' },
  ])
  expect(foldChat(events).choices[0]?.finish).toEqual({ reason: 'toolCalls', raw: 'completed' })
})

test('events without output_index continue the last item', () => {
  const added = {
    type: 'response.output_item.added',
    item: { type: 'function_call', call_id: 'c', name: 'f', arguments: '' },
  }
  const piece = { type: 'response.function_call_arguments.delta', delta: '{}' }
  expect(parts(read(created, added, piece, completed()))).toMatchObject([{ input: '{}' }])
})

test('what the provider does meanwhile is a sign of life', () => {
  const searching = { type: 'response.web_search_call.searching', output_index: 0 }
  expect(read(created, searching, ': ping\n\n').map(({ type }) => type)).toEqual([
    'start',
    'keepAlive',
    'keepAlive',
    'error',
  ])
})

describe('failures', () => {
  const failed = (error: object) => ({
    type: 'response.failed',
    response: { status: 'failed', error },
  })

  test.each([
    ['server_error', 'upstream_failed', 502],
    ['rate_limit_exceeded', 'rate_limit_exceeded', 429],
    ['invalid_prompt', 'upstream_rejected', 400],
    ['bio_policy', 'upstream_rejected', 400],
    ['invalid_base64_image', 'upstream_rejected', 400],
    ['image_too_large', 'upstream_rejected', 400],
    ['failed_to_download_image', 'upstream_rejected', 400],
    ['vector_store_timeout', 'upstream_timeout', 504],
    ['insufficient_quota', 'insufficient_quota', 429],
  ])('%s is %s', (code, ours, status) => {
    const error = expect.objectContaining({ code: ours, status })
    expect(read(created, failed({ code, message: 'x' })).at(-1)).toEqual({ type: 'error', error })
    const event = { type: 'error', code, message: 'x', param: null }
    expect(read(created, event).at(-1)).toEqual({ type: 'error', error })
  })

  test.each([
    [
      'an error in chat form',
      'data: {"error":{"message":"x","code":429}}\n\n',
      'rate_limit_exceeded',
    ],
    ['bare JSON', '{"error":{"message":"x","code":503}}', 'upstream_overloaded'],
    [
      'a cancelled answer',
      'data: {"type":"response.cancelled","response":{}}\n\n',
      'upstream_failed',
    ],
    ['no JSON', 'data: broken\n\n', 'upstream_failed'],
    ['half an event', 'data: {"type":"response.comp', 'upstream_incomplete'],
  ])('%s', (_, frame, code) => {
    expect(read(created, frame).at(-1)).toMatchObject({ type: 'error', error: { code } })
  })

  test('a whole answer where a stream was asked for is read', () => {
    const answer = {
      id: 'resp_1',
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi' }] }],
    }
    expect(parts(read(JSON.stringify(answer)))).toEqual([{ type: 'text', text: 'Hi' }])
  })
})
