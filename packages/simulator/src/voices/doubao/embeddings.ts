import { imageTokens } from '../../behaviour/image-tokens.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { hash } from '../../random.ts'
import { invalid, missing, numberOf, objectOf, requiredText } from '../openai/fields.ts'
import { bodyOf } from '../openai/replies.ts'
import { wholeReply } from '../openai-family/replies.ts'
import type { Route, Routes } from '../openai-family/vendor.ts'
import { embeddingsRoute } from '../openai-media/embeddings.ts'
import { type MediaNames, mediaModel } from '../openai-media/media-names.ts'
import type { VoiceContext } from '../voice.ts'

/** Endpoints hide which model is behind them. */
export const endpointId = /^ep-[\w-]+$/
const names: MediaNames = [
  [/^doubao-embedding/, 'embed-256'],
  [endpointId, 'embed-256'],
]

function top({ requestId, nowMs }: VoiceContext): JsonObject {
  return { id: requestId, created: Math.floor(nowMs / 1000) }
}

/** What one part adds to the text that stands for all of them, and its tokens if it is no text. */
function readPart(part: Json, at: number): { text: string; imageTokens: number } {
  const param = `input[${at}]`
  if (!isObject(part)) throw invalid(param, 'it must be an object')
  switch (part.type) {
    case 'text':
      return { text: requiredText(part, 'text'), imageTokens: 0 }
    case 'image_url':
    case 'video_url': {
      const url = objectOf(part, part.type)?.url
      if (typeof url !== 'string') throw missing(`${param}.${part.type}.url`)
      const tokens = imageTokens({ url, detail: 'auto', param })
      return { text: `picture${hash(url)}`, imageTokens: tokens }
    }
    default:
      throw invalid(`${param}.type`, 'it must be text, image_url or video_url')
  }
}

/** All of the input becomes one vector, and `data` is no list. */
const multimodal: Route = (request, context) => {
  const { behaviour } = context
  const body = bodyOf(request)
  const name = requiredText(body, 'model')
  const model = mediaModel(name, 'embeddings', behaviour, names)
  if (!Array.isArray(body.input)) throw invalid('input', 'it must be a list of parts')
  if (body.input.length === 0) throw invalid('input', 'it must not be empty')
  const parts = body.input.map(readPart)
  const text = parts.map((part) => part.text).join(' ')
  const dimensions = numberOf(body, 'dimensions', { least: 1, most: 2048, isInteger: true }) ?? 256
  const { vectors, usage } = behaviour.embeddings({ model, inputs: [text], dimensions })
  const ofImages = parts.reduce((sum, part) => sum + part.imageTokens, 0)
  const embedding = [...(vectors[0] ?? [])]
  const isSparse = objectOf(body, 'sparse_embedding')?.type === 'enabled'
  return wholeReply({
    ...top(context),
    model: name,
    object: 'list',
    data: {
      object: 'embedding',
      embedding,
      ...(isSparse ? { sparse_embedding: sparse(embedding) } : {}),
    },
    ...(usage ? { usage: multimodalUsage(usage.input, ofImages) } : {}),
  })
}

function multimodalUsage(textTokens: Json | undefined, imageTokens: number): JsonObject {
  const total = typeof textTokens === 'number' ? textTokens + imageTokens : textTokens
  const details = { text_tokens: textTokens, image_tokens: imageTokens }
  return { prompt_tokens: total, total_tokens: total, prompt_tokens_details: details }
}

function sparse(vector: readonly number[]): JsonObject[] {
  return vector.flatMap((value, index) => (value > 0 ? [{ index, value }] : []))
}

export const embeddingRoutes: Routes = {
  'POST /api/v3/embeddings': embeddingsRoute({ names, top }),
  'POST /api/v3/embeddings/multimodal': multimodal,
}
