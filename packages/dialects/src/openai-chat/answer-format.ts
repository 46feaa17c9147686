// The wish for an answer in JSON, as the target takes it: in a field, in words, or both.

import type { ChatRequest, JsonObject, Quirks } from '@aigne-hub/protocol'
import { inJson, inJsonOf } from '../json-instruction.ts'
import { writeResponseFormat } from './tools.ts'
import type { WriteContext } from './write-context.ts'

export interface WrittenFormat {
  /** `response_format`. */
  format?: JsonObject
  /** Belongs to what the system says. */
  instruction?: string
}

/** Any object, as a schema. */
export const anyObject: JsonObject = {
  type: 'json_schema',
  json_schema: { name: 'any', schema: { type: 'object' } },
}

/** @throws HubError `unsupported_parameter` for a schema where nothing holds the answer to it. */
export function writeAnswerFormat(request: ChatRequest, context: WriteContext): WrittenFormat {
  const { responseFormat: asked } = request
  if (asked === undefined) return {}
  if (asked.type === 'text') return { format: writeResponseFormat(asked) }
  const { quirks } = context.target
  const schema = asked.type === 'jsonSchema' ? asked.schema : undefined
  const instruction = schema === undefined ? inJson : inJsonOf(schema)
  if (isHinderedByTools(request, quirks)) {
    if (schema !== undefined) {
      context.losses.meaning('response_format', undefined, 'response_format together with tools')
    }
    return { instruction }
  }
  if (asked.type === 'jsonSchema' && !quirks.noJsonSchema) {
    return { format: writeResponseFormat(asked) }
  }
  if (quirks.noJsonObject) return quirks.noJsonSchema ? { instruction } : { format: anyObject }
  const format: JsonObject = { type: 'json_object' }
  const needsWords = schema !== undefined || lacksWords(request, quirks)
  return needsWords ? { format, instruction } : { format }
}

export function isHinderedByTools({ tools }: ChatRequest, { noJsonWithTools }: Quirks): boolean {
  return noJsonWithTools === true && tools !== undefined && tools.length > 0
}

/** Whether JSON has to be asked for in words, and nobody has. */
export function lacksWords({ messages }: ChatRequest, { jsonNeedsWords }: Quirks): boolean {
  if (!jsonNeedsWords) return false
  return !messages.some(({ parts }) =>
    parts.some((part) => part.type === 'text' && /json/i.test(part.text)),
  )
}

/** Adds an instruction to what the system says first, in place. */
export function instruct(messages: JsonObject[], instruction: string | undefined): void {
  if (instruction === undefined) return
  const [first] = messages
  if (first?.role !== 'system' && first?.role !== 'developer') {
    messages.unshift({ role: 'system', content: instruction })
  } else if (Array.isArray(first.content)) {
    first.content = [...first.content, { type: 'text', text: instruction }]
  } else first.content = first.content === '' ? instruction : `${first.content}\n\n${instruction}`
}
