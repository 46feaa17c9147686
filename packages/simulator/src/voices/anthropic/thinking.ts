import type { Question } from '../../behaviour/chat-types.ts'
import type { JsonObject } from '../../json.ts'
import { choiceIn, invalid, missing, numberIn, objectIn, onlyFields, refused } from './fields.ts'
import { checkStrictSchema } from './schema.ts'

export interface Thinking {
  type: 'disabled' | 'enabled' | 'adaptive' | 'between_tools'
  /** How much, where the caller says so in tokens. */
  budgetTokens: number | undefined
  /** Thoughts are left out: only their signature is told. */
  isOmitted: boolean
}

const types = ['disabled', 'enabled', 'adaptive', 'between_tools'] as const
const budgetRule = { least: 1024, most: Number.MAX_SAFE_INTEGER, isInteger: true }
const openFields = new Set(['type', 'display'])
const fields: Readonly<Record<Thinking['type'], ReadonlySet<string>>> = {
  disabled: new Set(['type']),
  enabled: new Set(['type', 'display', 'budget_tokens']),
  adaptive: openFields,
  between_tools: openFields,
}
const none: Thinking = { type: 'disabled', budgetTokens: undefined, isOmitted: false }

/** @throws Problem naming the field that cannot be read, or that `maxTokens` leaves no room for. */
export function readThinking(body: JsonObject, maxTokens: number | undefined): Thinking {
  if (body.thinking === undefined) return none
  const thinking = objectIn(body.thinking, 'thinking')
  const type = choiceIn(thinking, 'type', types, 'thinking')
  const path = `thinking.${type}`
  onlyFields(thinking, fields[type], path)
  const budgetTokens = numberIn(thinking, 'budget_tokens', budgetRule, path)
  if (type === 'enabled' && budgetTokens === undefined) throw missing(`${path}.budget_tokens`)
  if (budgetTokens !== undefined && maxTokens !== undefined && budgetTokens >= maxTokens) {
    throw refused('`max_tokens` must be greater than `thinking.budget_tokens`.')
  }
  const display =
    thinking.display === undefined
      ? 'summarized'
      : choiceIn(thinking, 'display', ['summarized', 'omitted'], path)
  return { type, budgetTokens, isOmitted: display === 'omitted' }
}

const temperatureRule = { least: 0, most: 1 }
const shareRule = { least: 0, most: 1 }
const countRule = { least: 0, most: Number.MAX_SAFE_INTEGER, isInteger: true }
const leastShareWithThinking = 0.95

/**
 * Checks the sampling parameters, which change nothing here.
 * @throws Problem when one is out of range, or not for requests with thinking.
 */
export function checkSampling(body: JsonObject, { type }: Thinking): void {
  const temperature = numberIn(body, 'temperature', temperatureRule, '')
  const topShare = numberIn(body, 'top_p', shareRule, '')
  const topCount = numberIn(body, 'top_k', countRule, '')
  if (type === 'disabled') return
  const when = 'when `thinking` is enabled'
  if (temperature !== undefined && temperature !== 1) {
    throw refused(`\`temperature\` may only be set to 1 ${when}.`)
  }
  if (topShare !== undefined && topShare < leastShareWithThinking) {
    throw refused(`\`top_p\` must be at least ${leastShareWithThinking} ${when}.`)
  }
  if (topCount !== undefined) throw refused(`\`top_k\` may not be set ${when}.`)
}

const efforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const
const outputFields = new Set(['effort', 'format', 'task_budget'])
const formatFields = new Set(['type', 'schema'])
const schemaPath = 'output_config.format.schema'

export interface OutputConfig {
  effort: (typeof efforts)[number] | undefined
  format: Question['format']
}

/** @throws Problem naming the field that cannot be read. */
export function readOutputConfig(body: JsonObject): OutputConfig {
  if (body.output_config === undefined) return { effort: undefined, format: { type: 'text' } }
  const config = objectIn(body.output_config, 'output_config')
  onlyFields(config, outputFields, 'output_config')
  const hasEffort = config.effort !== undefined && config.effort !== null
  const effort = hasEffort ? choiceIn(config, 'effort', efforts, 'output_config') : undefined
  if (config.format === undefined || config.format === null) {
    return { effort, format: { type: 'text' } }
  }
  const format = objectIn(config.format, 'output_config.format')
  onlyFields(format, formatFields, 'output_config.format')
  choiceIn(format, 'type', ['json_schema'], 'output_config.format')
  const schema = objectIn(format.schema, schemaPath)
  if (Object.keys(schema).length === 0) throw invalid(schemaPath, 'the schema is empty')
  checkStrictSchema(schema, schemaPath)
  return { effort, format: { type: 'schema', schema, param: schemaPath } }
}

/** A budget below the first number is a little, below the second some, else a lot. */
const budgetSteps = [4096, 16_384] as const

/** How hard to think, or `none`. `isAfterTools`: the conversation ends with what tools returned. */
export function effortOf(
  { type, budgetTokens }: Thinking,
  { effort }: OutputConfig,
  isAfterTools: boolean,
): NonNullable<Question['effort']> {
  if (type === 'disabled' || (type === 'between_tools' && !isAfterTools)) return 'none'
  if (effort !== undefined) return effort
  if (budgetTokens === undefined) return 'high'
  if (budgetTokens < budgetSteps[0]) return 'low'
  return budgetTokens < budgetSteps[1] ? 'medium' : 'high'
}
