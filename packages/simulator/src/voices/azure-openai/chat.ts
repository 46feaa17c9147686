import { isObject, type Json, type JsonObject } from '../../json.ts'
import { without } from '../openai-family/body.ts'
import type { AskedChat, ChatStyle, Chunk, Exchange } from '../openai-family/chat-types.ts'
import type { ModelNames } from '../openai-family/model-names.ts'
import { blockedPrompt, filterResults, promptFilterResults } from './content-filter.ts'
import { checkVersion } from './versions.ts'

/** Names of deployments: the simulator's own models, and what is called as OpenAI's. */
export const models: ModelNames = {
  special: {
    filtered: { persona: 'chat', does: 'Always 400: the content filter stops the prompt.' },
    'filtered-answer': { persona: 'chat', does: 'Answers that the content filter cuts off.' },
    'async-filter': { persona: 'chat', does: 'Filter results after the text they are about.' },
  },
  forms: [
    [/^o\d/, 'reason'],
    [/^gpt-/, 'chat'],
  ],
}

/** The model behind every deployment: answers name it, not the deployment. */
const baseModel = 'gpt-5.5-2026-04-23'

function read(body: JsonObject, { request, names }: AskedChat): JsonObject {
  const { deployment } = names
  checkVersion(request, deployment !== undefined, body.stream_options != null)
  const model = deployment ?? body.model
  if (model === 'filtered') throw blockedPrompt()
  return model === undefined ? body : { ...body, model }
}

function alter(exchange: Exchange): void {
  if (exchange.model === 'filtered-answer') {
    for (const answer of exchange.outcome.answers) answer.text = answer.text.slice(0, 3)
  }
}

const isCut = ({ model }: Exchange) => model === 'filtered-answer'

function choicesIn(choices: Json | undefined): JsonObject[] {
  return Array.isArray(choices) ? choices.filter(isObject) : []
}

/** One without choices before everything else; what it is about has no name yet. */
function promptChunk(): Chunk {
  const json = {
    id: '',
    object: '',
    created: 0,
    model: '',
    choices: [],
    prompt_filter_results: promptFilterResults(),
  }
  return { json, tokens: 0 }
}

/** Results that come late have no delta, only places in the text. */
function lateResults({ json }: Chunk, index: number, end: number): Chunk {
  const choice = {
    index,
    finish_reason: null,
    content_filter_results: filterResults(),
    content_filter_offsets: { check_offset: 0, start_offset: 0, end_offset: end },
  }
  return { json: { ...json, choices: [choice] }, tokens: 0 }
}

function addFilters(chunks: Chunk[], exchange: Exchange): Chunk[] {
  const isLate = exchange.model === 'async-filter'
  const filtered: Chunk[] = [promptChunk()]
  for (const chunk of chunks) {
    const choices = choicesIn(chunk.json.choices)
    for (const choice of choices) {
      const hasText = isObject(choice.delta) && Boolean(choice.delta.content)
      const isOver = choice.finish_reason !== null
      const found = isOver && isCut(exchange) ? filterResults('violence') : filterResults()
      choice.content_filter_results =
        !isLate && (hasText || (isOver && isCut(exchange))) ? found : {}
      if (isOver && isLate) {
        const index = Number(choice.index)
        const text = exchange.outcome.answers[index]?.text.join('') ?? ''
        filtered.push(lateResults(chunk, index, text.length))
      }
    }
    filtered.push(chunk)
  }
  return filtered
}

export const chatStyle: ChatStyle = {
  models,
  read,
  alter,
  needsJsonWord: true,
  hasRefusals: true,
  top: () => ({ model: baseModel, system_fingerprint: 'fp_simulator' }),
  reasoning: (text) => ({ reasoning_content: text }),
  finish: (_answer, exchange) => (isCut(exchange) ? 'content_filter' : undefined),
  message: (message, _answer, exchange) =>
    isCut(exchange) ? without(message, 'content') : message,
  usagePlace: 'own chunk, when asked for',
  hasNullUsage: true,
  calls: 'pieces',
  whole(answer, exchange) {
    for (const choice of choicesIn(answer.choices)) {
      choice.content_filter_results = filterResults(isCut(exchange) ? 'violence' : undefined)
    }
    return { ...answer, prompt_filter_results: promptFilterResults() }
  },
  stream: addFilters,
}
