import type { EmbeddingsOutcome, EmbeddingsQuestion } from '../../behaviour/embeddings.ts'
import { embeddingTokens } from '../../behaviour/embeddings.ts'
import type { Behaviour } from '../../behaviour/index.ts'
import type { Json, JsonObject } from '../../json.ts'
import { flagOf, integerOf, mistyped, objectOf, refused, textOf } from './fields.ts'
import { modelNamed } from './models.ts'

const fullDimensions = 256
const contextLength = 8192
const loadNs = 2_000_000
const tokenNs = 100_000

/** @throws Problem naming what cannot be read. */
export function readEmbed(body: JsonObject, behaviour: Behaviour): EmbeddingsQuestion {
  const { row } = modelNamed(textOf(body.model, 'EmbedRequest.model'), 'embeddings', behaviour)
  const inputs = inputsOf(body.input)
  const isTooLong = inputs.some((input) => embeddingTokens(input) > contextLength)
  if (isTooLong && flagOf(body.truncate, 'EmbedRequest.truncate') === false) {
    throw refused('the input length exceeds the context length', 'input')
  }
  objectOf(body.options, 'EmbedRequest.options')
  const dimensions = integerOf(body.dimensions, 'EmbedRequest.dimensions') ?? fullDimensions
  if (dimensions < 1 || dimensions > fullDimensions) {
    throw refused(`dimensions must be between 1 and ${fullDimensions}`, 'dimensions')
  }
  return { model: row.id, inputs, dimensions }
}

function inputsOf(value: Json | undefined): string[] {
  if (value === undefined || value === null) return []
  const inputs = [value].flat()
  return inputs.map((input) => {
    if (typeof input === 'string') return input
    throw mistyped(input, 'EmbedRequest.input', 'string')
  })
}

/** @param name the model as the caller named it */
export function writeEmbed({ vectors, usage }: EmbeddingsOutcome, name: string): string {
  const count = usage?.input
  const spentNs = typeof count === 'number' ? Math.max(0, count) * tokenNs : 0
  return JSON.stringify({
    model: name,
    embeddings: vectors.map((vector) => [...vector]),
    total_duration: loadNs + spentNs,
    load_duration: loadNs,
    ...(count === undefined || count === 0 ? {} : { prompt_eval_count: count }),
  })
}
