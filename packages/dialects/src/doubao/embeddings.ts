// Embeddings of Doubao's models that see (`POST /embeddings/multimodal`). All that one request holds
// becomes one vector, so each input has a request of its own.

import {
  type EmbeddingsRequest,
  type Exchange,
  type ExchangeDialect,
  isJsonObject,
  type Json,
  type JsonObject,
  readCount,
  type Usage,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readVectors, type TextsToEmbed, textsToEmbed } from '../embeddings-request.ts'
import { readAnswer, readOpenAiError } from '../openai-errors.ts'
import { estimateInputTokens } from '../token-estimate.ts'
import { sumUsage } from '../usage-sum.ts'

function writeRequest(
  text: string,
  { dimensions, dropped }: TextsToEmbed,
  model: string,
): WireRequest {
  const wire: JsonObject = { model, input: [{ type: 'text', text }], dimensions }
  return { path: '/embeddings/multimodal', body: JSON.stringify(wire), dropped }
}

function readUsage({ usage: report }: JsonObject, text: string): Usage {
  const fields = isJsonObject(report) ? report : {}
  const input = readCount(fields.prompt_tokens ?? fields.total_tokens)
  return usageOf(input > 0 ? { input } : { input: estimateInputTokens([text]), estimated: true })
}

function* exchange(request: EmbeddingsRequest, target: WireTarget): Exchange<'embeddings'> {
  const asked = textsToEmbed(request, target, [])
  const { texts } = asked
  const answers = yield {
    do: 'send',
    requests: texts.map((text) => writeRequest(text, asked, target.model)),
  }
  const values: Json[] = []
  const usages: Usage[] = []
  answers.forEach(({ body }, index) => {
    const answer = readAnswer(body, target)
    const { data } = answer
    values.push((isJsonObject(data) ? data.embedding : null) ?? null)
    usages.push(readUsage(answer, texts[index] ?? ''))
  })
  return {
    model: target.model,
    vectors: readVectors(values, target, texts.length),
    usage: sumUsage(usages),
  }
}

/** Texts embedded by models that also embed pictures; their other models speak OpenAI's embeddings. */
export const doubaoEmbeddings: ExchangeDialect<'embeddings'> = {
  id: 'doubao-embeddings',
  operation: 'embeddings',
  exchange,
  readError: readOpenAiError,
}
