import { jsonBody, type Part, unfoldChat, usageOf } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bodyOf } from '../testing/bytes.ts'
import { openAiResponses } from './index.ts'

const { idFor, referredTo, dereference } = openAiResponses.storedAnswers

const said: Part[] = [
  { type: 'reasoning', text: 'Hm.', signature: { value: 's', vendor: 'anthropic' } },
  { type: 'text', text: 'One moment.' },
  {
    type: 'toolCall',
    id: 'c1',
    name: 'f',
    kind: 'function',
    input: '{}',
    signature: { value: 't', vendor: 'google' },
  },
  { type: 'toolCall', id: 'c2', name: 'sh', kind: 'custom', input: 'ls' },
  { type: 'media', kind: 'image', data: 'iVBO', mimeType: 'image/png' },
]

/** An answer as the hub writes and keeps it, and the ids in it. */
function kept(requestId: string, parts: Part[] = said) {
  const events = unfoldChat({
    id: '',
    model: 'm1',
    created: 7,
    choices: [{ index: 0, parts, finish: { reason: 'stop', raw: 'stop' } }],
    usage: usageOf(),
  })
  const request = { model: 'm1', messages: [], sampling: {} }
  const context = { request, requestId, arrivedAt: 7, answerId: idFor(requestId) }
  const body = openAiResponses.writeResponse(context, events)
  const { id, output }: { id: string; output: { id: string }[] } = JSON.parse(body)
  return { body, id, output }
}

const asking = (...input: object[]) => bodyOf({ model: 'm1', input })
const question = { role: 'user', content: 'Hi' }
const reference = ({ id }: { id: string }) => ({ type: 'item_reference', id })

describe('the answers that a request refers to', () => {
  test('are found by the id of any item that was written', () => {
    const answer = kept('req_0199-a')
    expect(answer.output.map(({ id }) => id.slice(0, id.indexOf('_')))).toEqual([
      'rs',
      'msg',
      'rs',
      'fc',
      'ctc',
      'ig',
    ])
    for (const item of answer.output) {
      expect(referredTo(asking(question, reference(item)))).toEqual([answer.id])
    }
  })

  test('are named once each', () => {
    const one = kept('req_1')
    const other = kept('request_of_another_host')
    const body = asking(...[...one.output, ...other.output, ...one.output].map(reference))
    expect(referredTo(body)).toEqual([one.id, other.id])
  })

  test('are found though nothing but the id is there', () => {
    expect(referredTo(asking({ id: 'msg_1_0' }, { type: null, id: 'rs_2_10' }))).toEqual([
      'resp_1',
      'resp_2',
    ])
  })

  test.each<[string, object]>([
    ['a text as input', { input: 'msg_1_0' }],
    ['no input', {}],
    ['items that are there themselves', { input: [question, { ...question, id: 'msg_1_0' }] }],
    ['an item of a provider', { input: [{ type: 'item_reference', id: 'msg_68a1f0' }] }],
    ['a call by the id of its caller', { input: [{ type: 'item_reference', id: 'call_1_0' }] }],
    ['nothing that is an id', { input: [{ type: 'item_reference', id: 7 }, null, 'msg_1_0', []] }],
    ['an empty id', { input: [{ type: 'item_reference', id: '' }] }],
  ])('are none: %s', (_, body) => {
    expect(referredTo(bodyOf({ model: 'm1', ...body }))).toEqual([])
  })
})

describe('a reference', () => {
  const result = { type: 'function_call_output', call_id: 'c1', output: 'ok' }

  test('becomes the item, so that the request says what it says in full', () => {
    const { body, output } = kept('req_1')
    const whole = asking(question, ...output, result)
    const short = asking(question, ...output.map(reference), result)
    const read = (from: typeof whole) => openAiResponses.readRequest(dereference(from, [body]), {})
    expect(read(short)).toStrictEqual(openAiResponses.readRequest(whole, {}))
    expect(read(short).messages[1]?.parts).toMatchObject(said)
  })

  test('finds its item in any of several answers, and the bytes say so too', () => {
    const one = kept('req_1', [{ type: 'text', text: 'One.' }])
    const other = kept('req_2', [{ type: 'text', text: 'Two.' }])
    const [first, second] = [one.output[0], other.output[0]] as [{ id: string }, { id: string }]
    const body = dereference(asking(reference(second), question, { id: first.id }), [
      one.body,
      other.body,
    ])
    expect(body).toStrictEqual(jsonBody({ model: 'm1', input: [second, question, first] }))
  })

  test('that is not found stays', () => {
    const { body, output } = kept('req_1')
    const lost = [{ type: 'item_reference', id: 'msg_1_99' }, { id: 'msg_2_0' }]
    const [first] = output as [{ id: string }]
    expect(dereference(asking(...lost, reference(first)), [body]).value.input).toEqual([
      ...lost,
      first,
    ])
  })

  test('leaves everything else as it is', () => {
    const { body, output } = kept('req_1')
    const own = { ...question, id: output[0]?.id }
    expect(dereference(asking(own), [body]).value).toEqual({ model: 'm1', input: [own] })
    const text = bodyOf({ model: 'm1', input: 'Hi' })
    expect(dereference(text, [body])).toBe(text)
  })
})
