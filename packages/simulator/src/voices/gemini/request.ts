import type { OfferedTool, Question } from '../../behaviour/chat-types.ts'
import type { Json, JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import type { VoiceContext } from '../voice.ts'
import { readContents, readSystem } from './contents.ts'
import {
  choiceOf,
  fieldNames,
  flagOf,
  invalid,
  listOf,
  messageOf,
  type NumberRule,
  numberOf,
  optionalMessage,
  textOf,
} from './fields.ts'
import type { GoogleHost } from './replies.ts'
import { fromJsonSchema, fromOpenApi } from './schema.ts'
import { readToolConfig, readTools } from './tools.ts'

/** How the answer is to be written. */
export interface ContentOptions {
  includeThoughts: boolean
  /** Calls and the end of an answer are signed. */
  signs: boolean
  /** Undefined: no log-probabilities. Else how many alternatives. */
  topLogprobs: number | undefined
  serviceTier: string
  host: GoogleHost
}

export const requestFields = fieldNames(
  'model contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent serviceTier store continuationToken',
)
export const configFields = fieldNames(
  'stopSequences responseMimeType responseSchema responseJsonSchema responseModalities candidateCount maxOutputTokens temperature topP topK seed presencePenalty frequencyPenalty responseLogprobs logprobs enableEnhancedCivicAnswers speechConfig thinkingConfig imageConfig mediaResolution',
)
const thinkingFields = fieldNames('includeThoughts thinkingBudget thinkingLevel')
export const configPath = 'generationConfig'

const checkedOnly: Readonly<Record<string, NumberRule>> = {
  temperature: { least: 0, most: 2 },
  topP: { least: 0, most: 1 },
  topK: { least: 1, most: Number.MAX_SAFE_INTEGER },
  presencePenalty: { least: -2, most: 2 },
  frequencyPenalty: { least: -2, most: 2 },
}
const tokenRule: NumberRule = { least: 1, most: 2 ** 31 - 1, isInteger: true }
const seedRule: NumberRule = { least: -(2 ** 31), most: 2 ** 31 - 1, isInteger: true }
const choicesRule: NumberRule = { least: 1, most: 8, isInteger: true }
const logprobsRule: NumberRule = { least: 0, most: 20, isInteger: true }
const budgetRule: NumberRule = { least: -1, most: 32_768, isInteger: true }
const mostStops = 5

/**
 * What `:generateContent` takes.
 * @param model as the path names it
 * @throws Problem naming the field that cannot be read.
 */
export function readContentRequest(
  body: Json | undefined,
  model: string,
  { behaviour }: VoiceContext,
  host: GoogleHost = 'gemini',
): { question: Question; options: ContentOptions } {
  const request = messageOf(body, requestFields, '')
  const { persona } = behaviour.model(model, 'chat')
  const signs = persona === 'reason' || persona === 'tools'
  const config = optionalMessage(request.generationConfig, configFields, configPath) ?? {}
  const thinking = readThinking(config.thinkingConfig)
  if (request.cachedContent !== undefined) {
    throw new Problem('forbidden', 'CachedContent not found (or permission denied)')
  }
  const turns = [...readSystem(request.systemInstruction), ...readContents(request.contents, signs)]
  const offered = readToolConfig(request.toolConfig, readTools(request.tools))
  for (const [name, rule] of Object.entries(checkedOnly)) {
    numberOf(config[name], rule, `${configPath}.${name}`)
  }
  const question: Question = {
    model,
    turns,
    ...offered,
    parallelToolCalls: true,
    format: readFormat(config, offered),
    maxTokens: numberOf(config.maxOutputTokens, tokenRule, `${configPath}.maxOutputTokens`),
    stop: readStop(config.stopSequences),
    choices: numberOf(config.candidateCount, choicesRule, `${configPath}.candidateCount`) ?? 1,
    seed: numberOf(config.seed, seedRule, `${configPath}.seed`),
    effort: thinking.effort,
  }
  const options = {
    includeThoughts: thinking.includeThoughts,
    signs,
    topLogprobs: readLogprobs(config),
    serviceTier: readServiceTier(request.serviceTier),
    host,
  }
  return { question, options }
}

const levels = {
  THINKING_LEVEL_UNSPECIFIED: undefined,
  MINIMAL: 'minimal',
  LOW: 'low',
  MEDIUM: 'medium',
  HIGH: 'high',
  XHIGH: 'xhigh',
} as const
const levelNames = Object.keys(levels) as (keyof typeof levels)[]
const lowBudget = 4096
const mediumBudget = 16_384

function readThinking(value: Json | undefined): {
  includeThoughts: boolean
  effort: Question['effort']
} {
  const path = `${configPath}.thinkingConfig`
  const thinking = optionalMessage(value, thinkingFields, path) ?? {}
  const level = choiceOf(thinking.thinkingLevel, levelNames, `${path}.thinkingLevel`)
  const budget = numberOf(thinking.thinkingBudget, budgetRule, `${path}.thinkingBudget`)
  if (level !== undefined && budget !== undefined) {
    throw invalid(path, 'thinking_level and thinking_budget exclude each other')
  }
  return {
    includeThoughts: flagOf(thinking.includeThoughts, `${path}.includeThoughts`),
    effort: level === undefined ? effortOf(budget) : levels[level],
  }
}

/** Some effort that grows with the budget; -1 leaves it to the model. */
function effortOf(budget: number | undefined): Question['effort'] {
  if (budget === undefined || budget < 0) return undefined
  if (budget === 0) return 'none'
  if (budget <= lowBudget) return 'low'
  return budget <= mediumBudget ? 'medium' : 'high'
}

function readStop(value: Json | undefined): string[] {
  const path = `${configPath}.stopSequences`
  const stop = listOf(value, path)
  if (stop.length > mostStops) throw invalid(path, `it takes at most ${mostStops} sequences`)
  return stop.map((sequence, at) => {
    const text = textOf(sequence, `${path}[${at}]`)
    if (text === '') throw invalid(`${path}[${at}]`, 'it must not be empty')
    return text
  })
}

function readFormat(
  { responseMimeType: mimeType = 'text/plain', responseSchema, responseJsonSchema }: JsonObject,
  { tools, toolChoice }: { tools: OfferedTool[]; toolChoice: Question['toolChoice'] },
): Question['format'] {
  const isJson = mimeType === 'application/json'
  if (!isJson && mimeType !== 'text/plain') {
    throw invalid(`${configPath}.responseMimeType`, 'it must be text/plain or application/json')
  }
  const isForced = toolChoice !== 'auto' && toolChoice !== 'none'
  if (isJson && tools.length > 0 && isForced) {
    const message = `Function calling with a response mime type: '${mimeType}' is unsupported`
    throw new Problem('invalidRequest', message)
  }
  if (responseSchema !== undefined && responseJsonSchema !== undefined) {
    throw invalid(configPath, 'response_schema and response_json_schema exclude each other')
  }
  const schema = responseSchema ?? responseJsonSchema
  if (schema === undefined) return { type: isJson ? 'json' : 'text' }
  if (!isJson) {
    throw invalid(`${configPath}.responseMimeType`, 'with a schema it must be application/json')
  }
  const isOpenApi = responseSchema !== undefined
  const param = `${configPath}.${isOpenApi ? 'responseSchema' : 'responseJsonSchema'}`
  const read = isOpenApi ? fromOpenApi(schema, param) : fromJsonSchema(schema, param)
  return { type: 'schema', schema: read, param }
}

function readLogprobs({ responseLogprobs, logprobs }: JsonObject): number | undefined {
  const isAsked = flagOf(responseLogprobs, `${configPath}.responseLogprobs`)
  const top = numberOf(logprobs, logprobsRule, `${configPath}.logprobs`)
  if (top !== undefined && !isAsked) {
    throw invalid(`${configPath}.logprobs`, 'it is only for response_logprobs: true')
  }
  return isAsked ? (top ?? 0) : undefined
}

const tiers = ['UNSPECIFIED', 'STANDARD', 'FLEX', 'PRIORITY'] as const

function readServiceTier(value: Json | undefined): string {
  const tier = choiceOf(value, tiers, 'serviceTier') ?? 'UNSPECIFIED'
  return tier === 'UNSPECIFIED' ? 'standard' : tier.toLowerCase()
}

const countFields = fieldNames('contents generateContentRequest')

/** What `:countTokens` takes. @throws Problem naming the field that cannot be read. */
export function readCountRequest(
  body: Json | undefined,
  model: string,
  context: VoiceContext,
): Question {
  const { contents, generateContentRequest: whole } = messageOf(body, countFields, '')
  if (contents !== undefined && whole !== undefined) {
    throw invalid('contents', 'contents and generate_content_request exclude each other')
  }
  return readContentRequest(whole ?? { contents: contents ?? [] }, model, context).question
}
