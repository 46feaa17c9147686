import { HubError, type Json, readJsonBody, unfoldChat } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { bodyOf, bytesOf, targetOf, textOf } from '../testing/bytes.ts'
import { openAiResponses } from './index.ts'
import { inputRequest } from './testing/arbitrary-input.ts'
import { outputResponse } from './testing/arbitrary-output.ts'

const numRuns = scale.malformedBodies
const timeout = 600_000
const hello = { model: 'm1', input: 'Hi' }
const item = (value: unknown) => ({ model: 'm1', input: [value] })
const user = (content: unknown) => item({ role: 'user', content })
const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }

test.each<[string, object]>([
  ['model', { input: 'Hi' }],
  ['model', { ...hello, model: 7 }],
  ['input', { model: 'm1' }],
  ['input', { model: 'm1', input: [] }],
  ['input', { model: 'm1', input: {} }],
  ['input[0]', item('Hi')],
  ['input[0].type', item({ type: 7 })],
  ['input[0].role', item({ content: 'x' })],
  ['input[0].role', item({ role: 'tool', content: 'x' })],
  ['input[0].content', user(undefined)],
  ['input[0].content', user(5)],
  ['input[0].content[0]', user(['x'])],
  ['input[0].content[0].type', user([{ type: 'text', text: 'x' }])],
  ['input[0].content[0].type', user([{ type: 'output_text', text: 'x' }])],
  ['input[0].content[0].text', user([{ type: 'input_text' }])],
  ['input[0].content[0].image_url', user([{ type: 'input_image' }])],
  ['input[0].content[0].image_url', user([{ type: 'input_image', image_url: 'file:///etc/x' }])],
  [
    'input[0].content[0].detail',
    user([{ type: 'input_image', image_url: 'https://a', detail: 1 }]),
  ],
  ['input[0].content[0].file_data', user([{ type: 'input_file' }])],
  ['input[0].content[0].file_url', user([{ type: 'input_file', file_url: 'ftp://a' }])],
  ['input[0].id', item({ role: 'user', content: 'x', id: 5 })],
  ['input[0].phase', item({ role: 'assistant', content: 'x', phase: 5 })],
  ['input[0].call_id', item({ ...call, call_id: undefined })],
  ['input[0].name', item({ ...call, name: '' })],
  ['input[0].arguments', item({ ...call, arguments: {} })],
  ['input[0].input', item({ type: 'custom_tool_call', call_id: 'c', name: 'f' })],
  ['input[0].call_id', item({ type: 'function_call_output', output: 'x' })],
  ['input[0].output', item({ type: 'function_call_output', call_id: 'c' })],
  ['input[0].output[0].type', item({ type: 'function_call_output', call_id: 'c', output: [{}] })],
  ['input[0].summary', item({ type: 'reasoning', summary: 'x' })],
  ['input[0].summary[0].text', item({ type: 'reasoning', summary: [{}] })],
  ['input[0].content[0]', item({ type: 'reasoning', summary: [], content: ['x'] })],
  ['input[0].encrypted_content', item({ type: 'reasoning', summary: [], encrypted_content: 5 })],
  ['instructions', { ...hello, instructions: [] }],
  ['temperature', { ...hello, temperature: 2.1 }],
  ['top_p', { ...hello, top_p: -0.1 }],
  ['top_logprobs', { ...hello, top_logprobs: 21 }],
  ['max_output_tokens', { ...hello, max_output_tokens: 0 }],
  ['stream', { ...hello, stream: 'yes' }],
  ['store', { ...hello, store: 'no' }],
  ['include', { ...hello, include: 'x' }],
  ['include[0]', { ...hello, include: [1] }],
  ['previous_response_id', { ...hello, previous_response_id: 5 }],
  ['reasoning', { ...hello, reasoning: 'low' }],
  ['reasoning.effort', { ...hello, reasoning: { effort: 1 } }],
  ['text', { ...hello, text: [] }],
  ['text.verbosity', { ...hello, text: { verbosity: 1 } }],
  ['text.format', { ...hello, text: { format: 'json' } }],
  ['text.format.type', { ...hello, text: { format: { type: 'xml' } } }],
  ['text.format.name', { ...hello, text: { format: { type: 'json_schema' } } }],
  ['text.format.name', { ...hello, text: { format: { type: 'json_schema', name: 'a b' } } }],
  ['tools', { ...hello, tools: {} }],
  ['tools[0]', { ...hello, tools: [null] }],
  ['tools[0].type', { ...hello, tools: [{}] }],
  ['tools[0].name', { ...hello, tools: [{ type: 'function' }] }],
  ['tools[0].parameters', { ...hello, tools: [{ type: 'function', name: 'f', parameters: [] }] }],
  ['tools[0].strict', { ...hello, tools: [{ type: 'function', name: 'f', strict: 1 }] }],
  ['tools[0].name', { ...hello, tools: [{ type: 'custom' }] }],
  ['tool_choice', { ...hello, tool_choice: 'any' }],
  ['tool_choice.type', { ...hello, tool_choice: {} }],
  ['tool_choice.name', { ...hello, tool_choice: { type: 'function' } }],
  ['tool_choice.tools', { ...hello, tool_choice: { type: 'allowed_tools', mode: 'auto' } }],
  ['tool_choice.mode', { ...hello, tool_choice: { type: 'allowed_tools', tools: [] } }],
  [
    'tool_choice.tools[0]',
    { ...hello, tool_choice: { type: 'allowed_tools', mode: 'auto', tools: ['f'] } },
  ],
  ['metadata.a', { ...hello, metadata: { a: 1 } }],
  ['user', { ...hello, user: 5 }],
  ['safety_identifier', { ...hello, safety_identifier: 5 }],
])('%s is named when it is wrong: %j', (param, body) => {
  expect(() => openAiResponses.readRequest(bodyOf(body), {})).toThrow(
    expect.objectContaining({ code: 'invalid_request', status: 400, param }),
  )
})

/** `value` with one place in it replaced by anything. */
function mutated(value: Json): fc.Arbitrary<Json> {
  const paths: (string | number)[][] = []
  const walk = (at: Json | undefined, path: (string | number)[]) => {
    if (path.length > 0) paths.push(path)
    if (typeof at !== 'object' || at === null) return
    for (const [key, inner] of Object.entries(at)) walk(inner, [...path, key])
  }
  walk(value, [])
  const anything = fc.oneof(
    fc.constantFrom<Json>(null, '', 'x', 0, -1, 1e308, true, [], {}, [null], ['x'], { type: 'x' }),
    fc.jsonValue() as fc.Arbitrary<Json>,
  )
  return fc.tuple(fc.constantFrom(...paths), anything).map(([path, replacement]) => {
    const copy = structuredClone(value)
    let place = copy as Record<string | number, Json>
    for (const key of path.slice(0, -1)) place = place[key] as Record<string | number, Json>
    place[path.at(-1) as string] = replacement
    return copy
  })
}

/** Anything but a `HubError` goes through. */
function orHubError(act: () => void): HubError | undefined {
  try {
    act()
  } catch (error) {
    if (error instanceof HubError) return error
    throw error
  }
  return undefined
}

test(
  'a mutated request is a request, or an error of the caller',
  () => {
    const body = inputRequest.chain((request) => {
      const { body: wire } = openAiResponses.writeRequest(request, targetOf({}, 'openai'))
      return mutated(JSON.parse(wire as string) as Json)
    })
    fc.assert(
      fc.property(body, (value) => {
        const bytes = bytesOf(JSON.stringify(value))
        const error = orHubError(() => {
          const request = openAiResponses.readRequest(readJsonBody(bytes), {})
          openAiResponses.writeRequest(request, targetOf({}, 'openai'))
        })
        if (error) expect(error.status).toBe(400)
      }),
      { numRuns },
    )
  },
  timeout,
)

const context = {
  requestId: 'req_1',
  arrivedAt: 7,
  request: { model: 'm1', messages: [], sampling: {}, stream: { includeUsage: true } },
}

test(
  'a mutated answer is an answer, or an error of the provider',
  () => {
    const body = outputResponse.chain((response) =>
      mutated(JSON.parse(openAiResponses.writeResponse(context, unfoldChat(response))) as Json),
    )
    fc.assert(
      fc.property(body, (value) => {
        const bytes = bytesOf(JSON.stringify(value))
        orHubError(() => {
          const events = openAiResponses.readResponse(bytes, targetOf())
          openAiResponses.writeResponse(context, events)
        })
        orHubError(() => openAiResponses.relay.readUsage(bytes, targetOf()))
      }),
      { numRuns },
    )
  },
  timeout,
)

test(
  'a mutated stream ends, and the scanner agrees with the reader on how',
  () => {
    const stream = outputResponse.chain((response) => {
      const writer = openAiResponses.streamWriter(context)
      const wire = unfoldChat(response).map((event) => writer.push(event))
      const frames = (wire.join('') + writer.end()).trimEnd().split('\n\n')
      return fc.nat({ max: frames.length - 1 }).chain((at) => {
        const [name, data] = (frames[at] as string).split('\n') as [string, string]
        return mutated(JSON.parse(data.slice('data: '.length)) as Json).map((event) =>
          frames.with(at, `${name}\ndata: ${JSON.stringify(event)}`).join('\n\n'),
        )
      })
    })
    fc.assert(
      fc.property(stream, (text) => {
        const bytes = bytesOf(`${text}\n\n`)
        const reader = openAiResponses.streamReader(targetOf())
        const events = [...reader.push(bytes), ...reader.end()]
        const writer = openAiResponses.streamWriter(context)
        for (const event of events) if (event.type !== 'error') writer.push(event)
        writer.end()
        const scanner = openAiResponses.relay.scanner(context.request, targetOf())
        const passed = textOf(scanner.push(bytes)) + textOf(scanner.end())
        const failure = events.find((event) => event.type === 'error')
        expect(scanner.error?.code).toBe(failure?.error.code)
        if (!failure) expect(passed).toBe(textOf(bytes))
      }),
      { numRuns },
    )
  },
  timeout,
)
