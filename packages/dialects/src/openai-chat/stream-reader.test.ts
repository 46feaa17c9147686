import { readdirSync, readFileSync } from 'node:fs'
import { type ChatEvent, foldChat } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import {
  bytesOf,
  everySplit,
  targetOf,
  withBom,
  withCr,
  withCrLf,
  withoutLastBlankLine,
} from '../testing/bytes.ts'
import { openAiChat } from './index.ts'

const folder = new URL('../../vectors/openai-chat/', import.meta.url)
const recorded = (file: string) => new Uint8Array(readFileSync(new URL(file, folder)))
const files = readdirSync(folder).filter((file) => file.endsWith('.sse'))

function read(...pieces: Uint8Array[]): ChatEvent[] {
  const reader = openAiChat.streamReader(targetOf())
  const events = pieces.flatMap((piece) => reader.push(piece))
  return [...events, ...reader.end()]
}

/** Frames of one choice, in the short form of the tests below. */
const frames = (...choices: object[]) =>
  choices
    .map(
      (choice) =>
        `data: ${JSON.stringify({ id: 'a1', model: 'm', created: 1, choices: [choice] })}\n\n`,
    )
    .join('')
const delta = (fields: object, finish_reason: string | null = null) => ({
  index: 0,
  delta: fields,
  finish_reason,
})
const done = 'data: [DONE]\n\n'
const readText = (text: string) => read(bytesOf(text))
const partsOf = (text: string) => foldChat(readText(text)).choices[0]?.parts
const finishOf = (text: string) => foldChat(readText(text)).choices[0]?.finish
const errorsOf = (events: ChatEvent[]) =>
  events.flatMap((event) => (event.type === 'error' ? [event.error.code] : []))

describe.each(files)('%s', (file) => {
  const bytes = recorded(file)
  const whole = read(bytes)

  test('gives the same events wherever the bytes are cut', () => {
    for (const pieces of everySplit(bytes)) expect(read(...pieces)).toEqual(whole)
  })

  test('gives the same events with CR LF, cut anywhere', () => {
    for (const pieces of everySplit(withCrLf(bytes))) expect(read(...pieces)).toEqual(whole)
  })

  test('gives the same events with lone CRs, a byte-order mark, or no blank line at the end', () => {
    for (const variant of [withCr(bytes), withBom(bytes), withoutLastBlankLine(bytes)]) {
      for (const pieces of everySplit(variant)) expect(read(...pieces)).toEqual(whole)
    }
  })
})

test('openai#4: a refusal has no content and finishes with stop', () => {
  expect(foldChat(read(recorded('refusal.sse'))).choices[0]).toEqual({
    index: 0,
    parts: [{ type: 'refusal', text: 'I cannot help with that.' }],
    finish: { reason: 'stop', raw: 'stop' },
  })
})

test('openai#5: stop after tool calls means tool calls', () => {
  const call = { index: 0, id: 'c', function: { name: 'f', arguments: '{}' } }
  const stream = frames(delta({ tool_calls: [call] }), delta({}, 'stop'))
  expect(finishOf(stream)).toEqual({ reason: 'toolCalls', raw: 'stop' })
})

test('openai#6: an end without finish_reason and [DONE] is an interrupted stream', () => {
  const events = readText(frames(delta({ content: 'Hal' })))
  expect(errorsOf(events)).toEqual(['upstream_incomplete'])
  expect(events.at(-1)).toMatchObject({ type: 'error' })
})

test('openai#7: chunks with usage null or without choices are read', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 }
  const stream =
    `data: ${JSON.stringify({ choices: [], usage: null })}\n\n` +
    frames(delta({ content: 'Hi' }), delta({}, 'stop')) +
    `data: ${JSON.stringify({ choices: [], usage })}\n\n${done}`
  expect(foldChat(readText(stream)).usage).toMatchObject({ input: 3, output: 1 })
})

test('openai#8: arguments that are complete JSON may go on', () => {
  const call = (fields: object) => delta({ tool_calls: [{ index: 0, ...fields }] })
  const stream = frames(
    call({ id: 'c', function: { name: 'f', arguments: '{}' } }),
    call({ function: { arguments: '{"a":1}' } }),
    delta({}, 'tool_calls'),
  )
  expect(partsOf(stream)).toMatchObject([{ type: 'toolCall', input: '{}{"a":1}' }])
})

test('openai#9: reasoning may be known by its tokens alone', () => {
  const usage = {
    prompt_tokens: 3,
    completion_tokens: 9,
    completion_tokens_details: { reasoning_tokens: 8 },
  }
  const stream = `${frames(delta({ content: 'Hi' }, 'stop'))}data: ${JSON.stringify({ choices: [], usage })}\n\n`
  const response = foldChat(readText(stream))
  expect(response.usage.reasoning).toBe(8)
  expect(response.choices[0]?.parts).toEqual([{ type: 'text', text: 'Hi' }])
})

describe('the end of a stream', () => {
  test('finish reasons without [DONE] are an end', () => {
    expect(errorsOf(readText(frames(delta({ content: 'Hi' }, 'stop'))))).toEqual([])
  })

  test('[DONE] without a finish reason is an end', () => {
    const stream = frames(delta({ content: 'Hi' })) + done
    expect(finishOf(stream)).toEqual({ reason: 'stop', raw: '' })
  })

  test('one choice of two without a finish reason is none', () => {
    const other = { index: 1, delta: { content: 'b' }, finish_reason: 'stop' }
    expect(errorsOf(readText(frames(delta({ content: 'a' }), other)))).toEqual([
      'upstream_incomplete',
    ])
  })

  test('[DONE] alone is an empty answer', () => {
    expect(foldChat(readText(done)).choices).toEqual([
      { index: 0, parts: [], finish: { reason: 'stop', raw: '' } },
    ])
  })

  test('nothing at all is an interrupted stream', () => {
    expect(errorsOf(read())).toEqual(['upstream_incomplete'])
  })

  test('nothing after [DONE] is read', () => {
    const stream = frames(delta({ content: 'Hi' }, 'stop')) + done
    expect(readText(`${stream}data: broken\n\n${frames(delta({ content: 'x' }))}`)).toEqual(
      readText(stream),
    )
  })

  test('a second finish reason is ignored', () => {
    const stream = frames(delta({ content: 'Hi' }, 'length'), delta({}, 'stop'))
    expect(readText(stream).filter(({ type }) => type === 'finish')).toHaveLength(1)
  })
})

describe('failures', () => {
  const start = frames(delta({ content: 'Hi' }))

  test('a chunk that is no JSON fails the stream', () => {
    expect(errorsOf(readText(`${start}data: {"id":\n\n${done}`))).toEqual(['upstream_failed'])
  })

  test('after an error nothing more is read, and the end adds no second one', () => {
    const failed = `${start}data: {"error":{"message":"x","type":"server_error"}}\n\n`
    expect(readText(failed + frames(delta({}, 'stop')) + done)).toEqual(readText(failed))
    expect(errorsOf(readText(failed))).toEqual(['upstream_failed'])
  })

  test.each([
    ['rate_limit_exceeded', 'data: {"error":{"message":"slow down","type":"rate_limit_error"}}'],
    ['insufficient_quota', 'data: {"error":{"message":"no","code":"insufficient_quota"}}'],
    ['upstream_failed', 'data: {"error":"text"}'],
    ['upstream_overloaded', 'data: [{"error":{"code":503,"message":"busy"}}]'],
    ['upstream_rejected', 'event: error\ndata: {"message":"x","code":"context_length_exceeded"}'],
    ['credential_rejected', '{"error":{"message":"bad key sk-1","code":"invalid_api_key"}}'],
    ['rate_limit_exceeded', '[{\n  "error": {\n    "code": 429,\n    "message": "x"\n  }\n}\n]'],
    ['upstream_incomplete', '<html><body>502</body></html>'],
  ])('%s is read from %j', (code, frame) => {
    expect(errorsOf(readText(`${start}${frame}\n\n`))).toEqual([code])
    for (const pieces of everySplit(bytesOf(`${frame}\n\n`))) {
      expect(errorsOf(read(...pieces))).toEqual([code])
    }
  })

  test('a finish reason that means a failure is an error', () => {
    const stream = frames(delta({}, 'insufficient_system_resource')) + done
    expect(errorsOf(readText(stream))).toEqual(['upstream_failed'])
  })

  test('a frame without end fails the stream before it fills the memory', () => {
    const megabyte = bytesOf('x'.repeat(1024 * 1024))
    const pieces = [bytesOf('data: '), ...Array.from({ length: 17 }, () => megabyte)]
    expect(errorsOf(read(...pieces, bytesOf(`\n\n${done}`)))).toEqual(['upstream_failed'])
  })
})

test('a server that does not stream may send the whole answer', () => {
  const answer = { id: 'a', choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }] }
  const events = readText(JSON.stringify(answer, null, 2))
  expect(foldChat(events).choices[0]?.parts).toEqual([{ type: 'text', text: 'Hi' }])
})

describe('tool calls', () => {
  const calls = (...list: object[]) => frames(delta({ tool_calls: list }))
  const end = frames(delta({}, 'tool_calls'))
  const call = (id: string, input: string, name = 'f') => ({
    type: 'toolCall',
    kind: 'function',
    id,
    name,
    input,
  })

  test('ids and names that repeat belong to one call', () => {
    const piece = (text: string) =>
      calls({ index: 0, id: 'c', function: { name: 'f', arguments: text } })
    expect(partsOf(piece('{"a"') + piece(':1}') + end)).toEqual([call('c', '{"a":1}')])
  })

  test('blank ids and names continue a call', () => {
    const stream =
      calls({ index: 0, id: 'c', function: { name: 'f', arguments: '{' } }) +
      calls({ index: 0, id: '', function: { name: '', arguments: '}' } })
    expect(partsOf(stream + end)).toEqual([call('c', '{}')])
  })

  test('a name that comes late is waited for', () => {
    const stream =
      calls({ index: 0, id: 'c', function: { arguments: '{' } }) +
      calls({ index: 0, function: { name: 'f', arguments: '}' } })
    expect(partsOf(stream + end)).toEqual([call('c', '{}')])
  })

  test('another id and name under the same index is another call', () => {
    const stream =
      calls({ index: 0, id: 'c', function: { name: 'f', arguments: '1' } }) +
      calls({ index: 0, id: 'd', function: { name: 'g', arguments: '2' } })
    expect(partsOf(stream + end)).toEqual([call('c', '1'), call('d', '2', 'g')])
  })

  test('without an index the id tells calls apart, and without both a name begins one', () => {
    const stream =
      calls({ id: 'c', function: { name: 'f', arguments: '1' } }) +
      calls({ id: 'd', function: { name: 'f', arguments: '2' } }) +
      calls({ id: 'c', function: { arguments: '3' } }) +
      calls({ function: { name: 'f', arguments: '4' } }) +
      calls({ function: { arguments: '5' } })
    expect(partsOf(stream + end)).toEqual([
      call('c', '13'),
      call('d', '2'),
      call('call_a10_2', '45'),
    ])
  })

  test('arguments sent as an object are its text', () => {
    const stream = calls({ index: 0, id: 'c', function: { name: 'f', arguments: { a: 1 } } })
    expect(partsOf(stream + end)).toEqual([call('c', '{"a":1}')])
  })

  test('text ends where a call begins, and text after it is another part', () => {
    const stream =
      frames(delta({ content: 'a' })) +
      calls({ index: 0, id: 'c', function: { name: 'f', arguments: '' } }) +
      frames(delta({ content: 'b' }))
    expect(partsOf(stream + end)).toEqual([
      { type: 'text', text: 'a' },
      call('c', ''),
      { type: 'text', text: 'b' },
    ])
  })
})

test('details that repeat the plain reasoning say it once', () => {
  expect(foldChat(read(recorded('reasoning-details.sse'))).choices[0]?.parts[0]).toMatchObject({
    text: 'Ok.',
    signature: { value: 'c2ln', vendor: 'acme' },
  })
})

test('details without plain reasoning are read on their own', () => {
  const detail = (fields: object) => delta({ reasoning_details: [{ index: 0, ...fields }] })
  const stream = frames(
    detail({ type: 'reasoning.summary', summary: 'Look' }),
    detail({ type: 'reasoning.summary', summary: ' up.' }),
    detail({ type: 'reasoning.encrypted', data: 'b3Bh' }),
    detail({ type: 'reasoning.new', index: 1, what: 1 }),
    delta({ content: 'Hi' }, 'stop'),
  )
  expect(partsOf(stream)).toEqual([
    { type: 'reasoning', summary: ['Look up.'], redacted: 'b3Bh' },
    { type: 'native', dialect: 'openai-chat', value: { type: 'reasoning.new', index: 1, what: 1 } },
    { type: 'text', text: 'Hi' },
  ])
})
