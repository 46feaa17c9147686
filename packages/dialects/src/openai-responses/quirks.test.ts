// The oddities of OpenAI's API, numbered, as far as this dialect shows them.

import { type ChatEvent, foldChat } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bodyOf, bytesOf, targetOf } from '../testing/bytes.ts'
import { openAiResponses } from './index.ts'

const asked = {
  model: 'm1',
  messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'time?' }] }],
  sampling: {},
}
const written = (request: Parameters<typeof openAiResponses.writeRequest>[0], quirks = {}) =>
  JSON.parse(openAiResponses.writeRequest(request, targetOf(quirks, 'openai')).body as string)

test('openai#3: a chat request with tools and reasoning can be said in Responses', () => {
  const body = written({
    ...asked,
    tools: [{ type: 'function', name: 'get_time', schema: { type: 'object' } }],
    toolChoice: { type: 'function', name: 'get_time' },
    reasoning: { effort: 'low' },
  })
  expect(body).toMatchObject({
    tools: [{ type: 'function', name: 'get_time', parameters: { type: 'object' }, strict: false }],
    tool_choice: { type: 'function', name: 'get_time' },
    reasoning: { effort: 'low' },
  })
})

describe('openai#9: reasoning comes as a summary, and its count with the usage', () => {
  test('a summary is asked for', () => {
    const reasoning = { effort: 'low', summary: 'auto' }
    expect(written({ ...asked, reasoning }).reasoning).toEqual(reasoning)
  })

  test('a summary is read, paragraph by paragraph', () => {
    const answer = {
      id: 'resp_1',
      output: [
        {
          id: 'rs_1',
          type: 'reasoning',
          summary: [
            { type: 'summary_text', text: 'Look.' },
            { type: 'summary_text', text: 'Ask.' },
          ],
        },
      ],
      usage: { input_tokens: 3, output_tokens: 9, output_tokens_details: { reasoning_tokens: 8 } },
    }
    const events: ChatEvent[] = openAiResponses.readResponse(
      bytesOf(JSON.stringify(answer)),
      targetOf(),
    )
    const { choices, usage } = foldChat(events)
    expect(choices[0]?.parts).toEqual([
      { type: 'reasoning', id: 'rs_1', summary: ['Look.', 'Ask.'] },
    ])
    expect(usage).toMatchObject({ output: 9, reasoning: 8 })
  })
})

describe('openai#10: nothing is stored by the provider unless the caller wants it', () => {
  const unstored = { store: false, include: ['reasoning.encrypted_content'] }

  test('a request that is rewritten is never stored', () => {
    expect(written(asked)).toMatchObject(unstored)
    expect(written({ ...asked, store: true })).toMatchObject(unstored)
  })

  test('a model that does not reason has nothing to encrypt', () => {
    expect(written(asked, { efforts: [] })).not.toHaveProperty('include')
  })

  test('a request that is passed on is stored only when it is stored here', () => {
    const edits = (store: boolean) => {
      const body = bodyOf({ model: 'm1', input: 'time?' })
      const request = { ...openAiResponses.readRequest(body, {}), store }
      return openAiResponses.relay.edits(body, request, targetOf())?.edits
    }
    expect(edits(false)).toEqual([
      { field: 'store', set: 'false' },
      { field: 'include', set: '["reasoning.encrypted_content"]' },
    ])
    expect(edits(true)).toEqual([])
  })
})
