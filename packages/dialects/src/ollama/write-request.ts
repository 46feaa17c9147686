// A chat request going out.

import {
  type ChatRequest,
  HubError,
  type Json,
  type JsonObject,
  type ResponseFormat,
  type Tool,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { Losses } from '../losses.ts'
import { type Meaning, refusedFields } from '../unsupported-fields.ts'
import { knownExtensions, writeOptions } from './options.ts'
import { writeThink } from './think.ts'
import { writeMessages } from './write-messages.ts'

const path = '/api/chat'
/** How errors call this dialect. */
const dialectName = 'Ollama'

const isFilled = (value: Json) => Array.isArray(value) && value.length > 0

/** Fields, top-level or of `options`, that say what is asked. */
const meaning: Meaning = new Map<string, (value: Json) => boolean>([
  ['tools', isFilled],
  ['format', () => true],
  ['logprobs', (value) => value === true],
  ['top_logprobs', (value) => value !== 0],
  ['stop', isFilled],
])

/** @throws HubError `unsupported_parameter` for meaning this dialect or this target cannot express. */
export function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  const losses = new Losses(target)
  loseMeaning(request, target, losses)
  loseHints(request, losses)
  const extensions = knownExtensions(request, losses)
  const { logprobs } = request
  const takesTruncate = !target.quirks.unsupported?.includes('truncate')
  const wire: JsonObject = {
    model: target.model,
    // It streams unless told otherwise.
    stream: request.stream !== undefined,
    // Without this a prompt that is too long for `num_ctx` silently loses its beginning.
    ...(takesTruncate && { truncate: false }),
    ...extensions.fields,
    tools: writeTools(request, losses),
    format: writeFormat(request.responseFormat, losses),
    options: without(writeOptions(request, extensions.options, losses), target, losses),
    think: writeThink(request.reasoning, target.quirks, losses),
    logprobs: logprobs && true,
    top_logprobs: logprobs?.top,
  }
  const messages = writeMessages(request.messages, target, losses)
  const others = JSON.stringify(without(wire, target, losses))
  return {
    path,
    // Messages hold the arguments of calls as the text they came as, so they are text already.
    body: `{"messages":[${messages.join()}],${others.slice(1)}`,
    dropped: losses.dropped,
  }
}

/** The fields that the target takes; undefined when none is left. */
function without(fields: JsonObject, target: WireTarget, losses: Losses): JsonObject | undefined {
  const { remove, dropped } = refusedFields(fields, target, meaning)
  for (const field of remove) delete fields[field]
  for (const field of dropped) losses.hint(field)
  return Object.keys(fields).length > 0 ? fields : undefined
}

function loseMeaning(request: ChatRequest, target: WireTarget, losses: Losses): void {
  const { audio, modalities, n = 1, previousResponseId } = request
  if (audio !== undefined || modalities?.includes('audio')) {
    throw new HubError(
      'unsupported_parameter',
      `An answer in audio can only be passed on unchanged, and a call of ${target.provider}/${target.model} in this form has to be rewritten. Leave out audio, or use another model.`,
      { param: 'audio' },
    )
  }
  if (modalities?.some((modality) => modality !== 'text')) losses.meaning('modalities', dialectName)
  if (n > 1) losses.meaning('n', dialectName, 'more than one answer (n)')
  if (previousResponseId !== undefined) losses.meaning('previous_response_id', dialectName)
}

/** What other dialects say to help, and this one has no words for. */
function loseHints(request: ChatRequest, losses: Losses): void {
  const { reasoning, verbosity, serviceTier = 'auto', store } = request
  const { summary = 'none' } = reasoning ?? {}
  if (summary !== 'none') losses.hint('reasoning.summary')
  if (verbosity !== undefined && verbosity !== 'medium') losses.hint('verbosity')
  if (serviceTier !== 'auto' && serviceTier !== 'default') losses.hint('service_tier')
  if (request.cacheKey !== undefined) losses.hint('prompt_cache_key')
  if (request.cacheAuto) losses.hint('cache_control')
  if (request.metadata !== undefined) losses.hint('metadata')
  if (request.user !== undefined) losses.hint('user')
  if (store) losses.hint('store')
  losses.include(request)
  losses.headers(request)
}

/** The model itself decides whether to call one: it can be given fewer tools, but it cannot be forced. */
function writeTools(request: ChatRequest, losses: Losses): Json[] | undefined {
  const { tools = [], toolChoice = 'auto', parallelToolCalls } = request
  if (toolChoice === 'none') return undefined
  const isAllowed = typeof toolChoice === 'object' && toolChoice.type === 'allowed'
  const isForced = isAllowed ? toolChoice.mode === 'required' : toolChoice !== 'auto'
  if (isForced)
    losses.meaning('tool_choice', dialectName, 'a tool that must be called (tool_choice)')
  const written: Json[] = []
  tools.forEach((tool, index) => {
    const isOffered =
      !isAllowed ||
      toolChoice.tools.some(
        ({ type, name }) => tool.type === type && 'name' in tool && tool.name === name,
      )
    const wire = isOffered ? writeTool(tool, index, losses) : undefined
    if (wire) written.push(wire)
  })
  if (written.length === 0) return undefined
  if (parallelToolCalls === false) losses.hint('parallel_tool_calls')
  return written
}

function writeTool(tool: Tool, index: number, losses: Losses): JsonObject | undefined {
  if (tool.type !== 'function') {
    const what = tool.type === 'custom' ? 'a tool that takes free text' : "another provider's tool"
    losses.meaning(`tools[${index}]`, dialectName, `${what} (tools[${index}])`)
    return undefined
  }
  const { name, description, schema, strict, cache } = tool
  if (strict) losses.hint('strict')
  if (cache) losses.hint('cache_control')
  const parameters = schema ?? { type: 'object', properties: {} }
  return {
    type: 'function',
    function: { name, ...(description !== undefined && { description }), parameters },
  }
}

function writeFormat(format: ResponseFormat | undefined, losses: Losses): Json | undefined {
  if (format === undefined || format.type === 'text') return undefined
  if (format.type === 'json') return 'json'
  if (format.description !== undefined) losses.hint('response_format.description')
  return format.schema ?? 'json'
}
