import type { Question, Turn } from '../../behaviour/chat-types.ts'
import type { Json, JsonObject } from '../../json.ts'
import { CacheMarks } from './cache-marks.ts'
import { refused } from './errors.ts'
import {
  choiceIn,
  fieldNames,
  invalid,
  listIn,
  numberIn,
  objectIn,
  onlyFields,
  optionalChoice,
  optionalStructure,
  structureIn,
  textIn,
  unionIn,
} from './fields.ts'
import { open, readMessages } from './messages.ts'
import type { ResolvedModel } from './model-ids.ts'
import { readEffort } from './thinking.ts'
import { readToolConfig } from './tools.ts'

/** How the answer is to be written. */
export interface ConverseOptions {
  /** `additionalModelResponseFieldPaths`: JSON pointers. */
  responsePaths: string[]
  /** What is repeated in the answer as it came. */
  echoed: JsonObject
  /** A guardrail answers in place of the model, where the model would refuse. */
  hasGuardrail: boolean
  /** The caller has set cache points. */
  hasCachePoints: boolean
}

const countedFields = fieldNames('messages system toolConfig additionalModelRequestFields')
const fields = new Set([
  ...countedFields,
  ...fieldNames('inferenceConfig outputConfig additionalModelResponseFieldPaths guardrailConfig'),
  ...fieldNames('performanceConfig serviceTier requestMetadata promptVariables'),
])
const inferenceFields = fieldNames('maxTokens temperature topP stopSequences')
const guardrailFields = fieldNames(
  'guardrailIdentifier guardrailVersion trace streamProcessingMode',
)
const unit = { least: 0, most: 1 }
const tokenRule = { least: 1, most: Number.MAX_SAFE_INTEGER, isInteger: true }

/** @throws Problem naming what cannot be read. */
export function readConverse(
  body: JsonObject,
  resolved: ResolvedModel,
): { question: Question; options: ConverseOptions } {
  onlyFields(body, fields, '')
  const inference = readInference(body, resolved)
  const { question, hasCachePoints } = readConversation(body, resolved, inference.settings)
  const output = readOutput(body)
  const guardrail = optionalStructure(body, 'guardrailConfig', guardrailFields, '')
  if (body.guardrailConfig != null) {
    textIn(guardrail, 'guardrailIdentifier', 'guardrailConfig')
    textIn(guardrail, 'guardrailVersion', 'guardrailConfig')
    optionalChoice(guardrail, 'trace', ['enabled', 'disabled', 'enabled_full'], 'guardrailConfig')
    optionalChoice(guardrail, 'streamProcessingMode', ['sync', 'async'], 'guardrailConfig')
  }
  checkMetadata(body)
  return {
    question: {
      ...question,
      maxTokens: inference.maxTokens,
      stop: inference.stop,
      format: output.format,
      effort: output.effort ?? question.effort,
    },
    options: {
      responsePaths: readPaths(body.additionalModelResponseFieldPaths),
      echoed: readEchoed(body),
      hasGuardrail: body.guardrailConfig != null,
      hasCachePoints,
    },
  }
}

/** What `count-tokens` takes of a conversation. @throws Problem naming what cannot be read. */
export function readCounted(body: JsonObject, resolved: ResolvedModel): Question {
  onlyFields(body, countedFields, 'input.converse')
  return readConversation(body, resolved, {}).question
}

function readConversation(
  body: JsonObject,
  { model, family }: ResolvedModel,
  inference: JsonObject,
) {
  const marks = new CacheMarks()
  const { tools, toolChoice } = readToolConfig(body.toolConfig, marks)
  const turns: Turn[] = []
  readSystem(body.system, turns, marks)
  const usesTools = readMessages(body.messages, turns, marks)
  if (usesTools && body.toolConfig == null) {
    throw refused(
      'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
    )
  }
  const { additionalModelRequestFields: given } = body
  const more = given == null ? {} : objectIn(given, 'additionalModelRequestFields')
  const isAfterTools = turns.at(-1)?.role === 'tool'
  const effort = readEffort({ family, more, inference, toolChoice, isAfterTools })
  const summary = marks.summary()
  const question: Question = {
    // Claude that was asked to think is another of the simulator's models.
    model: family === 'anthropic' && effort !== 'none' ? 'reason' : model,
    turns,
    tools,
    toolChoice,
    parallelToolCalls: true,
    format: { type: 'text' },
    maxTokens: undefined,
    stop: [],
    choices: 1,
    seed: undefined,
    effort,
    ...summary,
  }
  return { question, hasCachePoints: marks.count > 0 }
}

const systemMembers = fieldNames('text cachePoint guardContent')

function readSystem(value: Json | undefined, turns: Turn[], marks: CacheMarks): void {
  if (value == null) return
  const texts: string[] = []
  listIn(value, 'system').forEach((entry, at) => {
    const path = `system.${at}`
    const block = unionIn(entry, systemMembers, path)
    if (block.member === 'cachePoint') marks.take(block.value, 1, `${path}.cachePoint`)
    if (block.member !== 'text') return
    const text = textIn({ text: block.value }, 'text', path)
    if (text.trim() === '') {
      throw refused(
        `The text field in the SystemContentBlock object at ${path} is blank. Add text to the text field, and try again.`,
      )
    }
    texts.push(text)
  })
  if (texts.length > 0) open('system', turns).text = texts.join('\n')
}

function readInference(body: JsonObject, { family }: ResolvedModel) {
  const path = 'inferenceConfig'
  const settings = optionalStructure(body, path, inferenceFields, '')
  numberIn(settings, 'temperature', unit, path)
  numberIn(settings, 'topP', unit, path)
  const stop = readStop(settings.stopSequences)
  if (stop.length > 0 && family === 'openai') {
    throw refused('The model does not support the stopSequences field. Remove it and try again.')
  }
  return { settings, stop, maxTokens: numberIn(settings, 'maxTokens', tokenRule, path) }
}

function readStop(value: Json | undefined): string[] {
  if (value == null) return []
  return listIn(value, 'inferenceConfig.stopSequences').map((sequence, at) => {
    if (typeof sequence === 'string' && sequence.trim() !== '') return sequence
    throw invalid(`inferenceConfig.stopSequences.${at}`, 'it must be a text, and not blank')
  })
}

const outputFields = fieldNames('textFormat effort')
const formatFields = fieldNames('type structure')
const structureMembers = fieldNames('jsonSchema')
const schemaFields = fieldNames('schema name description')
const efforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const

function readOutput(body: JsonObject): Pick<Question, 'format' | 'effort'> {
  const output = optionalStructure(body, 'outputConfig', outputFields, '')
  const effort = optionalChoice(output, 'effort', efforts, 'outputConfig')
  if (output.textFormat == null) return { format: { type: 'text' }, effort }
  const path = 'outputConfig.textFormat'
  const format = structureIn(output.textFormat, formatFields, path)
  choiceIn(format, 'type', ['json_schema'], path)
  const { value } = unionIn(format.structure, structureMembers, `${path}.structure`)
  const param = `${path}.structure.jsonSchema`
  const text = textIn(structureIn(value, schemaFields, param), 'schema', param)
  return { format: { type: 'schema', schema: schemaIn(text, `${param}.schema`), param }, effort }
}

/** Schemas come as text. */
function schemaIn(text: string, path: string): JsonObject {
  try {
    return objectIn(JSON.parse(text), path)
  } catch {
    throw invalid(path, 'it must be a JSON schema, as a text')
  }
}

function readPaths(value: Json | undefined): string[] {
  if (value == null) return []
  const path = 'additionalModelResponseFieldPaths'
  return listIn(value, path).map((pointer, at) => {
    if (typeof pointer === 'string' && /^\/[^/]/.test(pointer)) return pointer
    throw invalid(`${path}.${at}`, 'it must be a JSON pointer')
  })
}

const tierFields = fieldNames('type')
const performanceFields = fieldNames('latency')

function readEchoed(body: JsonObject): JsonObject {
  const echoed: JsonObject = {}
  if (body.performanceConfig != null) {
    const config = optionalStructure(body, 'performanceConfig', performanceFields, '')
    optionalChoice(config, 'latency', ['standard', 'optimized'], 'performanceConfig')
    echoed.performanceConfig = config
  }
  if (body.serviceTier != null) {
    const tier = optionalStructure(body, 'serviceTier', tierFields, '')
    choiceIn(tier, 'type', ['default', 'flex', 'priority', 'reserved'], 'serviceTier')
    echoed.serviceTier = tier
  }
  return echoed
}

function checkMetadata({ requestMetadata }: JsonObject): void {
  if (requestMetadata == null) return
  const metadata = objectIn(requestMetadata, 'requestMetadata')
  for (const name in metadata) textIn(metadata, name, 'requestMetadata')
}
