import { contextTokens } from '../../behaviour/chat.ts'
import type { ModelRow } from '../../behaviour/models.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { invalid } from './fields.ts'

/** The most that `max_tokens` may be, as with the vendor's current models. */
export const mostOutputTokens = 128_000

/** All models are equally old. */
const createdAt = '2026-09-21T00:00:00Z'

const defaultLimit = 20
const mostLimit = 1000

function wireModel({ id, reasoning }: ModelRow): JsonObject {
  const thinks = reasoning === true
  return {
    type: 'model',
    id,
    display_name: `Simulator ${id}`,
    created_at: createdAt,
    max_input_tokens: contextTokens,
    max_tokens: mostOutputTokens,
    lifecycle: 'active',
    deprecated_at: null,
    retires_at: null,
    capabilities: {
      thinking: {
        supported: thinks,
        types: { adaptive: { supported: thinks }, enabled: { supported: thinks } },
      },
      image_input: { supported: true },
      pdf_input: { supported: true },
      structured_outputs: { supported: true },
    },
  }
}

const answersMessages = ({ operations }: ModelRow) => operations.includes('chat')

/** One page of the models that answer messages. `query` is that of the request. */
export function writeModels(models: readonly ModelRow[], query: string): string {
  const asked = new URLSearchParams(query)
  const limit = limitIn(asked)
  const rows = models.filter(answersMessages)
  const after = asked.get('after_id')
  const before = asked.get('before_id')
  const indexOf = (id: string | null) => rows.findIndex((row) => row.id === id)
  const end = before === null ? rows.length : Math.max(0, indexOf(before))
  const start = before === null ? indexOf(after) + 1 : Math.max(0, end - limit)
  const page = rows.slice(start, Math.min(end, start + limit))
  return JSON.stringify({
    data: page.map(wireModel),
    has_more: before === null ? start + page.length < rows.length : start > 0,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  })
}

function limitIn(asked: URLSearchParams): number {
  const text = asked.get('limit')
  if (text === null) return defaultLimit
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostLimit) return limit
  throw invalid('limit', `Input should be an integer from 1 to ${mostLimit}`)
}

/** @throws Problem `modelNotFound` */
export function writeModel(models: readonly ModelRow[], id: string): string {
  const row = models.find((model) => model.id === id && answersMessages(model))
  if (row) return JSON.stringify(wireModel(row))
  throw new Problem('modelNotFound', `model: ${id}`)
}
