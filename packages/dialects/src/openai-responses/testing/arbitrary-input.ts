// Every request that the Responses dialect can express, for the law read(write(x)) = x.

import type { ChatRequest, Tool } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { foreignFields, id, partial, text } from '../../testing/arbitrary-request.ts'
import { messages } from './arbitrary-messages.ts'

const dialect = 'openai-responses' as const
const native = foreignFields.map((fields) => ({ [dialect]: fields }))

const tool: fc.Arbitrary<Tool> = fc.oneof(
  partial<Tool & { type: 'function' }>(
    {
      type: fc.constant('function'),
      name: id,
      description: text,
      schema: foreignFields,
      strict: fc.boolean(),
      native,
    } as never,
    ['type', 'name', 'strict'],
  ),
  partial<Tool & { type: 'custom' }>(
    { type: fc.constant('custom'), name: id, description: text, format: foreignFields } as never,
    ['type', 'name'],
  ),
  foreignFields.map(
    (fields): Tool => ({ type: 'server', dialect, value: { ...fields, type: 'mcp' } }),
  ),
)

const toolName = fc.record(
  { type: fc.constantFrom('function' as const, 'custom' as const), name: id },
  { noNullPrototype: true },
)
const number = (max: number) =>
  fc.double({ min: 0, max, noNaN: true }).map((value) => (value === 0 ? 0 : value))

/** As it comes back: nothing is stored, and reasoning is asked for. */
export const inputRequest: fc.Arbitrary<ChatRequest> = partial<ChatRequest>(
  {
    model: fc.constant('m1'),
    messages,
    sampling: partial({ temperature: number(2), topP: number(1) } as never, []),
    tools: fc.array(tool, { minLength: 1, maxLength: 3 }),
    toolChoice: fc.oneof(
      fc.constantFrom('auto', 'none', 'required'),
      toolName,
      fc.record(
        {
          type: fc.constant('allowed'),
          mode: fc.constantFrom('auto', 'required'),
          tools: fc.array(toolName, { maxLength: 2 }),
        },
        { noNullPrototype: true },
      ),
    ),
    parallelToolCalls: fc.boolean(),
    responseFormat: fc.oneof(
      fc.constant({ type: 'text' }),
      fc.constant({ type: 'json' }),
      partial(
        {
          type: fc.constant('jsonSchema'),
          name: id,
          description: text,
          schema: foreignFields,
          strict: fc.boolean(),
        } as never,
        ['type', 'name'] as never,
      ),
    ),
    maxOutputTokens: fc.integer({ min: 1, max: 1_000_000 }),
    logprobs: partial({ top: fc.integer({ min: 0, max: 20 }) } as never, []),
    reasoning: partial(
      {
        effort: fc.constantFrom('none', 'low', 'high'),
        summary: fc.constantFrom('auto', 'concise', 'detailed'),
      } as never,
      [],
    ).filter((wish) => Object.keys(wish as object).length > 0),
    verbosity: fc.constantFrom('low', 'medium', 'high'),
    stream: fc.constant({ includeUsage: true }),
    include: fc.constantFrom(
      ['reasoning.encrypted_content'],
      ['web_search_call.results', 'reasoning.encrypted_content'],
    ),
    previousResponseId: id,
    cacheKey: text,
    serviceTier: fc.constantFrom('auto', 'flex'),
    store: fc.constant(false),
    metadata: fc.dictionary(
      id.map((name) => `k${name}`),
      fc.string({ maxLength: 512 }),
      { maxKeys: 16, noNullPrototype: true },
    ),
    user: text,
    extensions: foreignFields.map((fields) => ({ dialect, fields })),
  } as never,
  ['model', 'messages', 'sampling', 'store', 'include'],
)
