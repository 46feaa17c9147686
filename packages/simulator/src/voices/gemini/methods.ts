// What can be asked of a model.

import type { Reply } from '../../reply.ts'
import type { VoiceContext, VoiceRequest } from '../voice.ts'
import { batchEmbed, embed } from './embeddings.ts'
import { drawsPictures, readPictureRequest, writePicture, writePictureStream } from './pictures.ts'
import { bodyOf, type GoogleHost, jsonReply, queryOf, streamReply } from './replies.ts'
import { writeContent } from './reply.ts'
import { readContentRequest, readCountRequest } from './request.ts'
import { writeContentStream } from './stream.ts'
import { promptDetails } from './usage.ts'
import { beginVideo } from './videos.ts'

/**
 * One of the methods of a model.
 * @param model as the path names it
 */
export type Method = (
  request: VoiceRequest,
  model: string,
  context: VoiceContext,
  host: GoogleHost,
) => Reply

const generate: Method = (request, model, context, host) => {
  const body = bodyOf(request)
  if (drawsPictures(body, model, context)) {
    const asked = readPictureRequest(body, model, context, host)
    return jsonReply(
      writePicture(asked, context.behaviour.images(asked.question), context),
      context,
    )
  }
  const { question, options } = readContentRequest(body, model, context, host)
  const outcome = context.behaviour.chat(question)
  const written = writeContent(question, outcome, options, context)
  return jsonReply(written, context, options.serviceTier)
}

const stream: Method = (request, model, context, host) => {
  const body = bodyOf(request)
  const isEvents = queryOf(request).get('alt') === 'sse'
  if (drawsPictures(body, model, context)) {
    const asked = readPictureRequest(body, model, context, host)
    const outcome = context.behaviour.images(asked.question)
    const steps = writePictureStream(asked, outcome, context, isEvents)
    return streamReply(steps, isEvents, context)
  }
  const { question, options } = readContentRequest(body, model, context, host)
  const outcome = context.behaviour.chat(question)
  const steps = writeContentStream(question, outcome, options, context, isEvents)
  return streamReply(steps, isEvents, context, options.serviceTier)
}

const count: Method = (request, model, context) => {
  const question = readCountRequest(bodyOf(request), model, context)
  const totalTokens = context.behaviour.countTokens(question)
  const promptTokensDetails = promptDetails(totalTokens, question)
  return jsonReply(JSON.stringify({ totalTokens, promptTokensDetails }), context)
}

/** The methods that both hosts have. */
export const methods: ReadonlyMap<string, Method> = new Map([
  ['generateContent', generate],
  ['streamGenerateContent', stream],
  ['countTokens', count],
  ['embedContent', embed],
  ['batchEmbedContents', batchEmbed],
  ['predictLongRunning', beginVideo],
])
