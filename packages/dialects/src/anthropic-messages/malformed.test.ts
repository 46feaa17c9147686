import { HubError, type Json, readJsonBody } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { bodyOf, bytesOf, targetOf } from '../testing/bytes.ts'
import { replaceSomewhere } from '../testing/replace-somewhere.ts'
import { anthropicCountTokens, anthropicMessages } from './index.ts'
import { messagesRequest } from './testing/arbitrary-request.ts'

const numRuns = scale.malformedBodies
const timeout = 600_000
const target = targetOf(
  { unsupported: ['stop_sequences', 'tools'], noJsonSchema: true },
  'anthropic',
)

const hello = { model: 'm1', max_tokens: 1, messages: [{ role: 'user', content: 'hi' }] }
const says = (role: string, ...content: unknown[]) => ({ ...hello, messages: [{ role, content }] })
const user = (...content: unknown[]) => says('user', ...content)
const assistant = (...content: unknown[]) => says('assistant', ...content)
const tool = { name: 'f', input_schema: { type: 'object' } }

test.each<[string, object]>([
  ['model', { ...hello, model: '' }],
  ['max_tokens', { ...hello, max_tokens: undefined }],
  ['max_tokens', { ...hello, max_tokens: -1 }],
  ['max_tokens', { ...hello, max_tokens: '5' }],
  ['messages', { ...hello, messages: [] }],
  ['messages', { ...hello, messages: undefined }],
  ['messages[0]', { ...hello, messages: ['hi'] }],
  ['messages[0].role', says('tool', { type: 'text', text: 'x' })],
  ['messages[0].content', { ...hello, messages: [{ role: 'user' }] }],
  ['messages[0].content[0]', user('x')],
  ['messages[0].content[0].type', user({})],
  ['messages[0].content[0].text', user({ type: 'text' })],
  ['messages[0].content[0].type', user({ type: 'tool_use', id: 'a', name: 'f', input: {} })],
  ['messages[0].content[0].type', user({ type: 'thinking', thinking: '' })],
  ['messages[0].content[0].type', assistant({ type: 'tool_result', tool_use_id: 'a' })],
  ['messages[0].content[0].type', says('system', { type: 'image' })],
  ['messages[0].content[0].source', user({ type: 'image' })],
  ['messages[0].content[0].source.type', user({ type: 'image', source: {} })],
  ['messages[0].content[0].source.data', user({ type: 'image', source: { type: 'base64' } })],
  [
    'messages[0].content[0].source.url',
    user({ type: 'image', source: { type: 'url', url: 'file:///etc/passwd' } }),
  ],
  ['messages[0].content[0].source.file_id', user({ type: 'document', source: { type: 'file' } })],
  ['messages[0].content[0].tool_use_id', user({ type: 'tool_result' })],
  ['messages[0].content[0].content', user({ type: 'tool_result', tool_use_id: 'a', content: 5 })],
  [
    'messages[0].content[0].content[0].type',
    user({ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'tool_use' }] }),
  ],
  ['messages[0].content[0].is_error', user({ type: 'tool_result', tool_use_id: 'a', is_error: 1 })],
  [
    'messages[0].content[0].cache_control.type',
    user({ type: 'text', text: 'x', cache_control: {} }),
  ],
  ['messages[0].content[0].citations', user({ type: 'text', text: 'x', citations: {} })],
  [
    'messages[0].content[0].input',
    assistant({ type: 'tool_use', id: 'a', name: 'f', input: '{}' }),
  ],
  ['messages[0].content[0].id', assistant({ type: 'tool_use', name: 'f', input: {} })],
  ['messages[0].content[0].thinking', assistant({ type: 'thinking', signature: 's' })],
  ['messages[0].content[0].signature', assistant({ type: 'thinking', thinking: '', signature: 5 })],
  ['messages[0].content[0].data', assistant({ type: 'redacted_thinking' })],
  ['system', { ...hello, system: 5 }],
  ['system[0].type', { ...hello, system: [{ type: 'image' }] }],
  ['temperature', { ...hello, temperature: 1.1 }],
  ['top_p', { ...hello, top_p: -1 }],
  ['top_k', { ...hello, top_k: 1.5 }],
  ['stop_sequences', { ...hello, stop_sequences: 'x' }],
  ['stop_sequences[1]', { ...hello, stop_sequences: ['x', 1] }],
  ['stream', { ...hello, stream: 1 }],
  ['metadata', { ...hello, metadata: 'u' }],
  ['metadata.user_id', { ...hello, metadata: { user_id: 5 } }],
  ['service_tier', { ...hello, service_tier: {} }],
  ['cache_control.ttl', { ...hello, cache_control: { type: 'ephemeral', ttl: '2h' } }],
  ['tools', { ...hello, tools: {} }],
  ['tools[0].name', { ...hello, tools: [{ ...tool, name: '' }] }],
  ['tools[0].input_schema', { ...hello, tools: [{ name: 'f' }] }],
  ['tools[0].input_schema.type', { ...hello, tools: [{ ...tool, input_schema: {} }] }],
  ['tools[0].strict', { ...hello, tools: [{ ...tool, strict: 1 }] }],
  ['tool_choice', { ...hello, tool_choice: 'auto' }],
  ['tool_choice.type', { ...hello, tool_choice: { type: 'required' } }],
  ['tool_choice.name', { ...hello, tool_choice: { type: 'tool' } }],
  ['thinking.type', { ...hello, thinking: {} }],
  ['thinking.budget_tokens', { ...hello, thinking: { type: 'enabled', budget_tokens: 0 } }],
  ['output_config.effort', { ...hello, output_config: { effort: 5 } }],
  ['output_config.format.type', { ...hello, output_config: { format: { type: 'json' } } }],
  ['output_config.format.schema', { ...hello, output_config: { format: { type: 'json_schema' } } }],
])('%s is named when it is wrong: %j', (param, body) => {
  expect(() => anthropicMessages.readRequest(bodyOf(body), {})).toThrow(
    expect.objectContaining({ code: 'invalid_request', status: 400, param }),
  )
})

/** Reads, and writes what could be read. Throws whatever is not a refusal. */
function refusalOf(body: Json): HubError | undefined {
  try {
    const request = anthropicMessages.readRequest(bodyOf(body), {})
    anthropicMessages.relay.edits(bodyOf(body), request, target)
    anthropicCountTokens.estimateReply(request)
    anthropicCountTokens.writeRequest(request, target)
    anthropicMessages.writeRequest(request, target)
    return undefined
  } catch (thrown) {
    if (thrown instanceof HubError) return thrown
    throw thrown
  }
}

test('no change of a valid body makes the reader throw anything but a 400', { timeout }, () => {
  const changes = fc.record({ at: fc.infiniteStream(fc.nat()), value: fc.jsonValue() })
  fc.assert(
    fc.property(messagesRequest, changes, (request, { at, value }) => {
      const written = anthropicMessages.writeRequest(request, targetOf({}, 'anthropic')).body
      const body = readJsonBody(bytesOf(written as string)).value
      replaceSomewhere(body, at, value as Json)
      expect(refusalOf(body)?.status ?? 400).toBe(400)
    }),
    { numRuns },
  )
})

const blockType = fc.constantFrom(
  'text',
  'thinking',
  'redacted_thinking',
  'tool_use',
  'server_tool_use',
  'web_search_tool_result',
  'new_block',
)
const likely = (keys: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(keys, { requiredKeys: [] }) as fc.Arbitrary<object>
const any = fc.jsonValue()
const block = likely({
  type: blockType,
  text: any,
  thinking: any,
  signature: any,
  data: any,
  id: any,
  name: fc.oneof(fc.constant('hub_json_answer'), any),
  input: any,
  citations: fc.oneof(any, fc.array(any)),
  tool_use_id: any,
  content: any,
})
const usage = likely({
  input_tokens: any,
  cache_creation: any,
  output_tokens: fc.oneof(any, fc.constant(1e300)),
  server_tool_use: fc.oneof(any, fc.constant({ web_search_requests: -1 })),
  iterations: fc.oneof(any, fc.array(any)),
})
const message = likely({
  id: any,
  model: any,
  content: fc.oneof(fc.array(fc.oneof(block, any)), any),
  stop_reason: any,
  stop_details: any,
  usage: fc.oneof(usage, any),
  error: any,
})
const event = likely({
  type: fc.constantFrom(
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
    'error',
    'ping',
  ),
  index: fc.oneof(fc.constantFrom(0, 1), any),
  message: fc.oneof(message, any),
  content_block: fc.oneof(block, any),
  delta: fc.oneof(
    likely({
      type: fc.constantFrom(
        'text_delta',
        'thinking_delta',
        'signature_delta',
        'input_json_delta',
        'citations_delta',
        'new_delta',
      ),
      text: any,
      thinking: any,
      signature: any,
      partial_json: any,
      citation: any,
      stop_reason: any,
    }),
    any,
  ),
  usage: fc.oneof(usage, any),
})

test('no answer makes the readers throw anything but a HubError', { timeout }, () => {
  fc.assert(
    fc.property(fc.oneof(message, any), (answer) => {
      const body = bytesOf(JSON.stringify(answer))
      for (const reading of [
        anthropicMessages.readResponse,
        anthropicMessages.relay.readUsage,
        anthropicCountTokens.readResponse,
      ]) {
        try {
          reading(body, target)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(HubError)
        }
      }
      expect(anthropicMessages.readError(400, {}, body, target)).toBeInstanceOf(HubError)
    }),
    { numRuns },
  )
})

test('no stream makes the reader or the writer throw, and an error comes once and last', {
  timeout,
}, () => {
  const request = { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: true } }
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), fc.string(), (frames, rest) => {
      const stream = bytesOf(
        frames.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('') + rest,
      )
      const reader = anthropicMessages.streamReader(target)
      const events = [...reader.push(stream), ...reader.end()]
      const failed = events.findIndex(({ type }) => type === 'error')
      expect(failed === -1 || failed === events.length - 1).toBe(true)
      const writer = anthropicMessages.streamWriter({ request, requestId: 'r', arrivedAt: 1 })
      for (const one of events) if (one.type !== 'error') writer.push(one)
      writer.end()
      const scanner = anthropicMessages.relay.scanner?.(request, target)
      scanner?.push(stream)
      scanner?.end()
    }),
    { numRuns },
  )
})
