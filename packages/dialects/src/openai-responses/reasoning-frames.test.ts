import type { ChatEvent, ReplyContext } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bodyOf } from '../testing/bytes.ts'
import { openAiResponses } from './index.ts'

const context: ReplyContext<'chat'> = {
  requestId: 'req_7',
  arrivedAt: 1_790_000_000,
  request: { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: true } },
}

interface WireEvent {
  response?: { output: object[] }
  [field: string]: unknown
}

/** The frames without their numbers. */
function streamed(events: ChatEvent[], of = context): WireEvent[] {
  const writer = openAiResponses.streamWriter(of)
  const text = events.map((event) => writer.push(event)).join('') + writer.end()
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => {
    const { sequence_number: _, ...event } = JSON.parse(data as string)
    return event
  })
}

describe('a thought that is told as a text', () => {
  const asked = (summary: string) => ({
    ...context,
    request: { ...context.request, reasoning: { summary } },
  })
  const thought: ChatEvent[] = [
    { type: 'start', id: '', model: 'm1', created: 1_790_000_000 },
    { type: 'partStart', choice: 0, index: 0, part: { type: 'reasoning' } },
    { type: 'partDelta', choice: 0, index: 0, text: 'Look ' },
    { type: 'partDelta', choice: 0, index: 0, text: 'up.' },
    { type: 'partEnd', choice: 0, index: 0 },
    { type: 'finish', choice: 0, reason: 'stop', raw: '' },
  ]

  test.each(['auto', 'concise', 'detailed'])('is a summary for who asked for %s', (summary) => {
    const at = { item_id: 'rs_7_0', output_index: 0, summary_index: 0 }
    const part = { type: 'summary_text', text: 'Look up.' }
    const item = { id: 'rs_7_0', type: 'reasoning' }
    expect(streamed(thought, asked(summary)).slice(2, -1)).toEqual([
      { type: 'response.output_item.added', output_index: 0, item: { ...item, summary: [] } },
      { type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } },
      { type: 'response.reasoning_summary_text.delta', ...at, delta: 'Look ' },
      { type: 'response.reasoning_summary_text.delta', ...at, delta: 'up.' },
      { type: 'response.reasoning_summary_text.done', ...at, text: 'Look up.' },
      { type: 'response.reasoning_summary_part.done', ...at, part },
      { type: 'response.output_item.done', output_index: 0, item: { ...item, summary: [part] } },
    ])
  })

  test.each([
    ['who asked for nothing', context],
    ['who wants no summary', asked('none')],
  ])('stays a text for %s', (_, of) => {
    expect(streamed(thought, of).at(-1)?.response).toMatchObject({
      output: [{ summary: [], content: [{ type: 'reasoning_text', text: 'Look up.' }] }],
    })
  })

  test('is the first paragraph when a summary follows after all, and is told apart on its way back', () => {
    const events = thought.toSpliced(
      4,
      1,
      { type: 'partDelta', choice: 0, index: 0, text: 'Looked.', summaryIndex: 0 },
      { type: 'partEnd', choice: 0, index: 0, signature: { value: 's', vendor: 'v' } },
    )
    const output = streamed(events, asked('auto')).at(-1)?.response?.output
    expect(output).toMatchObject([{ summary: [{ text: 'Look up.' }, { text: 'Looked.' }] }])
    const { messages } = openAiResponses.readRequest(bodyOf({ model: 'm', input: output }), {})
    expect(messages[0]?.parts).toMatchObject([{ text: 'Look up.', summary: ['Looked.'] }])
  })
})
