import type { Usage } from '../../behaviour/chat-types.ts'
import { isObject, type JsonObject } from '../../json.ts'
import { splitTokens } from '../../tokens.ts'
import { without, withParts } from '../openai-family/body.ts'
import type { ChatStyle, Exchange } from '../openai-family/chat-types.ts'
import { VendorProblem } from '../openai-family/errors.ts'
import type { ModelNames } from '../openai-family/model-names.ts'

export const models: ModelNames = {
  special: {
    unparsed: { persona: 'tools', does: 'Leaves its tool calls in the text.' },
  },
  forms: [
    [/gpt-oss/, 'reason'],
    // Whatever is asked of: the model that happens to be loaded answers.
    [/./, 'chat'],
  ],
}

const ignored = [
  'n',
  'logprobs',
  'top_logprobs',
  'user',
  'parallel_tool_calls',
  'service_tier',
  'max_completion_tokens',
]

/** Some errors are only a text. */
function refused(message: string): VendorProblem {
  return new VendorProblem('unsupportedValue', message, {})
}

function read(body: JsonObject): JsonObject {
  const { tool_choice: choice, response_format: format, max_tokens: most } = body
  if (choice != null && typeof choice !== 'string') {
    const what = "Invalid tool_choice type: 'object'. Supported string values: none, auto, required"
    throw refused(what)
  }
  if (isObject(format) && format.type !== 'json_schema' && format.type !== 'text') {
    throw refused("'response_format.type' must be 'json_schema' or 'text'")
  }
  const rest = without(body, ...ignored, ...(most === -1 ? ['max_tokens'] : []))
  return withParts(rest, (part) => {
    const { url } = isObject(part.image_url) ? part.image_url : {}
    if (part.type === 'image_url' && typeof url === 'string' && !url.startsWith('data:')) {
      throw refused("'url' field must be a base64 encoded image.")
    }
    return part
  })
}

/** Calls in the syntax of the model, which nobody has read. */
function leaveUnparsed({ model, outcome }: Exchange): void {
  if (model !== 'unparsed') return
  for (const answer of outcome.answers) {
    if (answer.calls.length === 0) continue
    const texts = answer.calls.map(
      ({ name, input }) =>
        `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${input.join('')}}\n</tool_call>`,
    )
    answer.text = splitTokens(texts.join('\n'))
    answer.calls = []
    answer.finish = 'stop'
  }
}

function writeUsage({ input, output, total, reasoning }: Partial<Usage>): JsonObject {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: total,
    // Missing where nothing was thought.
    ...(reasoning === undefined || reasoning === 0
      ? {}
      : { completion_tokens_details: { reasoning_tokens: reasoning } }),
  }
}

export const chatStyle: ChatStyle = {
  models,
  read,
  alter(exchange) {
    leaveUnparsed(exchange)
    if (!Object.hasOwn(models.special ?? {}, exchange.model) && !/gpt-oss/.test(exchange.model)) {
      exchange.model = exchange.question.model
    }
  },
  callId: (random) => String(100_000_000 + random.below(900_000_000)),
  top: ({ model }) => ({ system_fingerprint: model }),
  reasoning: (text, { model }) =>
    /gpt-oss/.test(model) ? { reasoning: text } : { reasoning_content: text },
  usage: writeUsage,
  usagePlace: 'own chunk, when asked for',
  calls: 'pieces',
  whole: (answer) => ({ ...answer, stats: {} }),
}
