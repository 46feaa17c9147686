// Amazon Bedrock: its runtime and the two lists of its control plane. Sources: the types of the npm
// packages `@aws-sdk/client-bedrock-runtime` and `@aws-sdk/client-bedrock` 3.1162, the API reference of
// docs.aws.amazon.com/bedrock.

import { createHash } from 'node:crypto'
import type { Answer, ChatOutcome, Question } from '../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { Problem } from '../problem.ts'
import type { Header, Reply } from '../reply.ts'
import { writeMessage } from './anthropic/message-reply.ts'
import { readClaude, writeClaudeStream } from './bedrock/claude.ts'
import { writeConverse } from './bedrock/converse-reply.ts'
import { readConverse, readCounted } from './bedrock/converse-request.ts'
import { writeConverseStream } from './bedrock/converse-stream.ts'
import { embeddingsFormatOf } from './bedrock/embeddings.ts'
import { exceptionOf, refused, streamExceptionOf } from './bedrock/errors.ts'
import { exceptionFrame } from './bedrock/event-stream.ts'
import { bytesIn, fieldNames, structureIn, unionIn } from './bedrock/fields.ts'
import { drawsImages, readImages, writeImages } from './bedrock/images.ts'
import { writeFoundationModels, writeInferenceProfiles } from './bedrock/lists.ts'
import { open } from './bedrock/messages.ts'
import { resolveModel } from './bedrock/model-ids.ts'
import { checkSignature, readSigned } from './bedrock/signature.ts'
import { bearerKey, httpDate } from './openai/replies.ts'
import type { Voice, VoiceContext, VoiceRequest } from './voice.ts'

const jsonType: Header = ['content-type', 'application/json']
const streamType: Header = ['content-type', 'application/vnd.amazon.eventstream']

/** The secret of an access key id: whoever signs has to know it. */
const secretOf = (accessKeyId: string) => `secret-of-${accessKeyId}`

function headersOf(type: Header, { requestId, nowMs }: VoiceContext): Header[] {
  return [type, ['date', httpDate(nowMs)], ['x-amzn-requestid', uuidOf(requestId)]]
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}

function jsonReply(body: string, context: VoiceContext, more: readonly Header[] = []): Reply {
  return {
    status: 200,
    headers: [...headersOf(jsonType, context), ...more],
    streamed: false,
    steps: [{ send: body }],
  }
}

function bodyOf({ body }: VoiceRequest): JsonObject {
  if (isObject(body)) return body
  throw refused('Malformed input request, please reformat your input and try again.')
}

/** What one of the actions of a model does; `id` as it stands in the path. */
type Action = (request: VoiceRequest, id: string, context: VoiceContext) => Reply

function onlyAnswer({ answers: [answer] }: ChatOutcome): Answer {
  if (answer) return answer
  throw new Problem('serverError', 'There is no answer.')
}

const converse: Action = (request, id, context) => {
  const resolved = resolveModel(id, 'chat', context.behaviour)
  const { question, options } = readConverse(bodyOf(request), resolved)
  const outcome = context.behaviour.chat(question)
  const body = writeConverse(onlyAnswer(outcome), outcome, options, context.random)
  return jsonReply(body, context)
}

const converseStream: Action = (request, id, context) => {
  const resolved = resolveModel(id, 'chat', context.behaviour)
  const { question, options } = readConverse(bodyOf(request), resolved)
  const outcome = context.behaviour.chat(question)
  return {
    status: 200,
    headers: headersOf(streamType, context),
    streamed: true,
    steps: writeConverseStream(onlyAnswer(outcome), outcome, options, context.random),
  }
}

const countFields = fieldNames('input')
const countMembers = fieldNames('converse invokeModel')
const invokeFields = fieldNames('body')

const countTokens: Action = (request, id, context) => {
  const resolved = resolveModel(id, 'chat', context.behaviour)
  const { input } = structureIn(bodyOf(request), countFields, '')
  const { member, value } = unionIn(input, countMembers, 'input')
  const question =
    member === 'converse'
      ? readCounted(structureOf(value), resolved)
      : rawQuestion(structureIn(value, invokeFields, 'input.invokeModel'), resolved.model)
  return jsonReply(
    JSON.stringify({ inputTokens: context.behaviour.countTokens(question) }),
    context,
  )
}

function structureOf(value: Json): JsonObject {
  if (isObject(value)) return value
  throw refused('input.converse must be an object.')
}

/** A model's own request is counted as one text. */
function rawQuestion(input: JsonObject, model: string): Question {
  const turns: Question['turns'] = []
  open('user', turns).text = bytesIn(input, 'body', 'input.invokeModel').toString()
  return {
    model,
    turns,
    tools: [],
    toolChoice: 'auto',
    parallelToolCalls: true,
    format: { type: 'text' },
    maxTokens: undefined,
    stop: [],
    choices: 1,
    seed: undefined,
    effort: undefined,
  }
}

function countHeaders(input?: unknown, output?: unknown): Header[] {
  const headers: Header[] = [['x-amzn-bedrock-invocation-latency', '100']]
  if (typeof input === 'number') headers.push(['x-amzn-bedrock-input-token-count', String(input)])
  if (typeof output === 'number') {
    headers.push(['x-amzn-bedrock-output-token-count', String(output)])
  }
  return headers
}

const invoke: Action = (request, id, context) => {
  const { behaviour } = context
  const body = bodyOf(request)
  if (body.anthropic_version !== undefined) return invokeClaude(request, id, context)
  if (drawsImages(body)) {
    const question = readImages(body, resolveModel(id, 'images', behaviour).model)
    const outcome = behaviour.images(question)
    return jsonReply(JSON.stringify(writeImages(question, outcome)), context, countHeaders())
  }
  const { model, family } = resolveModel(id, 'embeddings', behaviour)
  const format = embeddingsFormatOf(family)
  const outcome = behaviour.embeddings({ model, ...format.read(body) })
  const written = format.write(outcome, body, uuidOf(context.requestId))
  return jsonReply(JSON.stringify(written), context, countHeaders(outcome.usage?.input))
}

const invokeClaude: Action = (request, id, context) => {
  const { behaviour } = context
  const { model } = resolveModel(id, 'chat', behaviour)
  const { question, options } = readClaude(request, bodyOf(request), { model, id }, behaviour)
  const outcome = behaviour.chat(question)
  const body = writeMessage(question, onlyAnswer(outcome), outcome, options, context)
  const { input, output } = outcome.usage ?? {}
  return jsonReply(body, context, countHeaders(input, output))
}

const invokeStream: Action = (request, id, context) => {
  const { behaviour } = context
  const { model } = resolveModel(id, 'chat', behaviour)
  const { question, options } = readClaude(request, bodyOf(request), { model, id }, behaviour)
  const outcome = behaviour.chat(question)
  return {
    status: 200,
    headers: [...headersOf(streamType, context), ['x-amzn-bedrock-content-type', jsonType[1]]],
    streamed: true,
    steps: writeClaudeStream(question, onlyAnswer(outcome), outcome, options, context),
  }
}

const actions = new Map<string, Action>([
  ['converse', converse],
  ['converse-stream', converseStream],
  ['count-tokens', countTokens],
  ['invoke', invoke],
  ['invoke-with-response-stream', invokeStream],
])
const actionPath = /^\/model\/([^/]+)\/([a-z-]+)$/
const usualRegion = 'us-east-1'

function answer(request: VoiceRequest, context: VoiceContext): Reply {
  const { method, path, query = '' } = request
  const signed = readSigned(request.headers)
  if (signed) checkSignature(request, signed, { nowMs: context.nowMs, secretOf })
  const [, id = '', name = ''] = actionPath.exec(path) ?? []
  const action = actions.get(name)
  if (action && method === 'POST') return action(request, id, context)
  const region = signed?.region ?? usualRegion
  const { models } = context.behaviour
  if (method === 'GET' && path === '/foundation-models') {
    return jsonReply(writeFoundationModels(models, query, region), context)
  }
  if (method === 'GET' && path === '/inference-profiles') {
    return jsonReply(writeInferenceProfiles(models, query, region), context)
  }
  throw new Problem('notFound', `There is no operation at ${method} ${path}.`)
}

export const bedrock: Voice = {
  keyOf(headers) {
    try {
      return readSigned(headers)?.accessKeyId ?? bearerKey(headers)
    } catch {
      // A header that cannot be read shows no key.
      return undefined
    }
  },
  keyRefusal: (key) =>
    key === undefined
      ? 'Missing Authentication Token'
      : 'The security token included in the request is invalid.',
  answer,
  problem(problem, context, headers = []) {
    const { name, status, body } = exceptionOf(problem)
    const type = `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/`
    return {
      status,
      headers: [...headersOf(jsonType, context), ['x-amzn-errortype', type], ...headers],
      streamed: false,
      steps: [{ send: body }],
    }
  },
  problemFrame(problem) {
    const { type, payload } = streamExceptionOf(problem)
    return exceptionFrame(type, payload)
  },
}
