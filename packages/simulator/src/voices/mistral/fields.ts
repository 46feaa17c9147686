// The form of a body: whatever does not belong in it is refused.

import { isObject, type JsonObject } from '../../json.ts'
import { messagesIn } from '../openai-family/body.ts'
import { malformed } from './errors.ts'

const topFields = new Set(
  'model messages temperature top_p max_tokens stream stop random_seed metadata response_format tools tool_choice presence_penalty frequency_penalty n prediction parallel_tool_calls reasoning_effort prompt_mode guardrails prompt_cache_key service_tier safe_prompt document_image_limit document_page_limit'.split(
    ' ',
  ),
)

const messageFields: Readonly<Record<string, ReadonlySet<string>>> = {
  system: new Set(['role', 'content']),
  user: new Set(['role', 'content']),
  assistant: new Set(['role', 'content', 'tool_calls', 'prefix']),
  tool: new Set(['role', 'content', 'tool_call_id', 'name']),
}

const choices: Readonly<Record<string, readonly string[]>> = {
  reasoning_effort: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
  prompt_mode: ['reasoning'],
  service_tier: ['auto', 'standard_only'],
}
const hottest = 1.5

/** @throws VendorProblem 422 naming the first field that is not of `known`. */
export function onlyKnown(
  value: JsonObject,
  known: ReadonlySet<string>,
  place: readonly (string | number)[],
): void {
  for (const name in value) {
    if (known.has(name)) continue
    throw malformed([...place, name], 'Extra inputs are not permitted', 'extra_forbidden')
  }
}

/** @throws VendorProblem 422 naming the first place that has a wrong form. */
export function checkFields(body: JsonObject): void {
  onlyKnown(body, topFields, [])
  for (const { message, at } of messagesIn(body)) {
    const known = typeof message.role === 'string' ? messageFields[message.role] : undefined
    if (!known) {
      const what = "Input should be 'system', 'user', 'assistant' or 'tool'"
      throw malformed(['messages', at, 'role'], what, 'union_tag_invalid')
    }
    onlyKnown(message, known, ['messages', at])
  }
  for (const name in choices) {
    const value = body[name]
    const allowed = choices[name] ?? []
    if (value == null || allowed.includes(String(value))) continue
    throw malformed([name], `Input should be one of ${allowed.join(', ')}`, 'enum')
  }
  const { temperature } = body
  if (typeof temperature === 'number' && (temperature < 0 || temperature > hottest)) {
    throw malformed(['temperature'], 'Input should be from 0 to 1.5', 'less_than_equal')
  }
  const { response_format: format } = body
  if (isObject(format) && format.type === 'json_schema' && !isObject(format.json_schema)) {
    throw malformed(['response_format', 'json_schema'], 'Field required', 'missing')
  }
}
