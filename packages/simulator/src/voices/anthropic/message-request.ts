import type { Question, Turn } from '../../behaviour/chat-types.ts'
import type { Behaviour } from '../../behaviour/index.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { VoiceRequest } from '../voice.ts'
import { CacheMarks } from './cache-marks.ts'
import {
  choiceIn,
  flagIn,
  invalid,
  listIn,
  missing,
  numberIn,
  objectIn,
  onlyFields,
  refused,
  textIn,
} from './fields.ts'
import { readMessages } from './messages.ts'
import { mostOutputTokens } from './models.ts'
import {
  checkSampling,
  effortOf,
  readOutputConfig,
  readThinking,
  type Thinking,
} from './thinking.ts'
import { readToolChoice, readTools } from './tools.ts'
import { checkText, checkThoughtsReplayed, emptyTurn, TurnReader } from './turns.ts'
import { type ApiVersion, versionOf } from './version.ts'

/** How the answer is to be written. */
export interface MessageOptions {
  stream: boolean
  thinking: Thinking
}

const countedFields = [
  'model',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'cache_control',
]
const classicFields = [
  ...countedFields,
  'max_tokens',
  'stop_sequences',
  'stream',
  'metadata',
  'service_tier',
  'inference_geo',
  'container',
]
const samplingFields = ['temperature', 'top_p', 'top_k']
/** Only for requests that name a beta. */
const betaFields = ['context_management', 'mcp_servers', 'speed', 'fallbacks']

const allowedIn = {
  count: allowed(countedFields),
  '2023-06-01': allowed([...classicFields, ...samplingFields]),
  '2026-10-21': allowed(classicFields),
}

function allowed(fields: readonly string[]) {
  return { plain: new Set(fields), beta: new Set([...fields, ...betaFields]) }
}

const tokenRule = { least: 0, most: mostOutputTokens, isInteger: true }

/** A request for an answer. @throws Problem naming the field that cannot be read. */
export function readMessageRequest(
  request: VoiceRequest,
  body: JsonObject,
  behaviour: Behaviour,
): { question: Question; options: MessageOptions } {
  const version = versionOf(request.headers)
  checkFields(request, body, version)
  const model = textIn(body, 'model', '')
  if (body.max_tokens === undefined) throw missing('max_tokens')
  const maxTokens = numberIn(body, 'max_tokens', tokenRule, '')
  const thinking = readThinking(body, maxTokens)
  checkSampling(body, thinking)
  const question: Question = {
    ...readQuestion(body, version, thinking, behaviour),
    model,
    maxTokens,
    stop: readStop(body.stop_sequences),
  }
  readSettings(body)
  return { question, options: { stream: flagIn(body, 'stream', ''), thinking } }
}

/** A request to count its tokens. @throws Problem naming the field that cannot be read. */
export function readCountRequest(
  request: VoiceRequest,
  body: JsonObject,
  behaviour: Behaviour,
): Question {
  const version = versionOf(request.headers)
  checkFields(request, body, 'count')
  textIn(body, 'model', '')
  return readQuestion(body, version, readThinking(body, undefined), behaviour)
}

function checkFields({ headers }: VoiceRequest, body: JsonObject, kind: keyof typeof allowedIn) {
  const { plain, beta } = allowedIn[kind]
  onlyFields(body, headers['anthropic-beta'] === undefined ? plain : beta, '')
}

/** What counting and answering have in common. */
function readQuestion(
  body: JsonObject,
  version: ApiVersion,
  thinking: Thinking,
  behaviour: Behaviour,
): Question {
  const model = textIn(body, 'model', '')
  const marks = new CacheMarks()
  const tools = readTools(body.tools, marks)
  const choice = readToolChoice(body, tools)
  if (thinking.type === 'enabled' && choice.toolChoice !== 'auto' && choice.toolChoice !== 'none') {
    throw refused('Thinking may not be enabled when tool_choice forces tool use.')
  }
  const output = readOutputConfig(body)
  const turns: Turn[] = []
  readSystem(body.system, turns, marks)
  const messages = readMessages(body.messages)
  const reader = new TurnReader(turns, marks, version)
  for (const message of messages) reader.read(message)
  const thinks = behaviour.models.some(({ id, reasoning }) => id === model && reasoning)
  if (thinking.type === 'enabled' && thinks) checkThoughtsReplayed(messages)
  marks.take(body, turns.length, '')
  return {
    model,
    turns,
    tools,
    ...choice,
    format: output.format,
    maxTokens: undefined,
    stop: [],
    choices: 1,
    seed: undefined,
    effort: effortOf(thinking, output, turns.at(-1)?.role === 'tool'),
    ...marks.summary(),
  }
}

const systemFields = new Set(['type', 'text', 'cache_control', 'citations'])

function readSystem(value: Json | undefined, turns: Turn[], marks: CacheMarks): void {
  if (value === undefined || value === '') return
  const turn = emptyTurn('system')
  if (typeof value === 'string') {
    turn.text = value
    turns.push(turn)
    return
  }
  const blocks = listIn(value, 'system')
  if (blocks.length === 0) return
  turns.push(turn)
  const texts = blocks.map((entry, at) => {
    const path = `system.${at}`
    const block = objectIn(entry, path)
    choiceIn(block, 'type', ['text'], path)
    onlyFields(block, systemFields, path)
    const text = textIn(block, 'text', path)
    checkText(text, 'system')
    marks.take(block, turns.length, path)
    return text
  })
  turn.text = texts.join('\n')
}

function readStop(value: Json | undefined): string[] {
  if (value === undefined || value === null) return []
  return listIn(value, 'stop_sequences').map((sequence, at) => {
    if (typeof sequence !== 'string') {
      throw invalid(`stop_sequences.${at}`, 'Input should be a valid string')
    }
    if (sequence.trim() === '') {
      throw invalid('stop_sequences', 'each stop sequence must contain non-whitespace')
    }
    return sequence
  })
}

const metadataFields = new Set(['user_id'])

/** What changes nothing here and is checked all the same. */
function readSettings(body: JsonObject): void {
  if (body.service_tier !== undefined && body.service_tier !== null) {
    choiceIn(body, 'service_tier', ['auto', 'standard_only'], '')
  }
  if (body.metadata === undefined || body.metadata === null) return
  const metadata = objectIn(body.metadata, 'metadata')
  onlyFields(metadata, metadataFields, 'metadata')
  if (metadata.user_id != null) textIn(metadata, 'user_id', 'metadata')
}
