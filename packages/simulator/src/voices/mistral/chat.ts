import type { Usage } from '../../behaviour/chat-types.ts'
import { isSignatureOf } from '../../behaviour/signature.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { without, withParts } from '../openai-family/body.ts'
import type { ChatStyle, Exchange } from '../openai-family/chat-types.ts'
import type { ModelNames } from '../openai-family/model-names.ts'
import { checkConversation } from './conversation.ts'
import { malformed, unfit } from './errors.ts'
import { checkFields } from './fields.ts'

export const models: ModelNames = {
  special: {
    older: { persona: 'tools', does: 'Calls without an index; no user right after a tool.' },
    'model-length': { persona: 'chat', does: 'Ends with the reason `model_length`.' },
    'error-finish': { persona: 'chat', does: 'Answers that end with the reason `error`.' },
  },
  forms: [
    [/^(magistral-|mistral-large-4|mistral-medium-4)/, 'reason'],
    [/^(mistral|ministral|open-mi|codestral|devstral|pixtral|voxtral)-/, 'chat'],
  ],
}

/** A part in OpenAI's terms; what was thought is checked and left out. */
function readPart(part: JsonObject, param: string): JsonObject | undefined {
  switch (part.type) {
    case 'thinking':
      checkThinking(part, param)
      return undefined
    case 'reference':
      return undefined
    case 'image_url':
      return typeof part.image_url === 'string'
        ? { ...part, image_url: { url: part.image_url } }
        : part
    case 'document_url':
      return { type: 'file', file: { file_data: part.document_url ?? '' } }
    case 'file':
      return { type: 'file', file: { file_id: part.file_id ?? '' } }
    case 'input_audio':
      return { type: 'input_audio', input_audio: { data: part.input_audio ?? '', format: 'mp3' } }
    default:
      return part
  }
}

function checkThinking({ thinking, signature }: JsonObject, param: string): void {
  if (!Array.isArray(thinking)) {
    throw malformed([param, 'thinking'], 'Input should be a valid list', 'list_type')
  }
  if (typeof signature !== 'string') return
  const text = thinking.map((part) => (isObject(part) ? String(part.text ?? '') : '')).join('')
  if (isSignatureOf(signature, text)) return
  throw unfit(
    `${param}: the signature does not go with the thinking.`,
    'invalid_request_error',
    '3000',
  )
}

/** The text that the answer has to begin with. */
function prefixOf({ messages }: JsonObject): string | undefined {
  const last: Json | undefined = Array.isArray(messages) ? messages.at(-1) : undefined
  if (!isObject(last) || last.prefix !== true) return undefined
  return typeof last.content === 'string' ? last.content : ''
}

function read(body: JsonObject): JsonObject {
  checkFields(body)
  checkConversation(body, body.model === 'older')
  const { random_seed: seed, tool_choice: choice } = body
  const rest = withParts(without(body, 'random_seed', 'tool_choice'), readPart)
  return {
    ...rest,
    ...(seed == null ? {} : { seed }),
    ...(choice == null ? {} : { tool_choice: choice === 'any' ? 'required' : choice }),
  }
}

function alter({ body, outcome }: Exchange): void {
  const prefix = prefixOf(body)
  if (prefix === undefined) return
  for (const answer of outcome.answers) answer.text = [prefix, ...answer.text]
}

function thinkingChunk(text: string, more: JsonObject = {}): JsonObject {
  return { type: 'thinking', thinking: [{ type: 'text', text }], ...more }
}

function writeUsage({ input, output, total, cached, reasoning }: Partial<Usage>): JsonObject {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: total,
    ...(cached === undefined
      ? {}
      : { num_cached_tokens: cached, prompt_tokens_details: { cached_tokens: cached } }),
    ...(reasoning === undefined
      ? {}
      : { completion_tokens_details: { reasoning_tokens: reasoning } }),
  }
}

const finishes: Readonly<Record<string, string>> = {
  'model-length': 'model_length',
  'error-finish': 'error',
}

export const chatStyle: ChatStyle = {
  models,
  read,
  alter,
  id: ({ requestId }) => requestId,
  callId: (random) => random.id(9),
  reasoning: (text) => ({ content: [thinkingChunk(text)] }),
  reasoningEnd: ({ signature }) => ({
    content: [{ type: 'thinking', thinking: [], signature: signature ?? null, closed: true }],
  }),
  message(message, { reasoning, signature, text, calls }) {
    const rest = calls.length > 0 ? {} : { tool_calls: null }
    if (reasoning.length === 0) return { ...message, ...rest, content: message.content ?? '' }
    const thoughts = thinkingChunk(reasoning.join(''), {
      signature: signature ?? null,
      closed: true,
    })
    const said = text.length > 0 ? [{ type: 'text', text: text.join('') }] : []
    return { ...message, ...rest, content: [thoughts, ...said] }
  },
  finish: (_answer, { model }) => finishes[model],
  usage: writeUsage,
  usagePlace: 'finish',
  calls: 'with the finish',
  closing: { content: '' },
  wholeCall: (call, index, { model }) => (model === 'older' ? call : { ...call, index }),
}
