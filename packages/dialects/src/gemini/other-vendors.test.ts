// Conversations of which another vendor's model has a part.

import {
  type ChatEvent,
  type JsonObject,
  type Part,
  unfoldChat,
  usageOf,
} from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { anthropicMessages } from '../anthropic-messages/index.ts'
import { bodyOf, targetOf } from '../testing/bytes.ts'
import { geminiContent } from './index.ts'

const hi = { role: 'user', parts: [{ text: 'Hi' }] }
const read = (contents: object[]) =>
  geminiContent.readRequest(bodyOf({ contents }), {}, { model: 'm1' })

/** What Anthropic gets of the answer in a history. */
function answerAtAnthropic(contents: object[]) {
  const { body } = anthropicMessages.writeRequest(read(contents), targetOf({}, 'anthropic'))
  return JSON.parse(String(body)).messages[1].content
}

const signed = (value: string) => ({ value, vendor: 'anthropic' })
const parts: Part[] = [
  { type: 'reasoning', redacted: 'sealed', signature: signed('') },
  { type: 'reasoning', text: 'Hm.', signature: signed('proof') },
  { type: 'text', text: 'A' },
]
const events: ChatEvent[] = unfoldChat({
  id: 'a',
  model: 'm1',
  created: 1,
  choices: [{ index: 0, parts, finish: { reason: 'stop', raw: 'end_turn' } }],
  usage: usageOf(),
})
const request = { model: 'm1', messages: [], sampling: {} }
const context = { request, requestId: 'r', arrivedAt: 1 }

const contentsOf = (answer: string): { role: string; parts: JsonObject[] }[] =>
  JSON.parse(answer).candidates.map(({ content }: JsonObject) => content)

function streamedContents() {
  const writer = geminiContent.streamWriter(context)
  const stream = events.map((event) => writer.push(event)).join('') + writer.end()
  const frames = stream.split('\n\n').filter((frame) => frame !== '')
  return frames.flatMap((frame) => contentsOf(frame.slice('data: '.length)))
}

describe("another vendor's thoughts, encrypted ones too, come back to it as they were", () => {
  const expected = [
    { type: 'redacted_thinking', data: 'sealed' },
    { type: 'thinking', thinking: 'Hm.', signature: 'proof' },
    { type: 'text', text: 'A' },
  ]

  test('from a whole answer', () => {
    const answer = geminiContent.writeResponse(context, events)
    expect(answerAtAnthropic([hi, ...contentsOf(answer)])).toEqual(expected)
  })

  test('from a stream whose chunks the caller keeps one by one', () => {
    expect(answerAtAnthropic([hi, ...streamedContents()])).toEqual(expected)
  })

  test('from a stream whose parts the caller puts into one content', () => {
    const all = streamedContents().flatMap((content) => content.parts)
    expect(answerAtAnthropic([hi, { role: 'model', parts: all }])).toEqual(expected)
  })

  test('from a stream in several pieces that the caller puts into one content', () => {
    const piece = (text: string) => ({ text, thought: true })
    const proof = { text: '', thought: true, thoughtSignature: 'hub1.anthropic.c2ln' }
    const parts = [piece('Hm '), piece('so.'), proof, { text: 'A' }]
    expect(answerAtAnthropic([hi, { role: 'model', parts }])).toEqual([
      { type: 'thinking', thinking: 'Hm so.', signature: 'sig' },
      { type: 'text', text: 'A' },
    ])
  })

  test('but do not go to Google', () => {
    const answer = contentsOf(geminiContent.writeResponse(context, events))
    const { body, dropped } = geminiContent.writeRequest(
      read([hi, ...answer]),
      targetOf({}, 'google'),
    )
    expect(JSON.parse(String(body)).contents[1].parts).toEqual([{ text: 'A' }])
    expect(dropped).toEqual(['signature'])
  })
})

test.each(['x', '[]', '{"redacted":1}', '{"redacted":"a","signature":{"value":1}}'])(
  'whatever stands in the place of an encrypted thought (%s) is no signature',
  (value) => {
    const thoughtSignature = `hub1.hub/thought.${Buffer.from(value).toString('base64url')}`
    const { messages } = read([hi, { role: 'model', parts: [{ text: 'a', thoughtSignature }] }])
    expect(messages[1]?.parts).toEqual([{ type: 'text', text: 'a' }])
    const thought = { text: '', thought: true, thoughtSignature }
    const [part] = read([hi, { role: 'model', parts: [thought] }]).messages[1]?.parts ?? []
    expect(part).not.toHaveProperty('signature')
  },
)

test('a result with an id of its own answers a call that was given none', () => {
  const { messages } = read([
    hi,
    { role: 'model', parts: [{ functionCall: { name: 'f' } }, { functionCall: { name: 'f' } }] },
    {
      role: 'user',
      parts: ['x', 'y'].map((id) => ({ functionResponse: { id, name: 'f', response: {} } })),
    },
  ])
  const ids = messages[1]?.parts.map((part) => part.type === 'toolCall' && part.id)
  expect(messages[2]?.parts).toMatchObject(ids?.map((callId) => ({ callId })) ?? [])
  expect(ids).toHaveLength(2)
})

test('but not a call that has another id', () => {
  const call = { functionCall: { id: 'a', name: 'f' } }
  const answer = { functionResponse: { id: 'b', name: 'f', response: {} } }
  const { messages } = read([
    hi,
    { role: 'model', parts: [call] },
    { role: 'user', parts: [answer] },
  ])
  expect(messages[2]?.parts).toMatchObject([{ callId: 'b' }])
})

test('results follow their calls, whatever the user says between them', () => {
  const answer = (id: string) => ({ functionResponse: { id, name: 'f', response: {} } })
  const { messages } = read([
    { role: 'user', parts: [answer('a'), { text: 'Wait.' }, answer('b')] },
  ])
  expect(messages).toMatchObject([
    { role: 'tool', parts: [{ callId: 'a' }, { callId: 'b' }] },
    { role: 'user', parts: [{ text: 'Wait.' }] },
  ])
})

test('calls that nobody signed are not relayed to a model that signs its calls', () => {
  const call = (thoughtSignature?: string) => ({
    functionCall: { name: 'f' },
    ...(thoughtSignature && { thoughtSignature }),
  })
  const relayed = (contents: object[], thinkingLevels?: string[]) => {
    const body = bodyOf({ contents })
    const asked = geminiContent.readRequest(body, {}, { model: 'm1' })
    const quirks = thinkingLevels ? { thinkingLevels } : {}
    return geminiContent.relay.edits(body, asked, targetOf(quirks, 'google'))
  }
  const unsigned = [hi, { role: 'model', parts: [call()] }]
  expect(relayed(unsigned)).toBeDefined()
  expect(relayed(unsigned, ['low'])).toBeUndefined()
  // Of calls at once only the first is signed, also when each came in a chunk of its own.
  const chunks = [call('s'), call()].map((part) => ({ role: 'model', parts: [part] }))
  expect(relayed([hi, ...chunks], ['low'])).toBeDefined()
  expect(relayed([hi, ...chunks, hi, ...unsigned], ['low'])).toBeUndefined()
})

test('a wish for what is the default is no loss', () => {
  const asked = { ...read([hi]), verbosity: 'medium', sampling: { logitBias: {} } }
  expect(geminiContent.writeRequest(asked, targetOf({}, 'google')).dropped).toEqual([])
})
