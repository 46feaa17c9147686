import { isObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { type EmbeddingAsked, embedAll, readEmbeddingConfig } from '../gemini/embeddings.ts'
import {
  fieldNames,
  invalid,
  listOf,
  messageOf,
  optionalMessage,
  textOf,
} from '../gemini/fields.ts'
import type { Method } from '../gemini/methods.ts'
import { bodyOf, jsonReply } from '../gemini/replies.ts'

const bodyFields = fieldNames('instances parameters')
const instanceFields = fieldNames('content taskType title mimeType')
const parameterFields = fieldNames('outputDimensionality autoTruncate')
const mostInstances = 250
/** The model that takes one text at a time. */
const singleModel = 'gemini-embedding-001'

/** Embeddings of the older models. */
export const predict: Method = (request, name, context) => {
  const { instances, parameters } = messageOf(bodyOf(request), bodyFields, '')
  const asked = optionalMessage(parameters, parameterFields, 'parameters') ?? {}
  const list = listOf(instances, 'instances')
  const most = name === singleModel ? 1 : mostInstances
  if (list.length === 0 || list.length > most) {
    const message = `The number of instances in a batch must be from 1 to ${most}, but got ${list.length}.`
    throw new Problem('invalidRequest', message)
  }
  const dimensions = readEmbeddingConfig(asked, name, 'parameters.')
  const texts = list.map((one, at): EmbeddingAsked => {
    const path = `instances[${at}]`
    if (!isObject(one)) throw invalid(path, 'it must be an object')
    const instance = messageOf(one, instanceFields, path)
    readEmbeddingConfig({ taskType: instance.taskType }, name, `${path}.`)
    return { text: textOf(instance.content, `${path}.content`), dimensions }
  })
  // Every text is counted by itself, so each is asked for by itself.
  const predictions = texts.map((one) => {
    const { vectors, usage } = embedAll([one], name, context)
    const statistics = usage ? { statistics: { truncated: false, token_count: usage.input } } : {}
    return { embeddings: { values: vectors[0] ?? [], ...statistics } }
  })
  const billableCharacterCount = texts.reduce((sum, { text }) => sum + text.length, 0)
  return jsonReply(JSON.stringify({ predictions, metadata: { billableCharacterCount } }), context)
}
