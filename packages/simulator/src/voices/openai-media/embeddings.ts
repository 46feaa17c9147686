import type { EmbeddingsOutcome } from '../../behaviour/embeddings.ts'
import type { JsonObject } from '../../json.ts'
import { readEmbeddings, writeEmbeddings } from '../openai/embeddings.ts'
import { bodyOf } from '../openai/replies.ts'
import { wholeReply } from '../openai-family/replies.ts'
import type { Route } from '../openai-family/vendor.ts'
import type { VoiceContext } from '../voice.ts'
import { type MediaNames, withPathModel } from './media-names.ts'

/** What a vendor's embeddings differ in from OpenAI's. */
export interface EmbeddingsStyle {
  names?: MediaNames
  /**
   * The body in OpenAI's terms.
   * @throws Problem for what the vendor refuses and OpenAI does not.
   */
  read?(body: JsonObject): JsonObject
  usage?(usage: NonNullable<EmbeddingsOutcome['usage']>): JsonObject
  /** Beside OpenAI's fields. */
  top?(context: VoiceContext): JsonObject
}

/** Vectors of texts. */
export function embeddingsRoute(style: EmbeddingsStyle = {}): Route {
  return (request, context, paths) => {
    const body = withPathModel(bodyOf(request), paths)
    const { behaviour } = context
    const asked = style.read?.(body) ?? body
    const { question, isBase64 } = readEmbeddings(asked, behaviour, style.names)
    const outcome = behaviour.embeddings(question)
    const model = String(asked.model)
    const written = writeEmbeddings(model, outcome, isBase64)
    const usage = outcome.usage && style.usage?.(outcome.usage)
    return wholeReply({ ...written, ...(usage ? { usage } : {}), ...style.top?.(context) })
  }
}
