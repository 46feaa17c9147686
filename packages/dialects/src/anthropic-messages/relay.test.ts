import type { WireTarget } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bodyOf, bytesOf, targetOf } from '../testing/bytes.ts'
import { anthropicMessages } from './index.ts'

const hello = { model: 'm1', max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] }
const headers = { 'anthropic-version': '2023-06-01' }

function relay(fields: object, quirks: WireTarget['quirks'] = {}, lowered?: number) {
  const body = bodyOf({ ...hello, ...fields })
  const request = anthropicMessages.readRequest(body, headers)
  if (lowered !== undefined) request.maxOutputTokens = lowered
  return anthropicMessages.relay.edits(body, request, targetOf(quirks, 'anthropic'))
}

test('a body that fits goes as it is, with the headers that belong to it', () => {
  expect(relay({})).toEqual({ path: '/messages', headers, edits: [], dropped: [] })
})

test('only the model, a lower limit and refused fields are edited', () => {
  const quirks = { unsupported: ['top_k', 'service_tier'] }
  const fields = { model: 'other', top_k: 5, service_tier: 'auto' }
  expect(relay(fields, quirks, 3)).toEqual({
    path: '/messages',
    headers,
    edits: [
      { field: 'top_k', remove: true },
      { field: 'service_tier', remove: true },
      { field: 'model', set: '"m1"' },
      { field: 'max_tokens', set: '3' },
    ],
    dropped: ['top_k', 'service_tier'],
  })
})

const tool = { name: 'f', input_schema: { type: 'object' } }
const format = { type: 'json_schema', schema: { type: 'object' } }

test.each<[string, object, WireTarget['quirks']]>([
  [
    'a kind of thinking it does not take',
    { thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 2000 },
    { thinking: ['adaptive'] },
  ],
  ['an effort it does not take', { output_config: { effort: 'max' } }, { efforts: ['low'] }],
  ['a schema it does not take', { output_config: { format } }, { noJsonSchema: true }],
  [
    'a tool that cannot be forced',
    { tools: [tool], tool_choice: { type: 'any' } },
    { noForcedTools: true },
  ],
  [
    'marks it does not take',
    { tools: [{ ...tool, cache_control: { type: 'ephemeral' } }] },
    { unsupported: ['cache_control'] },
  ],
])('%s is rewritten instead', (_, fields, quirks) => {
  expect(relay(fields)).toBeDefined()
  expect(relay(fields, quirks)).toBeUndefined()
})

test('the usage of a whole answer is read, and an error in it thrown', () => {
  const { readUsage } = anthropicMessages.relay
  const answer = '{"content":[],"usage":{"input_tokens":3,"output_tokens":2}}'
  expect(readUsage(bytesOf(answer), targetOf())).toMatchObject({ input: 3, output: 2 })
  expect(readUsage(bytesOf('{"content":[]}'), targetOf())).toMatchObject({ estimated: true })
  expect(() => readUsage(bytesOf('{"type":"error"}'), targetOf())).toThrow(
    expect.objectContaining({ code: 'upstream_failed' }),
  )
})

test('a limit that the hub lowered below the budget to think is written together with it', () => {
  const fields = { max_tokens: 5000, thinking: { type: 'enabled', budget_tokens: 4000 } }
  expect(relay(fields, {}, 4500)).toMatchObject({ edits: [{ field: 'max_tokens', set: '4500' }] })
  expect(relay(fields, {}, 3000)).toBeUndefined()
})
