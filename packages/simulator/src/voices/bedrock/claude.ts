// Claude by InvokeModel: Anthropic's Messages, with the version in the body, and events in frames.

import type { Answer, ChatOutcome, Question } from '../../behaviour/chat-types.ts'
import type { Behaviour } from '../../behaviour/index.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import type { Step } from '../../reply.ts'
import { type MessageOptions, readMessageRequest } from '../anthropic/message-request.ts'
import { writeMessageStream } from '../anthropic/message-stream.ts'
import type { VoiceContext, VoiceRequest } from '../voice.ts'
import { refused } from './errors.ts'
import { eventFrame } from './event-stream.ts'
import { checkBetas } from './thinking.ts'

const bodyVersion = 'bedrock-2023-05-31'
const headerVersion = '2023-06-01'
/** Models that do not take strict tools here. */
const withoutStrict = /claude-opus-4-[78]/

/** @throws Problem naming the field that cannot be read, or is Anthropic's own alone. */
export function readClaude(
  request: VoiceRequest,
  body: JsonObject,
  { model, id }: { model: string; id: string },
  behaviour: Behaviour,
): { question: Question; options: MessageOptions } {
  const { anthropic_version: version, anthropic_beta: betas, ...rest } = body
  if (version === undefined) throw refused('anthropic_version: Field required')
  if (version !== bodyVersion) throw refused('Invalid API version')
  for (const name of ['model', 'stream']) {
    if (body[name] !== undefined) throw refused(`#: extraneous key [${name}] is not permitted`)
  }
  checkBetas(betas)
  checkTools(body, id)
  const thinks = isObject(rest.thinking) && rest.thinking.type !== 'disabled'
  const asked = { ...rest, model: thinks && model === 'tools' ? 'reason' : model }
  const headers = {
    'anthropic-version': headerVersion,
    ...(betas === undefined ? {} : { 'anthropic-beta': String(betas) }),
  }
  return readMessageRequest({ ...request, headers }, asked, behaviour)
}

function checkTools({ tools }: JsonObject, id: string): void {
  if (!Array.isArray(tools)) return
  const refusedFields = withoutStrict.test(id)
    ? ['eager_input_streaming', 'strict']
    : ['eager_input_streaming']
  tools.forEach((tool, at) => {
    const field = refusedFields.find((name) => isObject(tool) && tool[name] !== undefined)
    if (field === undefined) return
    throw refused(`tools.${at}.custom.${field}: Extra inputs are not permitted`)
  })
}

const msPerToken = 10

/** What was counted, once more at the end. */
function metricsOf({ usage }: ChatOutcome): JsonObject {
  const number = (count: unknown) => (typeof count === 'number' ? count : 0)
  const cached = number(usage?.cached)
  const written = number(usage?.cacheWrite5m) + number(usage?.cacheWrite1h)
  return {
    inputTokenCount: number(usage?.input) - cached - written,
    outputTokenCount: number(usage?.output),
    invocationLatency: number(usage?.output) * msPerToken,
    firstByteLatency: msPerToken,
    ...(cached + written > 0
      ? { cacheReadInputTokenCount: cached, cacheWriteInputTokenCount: written }
      : {}),
  }
}

/** The events of a message, each in a frame: its JSON is base64 in the payload's `bytes`. */
export function writeClaudeStream(
  question: Question,
  answer: Answer,
  outcome: ChatOutcome,
  options: MessageOptions,
  context: VoiceContext,
): Step[] {
  const steps = writeMessageStream(question, answer, outcome, options, context)
  return steps.map((step, at): Step => {
    if (!('send' in step)) return step
    const json = String(step.send).replace(/^event: .*\ndata: /, '')
    const isLast = at === steps.length - 1
    const event = isLast ? withMetrics(JSON.parse(json), outcome) : json.trim()
    return { ...step, send: chunkFrame(event, context.random) }
  })
}

function withMetrics(event: JsonObject, outcome: ChatOutcome): string {
  return JSON.stringify({ ...event, 'amazon-bedrock-invocationMetrics': metricsOf(outcome) })
}

function chunkFrame(json: string, random: Random): Buffer {
  const padding = random.below(2) === 0 ? { p: 'abcdefgh'.slice(0, 1 + random.below(8)) } : {}
  const bytes = Buffer.from(json).toString('base64')
  return eventFrame('chunk', JSON.stringify({ bytes, ...padding }))
}
