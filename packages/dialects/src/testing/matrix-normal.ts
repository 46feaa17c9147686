// Where two bodies say the same in other words, one form of them. The whole list:
//
// | of                | the same                                                                        |
// |-------------------|---------------------------------------------------------------------------------|
// | any request       | a limit of 4096 tokens, which Anthropic's callers must give, and no limit       |
// | OpenAI, Anthropic | a text as `content`, `system`, `output`, and one part that holds it             |
// | OpenAI, Anthropic | `detail: "auto"`, a tool's `strict: false`, and neither                         |
// | Responses         | `instructions`, and a system message before all others                          |
// | Responses         | `type: "message"`, `annotations: []`, `logprobs: []` of an input item, and none |
// | OpenAI chat       | the empty `content` a stream opens with, and `null` beside a call or a refusal  |
// | Bedrock           | the text of a JSON schema, and another with its members in another order        |
// | any answer        | dates, and counts of 0 in its usage, and none; the id the surface makes up      |
// |                   | where the provider's answers have none (Bedrock, Ollama), and any other id      |
// | Responses         | ids of answers and their items, which the surface makes up (a provider's answer |
// |                   | is not kept there under its own id); the request's fields repeated              |
// | Anthropic         | a cache written for five minutes: in detail, which only the first event can say |
// | Anthropic         | `null` for what an answer does not have, but for `stop_sequence`                |
// | Gemini            | neighbouring texts of one kind, and one text                                    |

import { isJsonObject, type Json, type JsonObject } from '@aigne-hub/protocol'
import type { CallerDialect, ProviderDialect } from './matrix.ts'

const modestLimit = 4096

const objects = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : []

const listed = (text: Json | undefined, type: string): Json | undefined =>
  typeof text === 'string' ? [{ type, text }] : text

/** `fields` without those for which `isVoid` holds. */
function without(
  fields: JsonObject,
  isVoid: (key: string, value: Json | undefined) => boolean,
): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([key, value]) => !isVoid(key, value)))
}

/** `value` with every object in it rewritten, the inner ones first. */
function rewritten(value: Json, rewrite: (fields: JsonObject) => JsonObject): Json {
  if (Array.isArray(value)) return value.map((item) => rewritten(item, rewrite))
  if (!isJsonObject(value)) return value
  const inner: JsonObject = {}
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) inner[key] = rewritten(item, rewrite)
  }
  return rewrite(inner)
}

const isEmpty = (value: Json | undefined) =>
  isJsonObject(value) ? Object.keys(value).length === 0 : Array.isArray(value) && value.length === 0

// ── Requests ────────────────────────────────────────────────────────────────────────────────────

function openAiChat(body: JsonObject): JsonObject {
  const plain = without(
    body,
    (key, value) => /^max_(completion_)?tokens$/.test(key) && value === modestLimit,
  )
  return {
    ...plain,
    messages: objects(plain.messages).map((message) => ({
      ...message,
      content: listed(message.content, 'text'),
    })),
  }
}

function responsesItem(item: JsonObject): JsonObject {
  const bare = without(item, (key, value) => key === 'type' && value === 'message')
  if (typeof bare.output === 'string') return { ...bare, output: listed(bare.output, 'input_text') }
  if (bare.content === undefined) return bare
  const content = listed(bare.content, bare.role === 'assistant' ? 'output_text' : 'input_text')
  return {
    ...bare,
    content: objects(content).map((part) =>
      without(part, (key, value) => /^(annotations|logprobs)$/.test(key) && isEmpty(value)),
    ),
  }
}

function openAiResponses({ instructions, ...body }: JsonObject): JsonObject {
  const plain = without(body, (key, value) => key === 'max_output_tokens' && value === modestLimit)
  const input =
    typeof plain.input === 'string' ? [{ role: 'user', content: plain.input }] : plain.input
  const rules = typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : []
  return { ...plain, input: [...rules, ...objects(input)].map(responsesItem) }
}

function anthropicBlock(block: JsonObject): JsonObject {
  return block.type === 'tool_result' ? { ...block, content: listed(block.content, 'text') } : block
}

function anthropic(body: JsonObject): JsonObject {
  const plain = without(body, (key, value) => key === 'max_tokens' && value === modestLimit)
  return {
    ...plain,
    ...(plain.system !== undefined && { system: listed(plain.system, 'text') }),
    messages: objects(plain.messages).map((message) => ({
      ...message,
      content: objects(listed(message.content, 'text')).map(anthropicBlock),
    })),
  }
}

function gemini(body: JsonObject): JsonObject {
  const { generationConfig: config, ...others } = body
  if (!isJsonObject(config)) return body
  const plain = without(config, (key, value) => key === 'maxOutputTokens' && value === modestLimit)
  return { ...others, ...(!isEmpty(plain) && { generationConfig: plain }) }
}

/** Converse takes a JSON schema as a text. */
function schemaInText({ schema, ...fields }: JsonObject): JsonObject {
  if (typeof schema !== 'string') return { ...fields, ...(schema !== undefined && { schema }) }
  return { ...fields, textOfSchema: JSON.parse(schema) }
}

function bedrockConverse({ inferenceConfig: config, ...body }: JsonObject): JsonObject {
  const plain = isJsonObject(config)
    ? without(config, (key, value) => key === 'maxTokens' && value === modestLimit)
    : {}
  const rest = rewritten(body, (fields) =>
    isJsonObject(fields.jsonSchema)
      ? { ...fields, jsonSchema: schemaInText(fields.jsonSchema) }
      : fields,
  )
  return { ...(isJsonObject(rest) && rest), ...(!isEmpty(plain) && { inferenceConfig: plain }) }
}

function ollama({ options, ...body }: JsonObject): JsonObject {
  const plain = isJsonObject(options)
    ? without(options, (key, value) => key === 'num_predict' && value === modestLimit)
    : {}
  return { ...body, ...(!isEmpty(plain) && { options: plain }) }
}

/** Written `detail: "auto"` and `strict: false` are what their absence means. */
function withoutDefaults(fields: JsonObject): JsonObject {
  return without(
    fields,
    (key, value) =>
      (key === 'detail' && value === 'auto') ||
      (key === 'strict' && value === false && fields.type !== 'function'),
  )
}

const requestForms = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  'anthropic-messages': anthropic,
  gemini,
  'bedrock-converse': bedrockConverse,
  ollama,
} as const satisfies Record<ProviderDialect, (body: JsonObject) => JsonObject>

/** The one form of a request's body, for comparison. */
export function normalRequest(dialect: ProviderDialect, body: Json): Json {
  if (!isJsonObject(body)) return body
  return rewritten(requestForms[dialect](body), withoutDefaults)
}

// ── Answers ─────────────────────────────────────────────────────────────────────────────────────

const dates = new Set(['created', 'created_at', 'completed_at', 'createTime'])
const usages = new Set(['usage', 'usageMetadata'])

/** Fields of a Responses answer that repeat the request, or are for answers that are kept. */
const echoes = new Set([
  'background',
  'conversation',
  'include',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'moderation',
  'parallel_tool_calls',
  'previous_response_id',
  'prompt',
  'prompt_cache_key',
  'prompt_cache_retention',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'store',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'user',
])

function withoutZeros(usage: Json): Json {
  return rewritten(usage, (counts) =>
    without(counts, (_, value) => value === 0 || value === null || isEmpty(value)),
  )
}

function responsesAnswer(answer: JsonObject): JsonObject {
  const output = objects(answer.output).map(({ id: _, ...item }) =>
    item.type === 'message'
      ? {
          ...item,
          content: objects(item.content).map((part) =>
            without(part, (key, value) => key === 'logprobs' && isEmpty(value)),
          ),
        }
      : item,
  )
  return { ...without(answer, (key) => key === 'id' || echoes.has(key)), output }
}

function anthropicAnswer(answer: JsonObject): JsonObject {
  const withoutNull = (fields: JsonObject) =>
    without(fields, (key, value) => value === null && key !== 'stop_sequence')
  const usage = isJsonObject(answer.usage) ? answer.usage : {}
  return {
    ...withoutNull(answer),
    content: objects(answer.content).map(withoutNull),
    usage: without(usage, (key, value) => key === 'cache_creation' && !hasHour(value)),
  }
}

const hasHour = (creation: Json | undefined) =>
  isJsonObject(creation) && creation.ephemeral_1h_input_tokens !== undefined

const isSpoken = (part: JsonObject) =>
  Object.keys(part).every((key) => key === 'text' || key === 'thought') && 'text' in part

/** A text with its proof: in a stream the proof comes with the last piece. */
const isSigned = ({ thoughtSignature: proof, ...part }: JsonObject) =>
  typeof proof === 'string' && isSpoken(part)

/** Neighbouring texts that say nothing else become one. */
function joinedTexts(parts: JsonObject[]): JsonObject[] {
  const joined: JsonObject[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    const continues = isSpoken(part) || isSigned(part)
    if (last && isSpoken(last) && continues && last.thought === part.thought) {
      joined[joined.length - 1] = { ...last, ...part, text: `${last.text}${part.text}` }
    } else joined.push(part)
  }
  return joined.filter((part) => !(isSpoken(part) && part.text === ''))
}

function geminiAnswer(answer: JsonObject): JsonObject {
  const candidates = objects(answer.candidates).map((candidate) =>
    isJsonObject(candidate.content)
      ? {
          ...candidate,
          content: { ...candidate.content, parts: joinedTexts(objects(candidate.content.parts)) },
        }
      : candidate,
  )
  return { ...answer, ...(answer.candidates !== undefined && { candidates }) }
}

const asIs = (answer: JsonObject) => answer

const answerForms = {
  'openai-chat': asIs,
  'openai-responses': responsesAnswer,
  'anthropic-messages': anthropicAnswer,
  gemini: geminiAnswer,
  aigne: asIs,
} as const satisfies Record<CallerDialect, (answer: JsonObject) => JsonObject>

const nameless = new Set<ProviderDialect>(['bedrock-converse', 'ollama'])

const isMadeUpId = (key: string, value: Json | undefined, to: ProviderDialect) =>
  nameless.has(to) && /^(id|responseId)$/.test(key) && typeof value === 'string' && value !== ''

/** The one form of an answer's body, for comparison. */
export function normalAnswer(
  { from, to }: { from: CallerDialect; to: ProviderDialect },
  body: Json,
): Json {
  if (!isJsonObject(body)) return body
  const undated = without(body, (key) => dates.has(key))
  const counted = Object.entries(undated).map(([key, value]) => {
    if (isMadeUpId(key, value, to)) return [key, 'made up']
    return usages.has(key) && value !== undefined ? [key, withoutZeros(value)] : [key, value]
  })
  return answerForms[from](Object.fromEntries(counted))
}
