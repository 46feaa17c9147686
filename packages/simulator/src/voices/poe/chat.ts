import { lastQuestion } from '../../behaviour/text.ts'
import type { JsonObject } from '../../json.ts'
import { splitTokens } from '../../tokens.ts'
import { linkTo } from '../files.ts'
import { writeUsage } from '../openai/chat-parts.ts'
import { without } from '../openai-family/body.ts'
import type { ChatStyle, Exchange } from '../openai-family/chat-types.ts'
import { VendorProblem } from '../openai-family/errors.ts'
import type { ModelNames } from '../openai-family/model-names.ts'

/** Bots are named as they are shown. */
export const models: ModelNames = {
  special: {
    silent: { persona: 'tools', does: 'Ends its stream without a word where there are tools.' },
    image: { persona: 'chat', does: 'Answers with a link to a picture.' },
    'error-402': { persona: 'chat', does: 'Always 402: there are not enough points.' },
  },
  forms: [
    [/^(GPT-Image|Imagen|FLUX|Seedream|Nano-Banana|Ideogram|StableDiffusion)/i, 'chat'],
    [/^(o\d|.*-(Thinking|Reasoning|R1)$)/, 'reason'],
    [/^(claude|gpt)-/i, 'chat'],
    [/^(Gemini|Grok|Llama|DeepSeek|Qwen|Mistral|Kimi|GLM|Assistant)\b/, 'chat'],
  ],
}

const pictureBots = /^(image$|GPT-Image|Imagen|FLUX|Seedream|Nano-Banana|Ideogram|StableDiffusion)/i
const pictureSide = 1024

/** Nothing is promised for these; the simulator does nothing about them. */
const ignored = [
  'n',
  'seed',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'presence_penalty',
  'frequency_penalty',
  'user',
  'metadata',
  'store',
  'service_tier',
  'response_format',
]

function read(body: JsonObject): JsonObject {
  if (body.model === 'error-402') {
    const message = 'You do not have enough points to use this bot.'
    throw new VendorProblem('quotaExhausted', message, { status: 402 })
  }
  return without(body, ...ignored)
}

function drawPicture(exchange: Exchange): void {
  const { request, context, question, outcome } = exchange
  const prompt = lastQuestion(question.turns)
  const drawn = context.behaviour.images({
    model: 'image',
    prompt,
    width: pictureSide,
    height: pictureSide,
    count: 1,
    quality: 'low',
  })
  const [picture] = drawn.images
  if (!picture) return
  const link = linkTo(picture, 'image/png', request, context)
  outcome.answers = [
    { reasoning: [], text: splitTokens(`![image](${link})`), calls: [], finish: 'stop' },
  ]
  if (outcome.usage) outcome.usage = { input: 0, output: 0, total: 0 }
}

/** What was thought is a quotation in the text. */
function quoteReasoning({ outcome }: Exchange): void {
  for (const answer of outcome.answers) {
    if (answer.reasoning.length === 0) continue
    const thoughts = answer.reasoning.join('').trim().replaceAll('\n', '\n> ')
    answer.text = [...splitTokens(`*Thinking...*\n\n> ${thoughts}\n\n`), ...answer.text]
    answer.reasoning = []
  }
}

function isSilent({ model, question }: Exchange): boolean {
  return model === 'silent' && question.tools.length > 0
}

export const chatStyle: ChatStyle = {
  models,
  read,
  alter(exchange) {
    if (pictureBots.test(exchange.model)) drawPicture(exchange)
    quoteReasoning(exchange)
  },
  id: ({ requestId }) => `poe-${requestId}`,
  reasoning: () => ({}),
  usage: writeUsage,
  usagePlace: 'finish, when asked for',
  calls: 'pieces',
  stream: (chunks, exchange) => (isSilent(exchange) ? chunks.slice(0, 1) : chunks),
  isEnded: (exchange) => !isSilent(exchange),
}
