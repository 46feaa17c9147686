// The response object of an answer to our callers, as JSON text: what it repeats of the request, and
// what has become of it.

import {
  type ChatRequest,
  type ChatResponse,
  type FinishReason,
  isJsonObject,
  type Json,
  type JsonObject,
  type ReplyContext,
  type ToolCallPart,
  type Usage,
} from '@aigne-hub/protocol'
import type { CallStatus } from './surface-items.ts'
import { writeResponseFormat, writeTool, writeToolChoice } from './tools.ts'
import { writeUsage } from './usage.ts'
import { instructionsOf } from './write-input.ts'

type Context = ReplyContext<'chat'>
type Start = Pick<ChatResponse, 'id' | 'model' | 'created'>

/** What comes behind `resp_`, `msg_` and the like in the ids of an answer that has none of its own. */
export function idBase({ requestId }: Pick<Context, 'requestId'>): string {
  return requestId.startsWith('req_') ? requestId.slice('req_'.length) : requestId
}

/** The provider's id, when it is one of this wire. */
function answerId(context: Context, id: string): string {
  return id.startsWith('resp_') ? id : responseId(context.requestId)
}

/** The id of an answer of our own. */
export function responseId(requestId: string): string {
  return `resp_${idBase({ requestId })}`
}

/** What an answer says from its beginning on. */
export function responseFields(context: Context, start: Start): JsonObject {
  const { request, arrivedAt } = context
  const others: JsonObject =
    request.extensions?.dialect === 'openai-responses' ? request.extensions.fields : {}
  return {
    id: context.answerId ?? answerId(context, start.id),
    object: 'response',
    created_at: start.created || arrivedAt,
    model: start.model || request.model,
    ...echo(request, others),
    truncation: others.truncation ?? 'disabled',
    background: false,
    ...(others.max_tool_calls !== undefined && { max_tool_calls: others.max_tool_calls }),
    ...(request.user !== undefined && { safety_identifier: request.user }),
    ...(request.cacheKey !== undefined && { prompt_cache_key: request.cacheKey }),
  }
}

function echo(request: ChatRequest, others: JsonObject): JsonObject {
  const { sampling, toolChoice, reasoning, logprobs } = request
  return {
    instructions: instructionsOf(request.messages[0]) ?? null,
    max_output_tokens: request.maxOutputTokens ?? null,
    metadata: request.metadata ?? {},
    parallel_tool_calls: request.parallelToolCalls ?? true,
    previous_response_id: request.previousResponseId ?? null,
    reasoning: {
      ...(isJsonObject(others.reasoning) && others.reasoning),
      effort: reasoning?.effort ?? null,
      summary: reasoning?.summary ?? null,
    },
    store: request.store ?? true,
    temperature: sampling.temperature ?? 1,
    text: {
      ...(isJsonObject(others.text) && others.text),
      format: writeResponseFormat(request.responseFormat ?? { type: 'text' }),
      ...(request.verbosity !== undefined && { verbosity: request.verbosity }),
    },
    tool_choice: others.tool_choice ?? (toolChoice ? writeToolChoice(toolChoice) : 'auto'),
    tools: echoTools(request),
    top_logprobs: logprobs?.top ?? 0,
    top_p: sampling.topP ?? 1,
  }
}

function echoTools({ tools = [] }: ChatRequest): Json[] {
  return tools.map(writeTool).filter((tool) => tool !== undefined)
}

/** How an answer ended: the last event's name, and the status it has. */
export interface Ending {
  status: 'completed' | 'incomplete' | 'failed'
  reason?: 'max_output_tokens' | 'content_filter'
}

export function endingOf(reason: FinishReason | undefined): Ending {
  switch (reason) {
    case 'length':
      return { status: 'incomplete', reason: 'max_output_tokens' }
    case 'contentFilter':
      return { status: 'incomplete', reason: 'content_filter' }
    case 'error':
      return { status: 'failed' }
    default:
      return { status: 'completed' }
  }
}

/** The status of the message that such an answer ends with. */
export function lastStatus({ status }: Ending): 'completed' | 'incomplete' {
  return status === 'completed' ? 'completed' : 'incomplete'
}

/** The same for a function call: one that was cut short is nothing a caller could run. */
export function lastCallStatus({ input }: ToolCallPart, { status }: Ending): CallStatus {
  if (status === 'completed') return status
  try {
    JSON.parse(input)
    return 'completed'
  } catch {
    return 'incomplete'
  }
}

const gaveUp = { code: 'server_error', message: 'The model gave up in the middle of its answer.' }

/**
 * The object as JSON text.
 * @param fields what `responseFields` gave, as JSON text.
 * @param output the items, each as JSON text.
 * @param tier the service tier, unless `usage` knows better.
 * @param ending absent while the answer goes on.
 */
export function responseText(
  fields: string,
  output: readonly string[],
  tier: string | undefined,
  ending?: Ending,
  usage?: Usage,
): string {
  const servedAs = usage?.serviceTier ?? tier
  const state = JSON.stringify({
    status: ending?.status ?? 'in_progress',
    error: ending?.status === 'failed' ? gaveUp : null,
    incomplete_details: ending?.reason ? { reason: ending.reason } : null,
    usage: usage ? writeUsage(usage) : null,
    ...(servedAs !== undefined && { service_tier: servedAs }),
  })
  return `${fields.slice(0, -1)},"output":[${output.join(',')}],${state.slice(1)}`
}
