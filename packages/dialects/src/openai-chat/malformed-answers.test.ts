import { HubError } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { openAiChat } from './index.ts'

const numRuns = scale.malformedBodies
const timeout = 600_000
const target = targetOf()
const anyAnswer = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      choices: fc.oneof(
        fc.array(
          fc.record(
            {
              index: fc.jsonValue(),
              message: fc.jsonValue(),
              delta: fc.oneof(
                fc.jsonValue(),
                fc.record(
                  {
                    content: fc.jsonValue(),
                    tool_calls: fc.array(fc.jsonValue()),
                    reasoning_details: fc.array(
                      fc.record({
                        type: fc.constantFrom('reasoning.text', 'x'),
                        text: fc.jsonValue(),
                      }),
                    ),
                    annotations: fc.array(fc.jsonValue()),
                  },
                  { requiredKeys: [] },
                ),
              ),
              finish_reason: fc.oneof(fc.constant('stop'), fc.jsonValue()),
              logprobs: fc.jsonValue(),
            },
            { requiredKeys: [] },
          ),
        ),
        fc.jsonValue(),
      ),
      usage: fc.oneof(
        fc.record({ cost: fc.jsonValue(), prompt_tokens: fc.jsonValue() }),
        fc.jsonValue(),
      ),
      error: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
)

test('no answer makes the readers throw anything but a HubError', { timeout }, () => {
  fc.assert(
    fc.property(anyAnswer, (answer) => {
      const body = bytesOf(JSON.stringify(answer))
      for (const reading of [openAiChat.readResponse, openAiChat.relay.readUsage]) {
        try {
          reading(body, target)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(HubError)
        }
      }
    }),
    { numRuns },
  )
})

test('no stream makes the readers throw, and an error comes once and last', { timeout }, () => {
  const request = { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: false } }
  fc.assert(
    fc.property(fc.array(anyAnswer, { maxLength: 4 }), fc.string(), (answers, rest) => {
      const stream = bytesOf(
        answers.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('') + rest,
      )
      const reader = openAiChat.streamReader(target)
      const events = [...reader.push(stream), ...reader.end()]
      const failed = events.findIndex(({ type }) => type === 'error')
      expect(failed === -1 || failed === events.length - 1).toBe(true)
      const scanner = openAiChat.relay.scanner?.(request, target)
      scanner?.push(stream)
      scanner?.end()
    }),
    { numRuns },
  )
})
