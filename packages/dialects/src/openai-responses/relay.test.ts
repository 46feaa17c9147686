import { editBody, type JsonObject, type Quirks, usageOf } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bodyOf, bytesOf, targetOf, textOf } from '../testing/bytes.ts'
import { openAiResponses, responseIdOf } from './index.ts'

const hello = { model: 'm1', input: 'Hi' }
const include = ['reasoning.encrypted_content']

/** What goes out for a caller's body, and what is lost; undefined when it must be translated. */
function relayed(value: object, quirks: Quirks = {}, more: object = {}) {
  const body = bodyOf(value)
  const request = { ...openAiResponses.readRequest(body, {}), ...more }
  const fitting = openAiResponses.relay.edits(body, request, targetOf(quirks))
  if (!fitting) return undefined
  expect(fitting.path).toBe('/responses')
  const wire = JSON.parse(textOf(editBody(body, fitting.edits))) as JsonObject
  return { wire, dropped: fitting.dropped }
}

test('the model gets its own name', () => {
  expect(relayed({ ...hello, model: 'acme/m1' }, {}, { store: true })?.wire).toEqual(hello)
})

test('the provider stores what is stored here, and nothing else', () => {
  const unstored = { ...hello, store: false, include }
  expect(relayed(hello, {}, { store: true })?.wire).toEqual(hello)
  expect(relayed({ ...hello, store: true })?.wire).toEqual({ ...hello, store: true })
  expect(relayed({ ...hello, store: null }, {}, { store: true })?.wire).toEqual({
    ...hello,
    store: null,
  })
  expect(relayed(hello, {}, { store: false })?.wire).toEqual(unstored)
  expect(relayed({ ...hello, store: true }, {}, { store: false })?.wire).toEqual(unstored)
  expect(relayed({ ...hello, store: false })?.wire).toEqual(unstored)
})

test('include is added to, once', () => {
  const asked = { ...hello, include: ['web_search_call.results'] }
  expect(relayed(asked)?.wire.include).toEqual(['web_search_call.results', ...include])
  expect(relayed({ ...hello, include })?.wire.include).toEqual(include)
  expect(relayed(hello, { efforts: [] })?.wire.include).toBeUndefined()
})

test('a limit that the hub lowered goes out lowered', () => {
  const body = { ...hello, max_output_tokens: 1000 }
  expect(relayed(body, {}, { maxOutputTokens: 50 })?.wire.max_output_tokens).toBe(50)
  expect(relayed(body)?.wire.max_output_tokens).toBe(1000)
})

test('an effort becomes the nearest the model takes, beside what stands there', () => {
  const body = { ...hello, reasoning: { effort: 'xhigh', mode: 'pro' } }
  expect(relayed(body, { efforts: ['low', 'high'] })?.wire.reasoning).toEqual({
    effort: 'high',
    mode: 'pro',
  })
  expect(relayed(body, { efforts: [] })).toMatchObject({ dropped: ['reasoning'] })
})

test('sampling is dropped where reasoning refuses it', () => {
  const body = { ...hello, temperature: 0.5, reasoning: { effort: 'low' } }
  const quirks = { samplingNeedsNoReasoning: true }
  expect(relayed(body, quirks)).toMatchObject({ dropped: ['temperature'] })
  expect(relayed({ ...hello, temperature: 0.5 }, quirks)?.dropped).toEqual(['temperature'])
  expect(relayed({ ...body, reasoning: { effort: 'none' } }, quirks)?.dropped).toEqual([])
})

test('a meaning the target refuses is an error', () => {
  const body = { ...hello, tools: [{ type: 'web_search' }] }
  expect(() => relayed(body, { unsupported: ['tools'] })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'tools' }),
  )
})

describe('a body must be rewritten', () => {
  test('when its history holds what the hub has sealed', () => {
    const sealed = { type: 'reasoning', summary: [], encrypted_content: 'hub1.anthropic.YQ' }
    expect(relayed({ ...hello, input: [sealed] })).toBeUndefined()
    const own = { ...sealed, encrypted_content: 'gAAAA' }
    expect(relayed({ ...hello, input: [own] })?.wire.input).toEqual([own])
  })

  test('when it holds a thought under an id of ours: no provider knows it', () => {
    const content = [{ type: 'reasoning_text', text: 'Hm.' }]
    const thought = { type: 'reasoning', id: 'rs_01-a_0', summary: [], content }
    const body = { ...hello, input: [thought, { role: 'user', content: 'Hi' }] }
    expect(relayed(body)).toBeUndefined()
    const request = openAiResponses.readRequest(bodyOf(body), {})
    const { body: wire, dropped } = openAiResponses.writeRequest(request, targetOf())
    expect(JSON.parse(wire as string).input).toHaveLength(1)
    expect(dropped).toContain('reasoning')
    const theirs = { ...thought, id: 'rs_68a1' }
    expect(relayed({ ...hello, input: [theirs] })?.wire.input).toEqual([theirs])
  })

  test('when it holds a thought without proof or text, and the provider stores nothing', () => {
    const stateless: Quirks = { unsupported: ['include'] }
    const thought = { type: 'reasoning', id: 'rs_1', summary: [] }
    const input = (...items: object[]) => ({ ...hello, input: [...items, user] })
    const user = { role: 'user', content: 'Hi' }
    expect(relayed(input(thought), stateless)).toBeUndefined()
    expect(relayed(input(thought))).toBeDefined()
    const open = { ...thought, content: [{ type: 'reasoning_text', text: 'Hm.' }] }
    expect(relayed(input(open), stateless)).toBeDefined()
    expect(relayed(input({ ...thought, encrypted_content: 'x' }), stateless)).toBeDefined()
  })

  test('when the hub has continued the conversation itself', () => {
    const body = { ...hello, previous_response_id: 'resp_1' }
    expect(relayed(body, {}, { previousResponseId: undefined })).toBeUndefined()
    expect(relayed(body)?.wire.previous_response_id).toBe('resp_1')
  })
})

describe('a whole answer that is passed on', () => {
  const read = (response: object) =>
    openAiResponses.relay.readUsage(bytesOf(JSON.stringify(response)), targetOf())

  test('tells its usage and its id', () => {
    const usage = { input_tokens: 3, output_tokens: 2 }
    expect(read({ id: 'resp_1', output: [], usage })).toEqual(usageOf({ input: 3, output: 2 }))
    expect(read({ output: [] }).estimated).toBe(true)
    expect(responseIdOf(bytesOf('{"id":"resp_1"}'))).toBe('resp_1')
    expect(responseIdOf(bytesOf('<html>'))).toBeUndefined()
    expect(responseIdOf(bytesOf('{"id":7}'))).toBeUndefined()
  })

  test('may still be in the making', () => {
    expect(read({ status: 'queued', output: [] }).input).toBe(0)
  })

  test('is an error when it says so', () => {
    expect(() => read({ status: 'failed', output: [], error: { code: 'server_error' } })).toThrow(
      expect.objectContaining({ code: 'upstream_failed' }),
    )
    expect(() => read({ hello: 1 })).toThrow(expect.objectContaining({ code: 'upstream_failed' }))
  })
})
