// References to items of earlier answers, which callers send in the place of the items themselves.

import {
  isJsonObject,
  type Json,
  type JsonBody,
  type JsonObject,
  jsonBody,
} from '@aigne-hub/protocol'
import { answerIdOf } from './surface-items.ts'

const none: readonly string[] = []

/** An item of the input that only names another; nothing but its id need be there. */
export function isReference({ type = null, role, id }: JsonObject): boolean {
  return type === null ? role === undefined && Boolean(id) : type === 'item_reference'
}

function referenceId(item: Json): string | undefined {
  if (!isJsonObject(item) || !isReference(item)) return undefined
  return typeof item.id === 'string' ? item.id : undefined
}

/** The ids of our own answers that the input refers to items of, each once. */
export function referredTo({ value: { input } }: JsonBody): readonly string[] {
  if (!Array.isArray(input)) return none
  let answers: Set<string> | undefined
  for (const item of input) {
    const id = referenceId(item)
    const answer = id === undefined ? undefined : answerIdOf(id)
    if (answer === undefined) continue
    answers ??= new Set()
    answers.add(answer)
  }
  return answers === undefined ? none : [...answers]
}

/**
 * The body with the items it refers to in the place of the references, as far as they are in `answers`.
 * @param answers bodies of whole answers, as `writeResponse` gave them.
 */
export function dereference(body: JsonBody, answers: readonly string[]): JsonBody {
  const { input } = body.value
  if (!Array.isArray(input)) return body
  const items = new Map<string, Json>()
  for (const answer of answers) {
    const { output } = JSON.parse(answer) as { output: JsonObject[] }
    for (const item of output) if (typeof item.id === 'string') items.set(item.id, item)
  }
  const whole = input.map((item) => items.get(referenceId(item) ?? '') ?? item)
  return jsonBody({ ...body.value, input: whole })
}
