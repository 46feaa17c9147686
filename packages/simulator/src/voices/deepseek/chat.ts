import type { Question, Usage } from '../../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { invalid } from '../openai/fields.ts'
import { callsTools, messagesIn, without, withParts } from '../openai-family/body.ts'
import type { AskedChat, ChatStyle, Exchange } from '../openai-family/chat-types.ts'
import { countWithout } from '../openai-family/counts.ts'
import { VendorProblem } from '../openai-family/errors.ts'
import { type ModelNames, thinks } from '../openai-family/model-names.ts'

export const models: ModelNames = {
  special: {
    busy: { persona: 'chat', does: 'Ends with the reason `insufficient_system_resource`.' },
    empty: { persona: 'chat', does: 'Says nothing, and that it is done.' },
    'error-402': { persona: 'chat', does: 'Always 402: the balance is used up.' },
  },
  forms: [[/^deepseek-/, 'reason']],
}

/** What the server makes of efforts that are not its own. */
const efforts: Readonly<Record<string, string>> = {
  minimal: 'low',
  low: 'low',
  medium: 'high',
  high: 'high',
  xhigh: 'high',
  max: 'max',
  ultra: 'max',
}
const mostStops = 16
const userId = /^[A-Za-z0-9_-]{1,512}$/
const ignored = [
  'n',
  'seed',
  'top_k',
  'logit_bias',
  'parallel_tool_calls',
  'metadata',
  'max_completion_tokens',
  'stop',
]

/** Whether the model thinks, which it does unless it is told not to. */
function isThinking({ model, thinking }: JsonObject, { behaviour }: AskedChat): boolean {
  if (isObject(thinking) && thinking.type === 'disabled') return false
  return thinks(model, models, behaviour)
}

function checkMessages(body: JsonObject, isThinker: boolean): void {
  for (const { message, at } of messagesIn(body)) {
    const param = `messages[${at}]`
    if (message.role === 'developer') {
      throw invalid(`${param}.role`, 'unknown variant `developer`')
    }
    if (message.role === 'tool' && typeof message.content !== 'string') {
      throw invalid(`${param}.content`, 'it must be a text')
    }
    if (!isThinker || !callsTools(message)) continue
    if (typeof message.reasoning_content === 'string') continue
    const what = 'Missing `reasoning_content` field in the assistant message'
    throw new Problem('invalidRequest', `${what} at message index ${at}.`, param)
  }
}

function readEffort(effort: Json | undefined): string | undefined {
  if (effort === undefined || effort === null) return undefined
  const known = typeof effort === 'string' ? efforts[effort] : undefined
  if (known === undefined) throw invalid('reasoning_effort', 'there is no such effort')
  return known
}

function read(body: JsonObject, asked: AskedChat): JsonObject {
  if (body.model === 'error-402') {
    throw new VendorProblem('quotaExhausted', 'Insufficient Balance', { status: 402 })
  }
  checkMessages(body, isThinking(body, asked))
  const format = body.response_format
  if (isObject(format) && format.type === 'json_schema') {
    throw invalid('response_format', 'this response_format type is unavailable now')
  }
  if (body.user_id != null && !userId.test(String(body.user_id))) {
    throw invalid('user_id', 'it must be up to 512 of A-Z, a-z, 0-9, _ and -')
  }
  const { type } = isObject(body.thinking) ? body.thinking : { type: 'enabled' }
  if (type !== 'enabled' && type !== 'disabled') {
    throw invalid('thinking.type', 'it must be enabled or disabled')
  }
  const effort = readEffort(body.reasoning_effort) ?? 'high'
  const rest = withParts(without(body, ...ignored), (part) =>
    part.type === 'file' && typeof part.file_id === 'string'
      ? { type: 'file', file: { file_id: part.file_id } }
      : part,
  )
  return { ...rest, reasoning_effort: type === 'disabled' ? 'none' : effort }
}

/** More stop sequences than OpenAI takes. */
function ask(question: Question, { stop }: JsonObject): void {
  const given = stop === undefined || stop === null ? [] : [stop].flat()
  if (given.length > mostStops) throw invalid('stop', `it takes at most ${mostStops} sequences`)
  question.stop = given.map((one) => {
    if (typeof one === 'string' && one !== '') return one
    throw invalid('stop', 'it must be a text or an array of texts')
  })
}

function alter({ model, outcome }: Exchange): void {
  if (model !== 'empty') return
  for (const answer of outcome.answers) answer.text = []
}

function writeUsage({ input, output, total, cached, reasoning }: Partial<Usage>): JsonObject {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: total,
    ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
    ...(reasoning === undefined
      ? {}
      : { completion_tokens_details: { reasoning_tokens: reasoning } }),
    ...(cached === undefined
      ? {}
      : {
          prompt_cache_hit_tokens: cached,
          prompt_cache_miss_tokens: countWithout(input, cached),
        }),
  }
}

export const chatStyle: ChatStyle = {
  models,
  read,
  ask,
  alter,
  needsJsonWord: true,
  id: ({ requestId }) => requestId,
  top: () => ({ system_fingerprint: 'fp_simulator' }),
  opening: ({ reasoning }) =>
    reasoning.length > 0
      ? { role: 'assistant', content: null, reasoning_content: '' }
      : { role: 'assistant', content: '' },
  reasoning: (text) => ({ content: null, reasoning_content: text }),
  text: (token) => ({ content: token, reasoning_content: null }),
  closing: { content: '', reasoning_content: null },
  message: (message, { reasoning, text }) =>
    reasoning.length > 0 ? { ...message, content: text.join('') } : message,
  finish: (_answer, { model }) => (model === 'busy' ? 'insufficient_system_resource' : undefined),
  usage: writeUsage,
  usagePlace: 'finish',
  calls: 'pieces',
  beforeEvents: ': keep-alive\n\n',
  beforeBody: '\n\n\n',
}
