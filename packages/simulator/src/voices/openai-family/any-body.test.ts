import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FaultName, faultDescriptions } from '../../faults.ts'
import type { Json } from '../../json.ts'
import { createProvider } from '../../provider.ts'
import type { Reply } from '../../reply.ts'
import { createRequestLog } from '../../request-log.ts'
import { hurriedClock } from '../../testing/hurried-clock.ts'

const paths = [
  '/xai/v1/chat/completions',
  '/xai/v1/responses',
  '/openrouter/api/v1/chat/completions',
  '/openrouter/api/v1/responses',
  '/openrouter/api/v1/messages',
  '/deepseek/chat/completions',
  '/groq/openai/v1/chat/completions',
  '/groq/openai/v1/responses',
  '/azure-openai/openai/v1/chat/completions',
  '/azure-openai/openai/deployments/chat/chat/completions?api-version=2024-10-21',
  '/mistral/v1/chat/completions',
  '/lmstudio/v1/chat/completions',
  '/poe/v1/chat/completions',
  '/doubao/api/v3/chat/completions',
  '/doubao/api/v3/responses',
  '/doubao/api/v3/tokenization',
]

function replyTo(path: string, body: Json, fault: FaultName = 'none'): Reply {
  const { clock } = hurriedClock()
  const log = createRequestLog(0)
  const provider = createProvider({ seed: 1, clock, log, faults: {}, keys: undefined })
  provider.script([fault])
  return provider.answer({ method: 'POST', path, headers: {}, body: JSON.stringify(body) }).reply
}

const textIn = ({ steps }: Reply) =>
  steps.map((step) => ('send' in step ? String(step.send) : '')).join('')

const leaf = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('', 'auto', 'high', -1, 0))
const part = fc.record(
  {
    type: fc.oneof(fc.constantFrom('text', 'image_url', 'thinking', 'file', 'input_audio'), leaf),
    text: leaf,
    image_url: leaf,
    thinking: leaf,
    signature: leaf,
    file_id: leaf,
    input_audio: leaf,
  },
  { requiredKeys: [] },
)
const message = fc.record(
  {
    role: fc.oneof(fc.constantFrom('system', 'user', 'assistant', 'tool'), leaf),
    content: fc.oneof(fc.string(), fc.array(fc.oneof(part, leaf), { maxLength: 2 }), leaf),
    tool_calls: fc.oneof(fc.array(leaf, { maxLength: 2 }), leaf),
    reasoning_details: leaf,
    prefix: leaf,
  },
  { requiredKeys: ['role', 'content'] },
)
const body = fc.record(
  {
    model: fc.oneof(fc.constantFrom('chat', 'reason', 'tools', 'older', 'image', 'a/b'), leaf),
    models: leaf,
    messages: fc.oneof(fc.array(fc.oneof(message, leaf), { maxLength: 3 }), leaf),
    input: leaf,
    text: leaf,
    stream: fc.oneof(fc.boolean(), leaf),
    stream_options: leaf,
    thinking: leaf,
    reasoning: leaf,
    reasoning_effort: leaf,
    reasoning_format: leaf,
    response_format: leaf,
    tools: leaf,
    tool_choice: leaf,
    stop: leaf,
    max_tokens: leaf,
    n: leaf,
    user_id: leaf,
  },
  { requiredKeys: ['model'] },
)
/** Bodies that get further: only what is deep inside is odd. */
const deepPart = fc.record(
  {
    type: fc.constantFrom('text', 'image_url', 'thinking', 'file', 'input_audio', 'document_url'),
    text: leaf,
    image_url: fc.oneof(fc.record({ url: leaf }), leaf),
    thinking: fc.oneof(fc.array(leaf, { maxLength: 2 }), leaf),
    signature: fc.oneof(fc.string(), leaf),
    file_id: leaf,
    input_audio: leaf,
    document_url: leaf,
  },
  { requiredKeys: ['type'] },
)
const deepBody = fc.record({
  model: fc.constantFrom('chat', 'reason', 'tools', 'older', 'encrypted', 'magistral-medium'),
  messages: fc
    .array(
      fc.record({
        role: fc.constantFrom('user', 'assistant'),
        content: fc.array(deepPart, { minLength: 1, maxLength: 2 }),
      }),
      { maxLength: 2 },
    )
    .map((messages) => [...messages, { role: 'user', content: 'hi' }]),
})

test.each(paths)('whatever comes to %s is answered or refused, and breaks nothing', (path) => {
  fc.assert(
    fc.property(fc.oneof(deepBody, body, fc.jsonValue()), (any) => {
      const reply = replyTo(path, any as Json)
      expect(textIn(reply)).not.toContain('The simulator failed')
      expect(reply.status).toBeLessThan(500)
    }),
    { numRuns: 200 },
  )
})

/** One fault strikes only sometimes, one never, and some need megabytes. */
const harmful = (Object.keys(faultDescriptions) as FaultName[]).filter(
  (name) => !['none', 'flaky-30', 'huge-line', 'gzip-bomb'].includes(name),
)
const question = [{ role: 'user', content: 'What is a gateway?' }]

test.each(paths.filter((path) => /chat\/completions$/.test(path)))(
  'a stream of %s is another with every fault',
  (path) => {
    const usage = path.startsWith('/mistral') ? {} : { stream_options: { include_usage: true } }
    const asked = { model: 'chat', messages: question, stream: true, ...usage }
    const well = JSON.stringify(replyTo(path, asked))
    const unharmed = harmful.filter((fault) => JSON.stringify(replyTo(path, asked, fault)) === well)
    expect(unharmed).toEqual([])
  },
)
