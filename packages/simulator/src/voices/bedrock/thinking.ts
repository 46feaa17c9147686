// How hard to think: each family of models has fields of its own for it, beside Converse's.

import type { Question } from '../../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { refused } from './errors.ts'
import { choiceIn, invalid, listIn, numberIn, objectIn } from './fields.ts'
import type { Family } from './model-ids.ts'

export type Effort = Question['effort']

/** What of a request bears on thinking. */
export interface ThinkingInput {
  family: Family
  /** `additionalModelRequestFields`. */
  more: JsonObject
  inference: JsonObject
  toolChoice: Question['toolChoice']
  /** The conversation ends with what tools returned. */
  isAfterTools: boolean
}

const here = 'additionalModelRequestFields'
const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
const types = ['enabled', 'adaptive', 'disabled', 'between_tools'] as const
const budgetRule = { least: 1024, most: Number.MAX_SAFE_INTEGER, isInteger: true }
/** A budget below the first number is a little, below the second some, else a lot. */
const budgetSteps = [4096, 16_384] as const
const betaFlag = /^[a-z0-9-]+-\d{4}-\d{2}-\d{2}$/

/**
 * The effort that is asked for; undefined = nothing is said.
 * @throws Problem for what the family does not take together.
 */
export function readEffort(input: ThinkingInput): Effort {
  const { family, more } = input
  checkBetas(more.anthropic_beta)
  if (more.thinking !== undefined) return claudeEffort(input)
  if (more.reasoningConfig !== undefined) return novaEffort(input)
  const { reasoning, output_config: output } = more
  const said =
    effortIn(more, 'reasoning_effort') ??
    (isObject(reasoning) ? effortIn(reasoning, 'effort') : undefined) ??
    (isObject(output) ? effortIn(output, 'effort') : undefined)
  // Claude thinks only when it is asked to; the others as they like.
  return family === 'anthropic' ? 'none' : said
}

function effortIn(object: JsonObject, name: string): Effort {
  return object[name] === undefined ? undefined : choiceIn(object, name, efforts, here)
}

/** @throws Problem for what is no list of flags, each with its date. */
export function checkBetas(value: Json | undefined): void {
  if (value === undefined) return
  const flags = listIn(value, `${here}.anthropic_beta`)
  if (flags.every((flag) => typeof flag === 'string' && betaFlag.test(flag))) return
  throw refused('invalid beta flag')
}

function claudeEffort({ more, inference, toolChoice, isAfterTools }: ThinkingInput): Effort {
  const path = `${here}.thinking`
  const thinking = objectIn(more.thinking, path)
  const type = choiceIn(thinking, 'type', types, path)
  if (type === 'disabled' || (type === 'between_tools' && !isAfterTools)) return 'none'
  const { temperature, topP, maxTokens } = inference
  if (temperature !== undefined && temperature !== 1) {
    throw refused('`temperature` may only be set to 1 when thinking is enabled.')
  }
  if (typeof topP === 'number' && topP < 0.95) {
    throw refused('`top_p` must be greater than or equal to 0.95 when thinking is enabled.')
  }
  if (more.top_k !== undefined) throw refused('`top_k` must be unset when thinking is enabled.')
  if (toolChoice !== 'auto') {
    throw refused('Thinking may not be enabled when tool_choice forces tool use.')
  }
  const output = isObject(more.output_config) ? effortIn(more.output_config, 'effort') : undefined
  const budget = numberIn(thinking, 'budget_tokens', budgetRule, path)
  if (type !== 'enabled') return output ?? 'high'
  if (budget === undefined) throw invalid(`${path}.budget_tokens`, 'Field required')
  if (typeof maxTokens === 'number' && budget >= maxTokens) {
    throw refused('`max_tokens` must be greater than `thinking.budget_tokens`.')
  }
  if (output !== undefined) return output
  if (budget < budgetSteps[0]) return 'low'
  return budget < budgetSteps[1] ? 'medium' : 'high'
}

function novaEffort({ more, inference }: ThinkingInput): Effort {
  const path = `${here}.reasoningConfig`
  const config = objectIn(more.reasoningConfig, path)
  if (choiceIn(config, 'type', ['enabled', 'disabled'], path) === 'disabled') return 'none'
  const effort = choiceIn(config, 'maxReasoningEffort', ['low', 'medium', 'high'], path)
  const refusedField = ['maxTokens', 'temperature', 'topP'].find(
    (name) => inference[name] !== undefined,
  )
  if (effort === 'high' && refusedField !== undefined) {
    throw refused(`${refusedField} may not be set when maxReasoningEffort is high.`)
  }
  return effort
}
