// A request that goes to a provider.

import {
  type ChatRequest,
  HubError,
  type JsonObject,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { pathSegment } from '../path-segment.ts'
import { writeInference } from './inference.ts'
import { hasToolBlocks, writeMessages } from './messages.ts'
import { writeReasoning } from './reasoning.ts'
import { type Tooling, writeSingleCall, writeTooling } from './tools.ts'
import { WriteContext } from './write-context.ts'

/**
 * `quirks.unsupported` names top-level fields (`system`, `toolConfig`, `outputConfig`, `serviceTier`),
 * members of `inferenceConfig` (`maxTokens`, `temperature`, `topP`, `stopSequences`), `top_k`,
 * `anthropic_beta`, `cachePoint` (anywhere), `toolConfig.cachePoint` and `strict`.
 * @throws HubError `unsupported_parameter` or `invalid_request` for what Converse has no words for.
 */
export function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  const context = new WriteContext(target)
  const { losses } = context
  refuseAudio(request, target)
  if (request.previousResponseId !== undefined) losses.meaning('previous_response_id')
  losses.extensions(request, 'bedrock-converse')
  const tooling = writeTooling(request, hasToolBlocks(request), context)
  const told = writeMessages(request, tooling.tools.length === 0, context)
  addInstruction(told.system, tooling, context)
  loosenChoice(tooling, request, context)
  const { isForced } = tooling
  const reasoning = writeReasoning(request, context, { isForced, lacksThought: told.lacksThought })
  const inference = writeInference(request, reasoning, context)
  const wire: JsonObject = { messages: told.messages }
  if (told.system.length > 0) wire.system = told.system
  if (Object.keys(inference.config).length > 0) wire.inferenceConfig = inference.config
  const { tools, choice, outputConfig } = tooling
  if (tools.length > 0) wire.toolConfig = { tools, ...(choice && { toolChoice: choice }) }
  if (outputConfig) wire.outputConfig = outputConfig
  const fields: JsonObject = { ...reasoning.fields, ...inference.fields }
  const singleCall = writeSingleCall(request, tooling, context)
  if (singleCall) fields.tool_choice = singleCall
  const betas = writeBetas(request, context)
  if (needsEffortBeta(fields, context)) betas.add(effortBeta)
  if (betas.size > 0) fields.anthropic_beta = [...betas]
  if (Object.keys(fields).length > 0) wire.additionalModelRequestFields = fields
  addStopPath(wire, request, inference.config, context)
  addHints(wire, request, context)
  const action = request.stream ? 'converse-stream' : 'converse'
  return {
    path: `/model/${pathSegment(target.model)}/${action}`,
    body: JSON.stringify(wire),
    dropped: losses.dropped,
  }
}

function refuseAudio({ audio, modalities }: ChatRequest, { provider, model }: WireTarget): void {
  if (audio === undefined && !modalities?.includes('audio')) return
  throw new HubError(
    'unsupported_parameter',
    `${provider}/${model} gives no answer in audio. Leave out audio, or use another model.`,
    { param: 'audio' },
  )
}

function addInstruction(
  system: JsonObject[],
  { instruction }: Tooling,
  context: WriteContext,
): void {
  if (instruction === undefined) return
  if (context.takes('system')) system.push({ text: instruction })
  else context.losses.meaning('response_format')
}

/** A model that thinks with the budget its caller named cannot be made to call a tool. */
function loosenChoice(
  tooling: Tooling,
  { reasoning, toolChoice }: ChatRequest,
  { target: { quirks }, losses, isClaude }: WriteContext,
): void {
  const hasBudget = reasoning?.budgetTokens !== undefined && reasoning.effort !== 'none'
  const takesBudget = isClaude && (quirks.thinking?.includes('enabled') ?? true)
  if (!tooling.isForced || !hasBudget || !takesBudget) return
  const isCallers = toolChoice !== undefined && toolChoice !== 'auto' && toolChoice !== 'none'
  losses.meaning(isCallers ? 'tool_choice' : 'response_format')
  tooling.choice = { auto: {} }
  tooling.isForced = false
}

const effortBeta = 'effort-2025-11-24'

/** The betas that Bedrock knows (its "Anthropic Claude Messages API"); it refuses any other. */
const knownBetas = new Set([
  'computer-use-2024-10-22',
  'computer-use-2025-01-24',
  'computer-use-2025-11-24',
  'token-efficient-tools-2025-02-19',
  'interleaved-thinking-2025-05-14',
  'output-128k-2025-02-19',
  'dev-full-thinking-2025-05-14',
  'context-1m-2025-08-07',
  'context-management-2025-06-27',
  effortBeta,
  'tool-search-tool-2025-10-19',
  'tool-examples-2025-10-29',
  'fine-grained-tool-streaming-2025-05-14',
])

/** Betas stand in the body here, in a list. */
function writeBetas({ headers }: ChatRequest, context: WriteContext): Set<string> {
  let betas: string[] = []
  for (const name in headers) {
    if (name === 'anthropic-version') continue
    if (name === 'anthropic-beta' && context.isClaude && context.takes('anthropic_beta')) {
      const wanted = (headers[name] ?? '').split(',').map((beta) => beta.trim())
      betas = wanted.filter((beta) => knownBetas.has(beta))
      if (betas.length === wanted.length) continue
    }
    context.losses.hint(name)
  }
  return new Set(betas)
}

/** Models that do not decide themselves how much to think take an effort as a beta only. */
function needsEffortBeta({ output_config: config }: JsonObject, { target }: WriteContext): boolean {
  const { thinking } = target.quirks
  return config !== undefined && thinking !== undefined && !thinking.includes('adaptive')
}

/** Anthropic's models tell at which sequence they stopped, if they are asked. */
function addStopPath(
  wire: JsonObject,
  { stream }: ChatRequest,
  { stopSequences }: JsonObject,
  { isClaude }: WriteContext,
): void {
  if (!isClaude || stopSequences === undefined) return
  wire.additionalModelResponseFieldPaths = [stream ? '/delta/stop_sequence' : '/stop_sequence']
}

const tiers = ['default', 'flex', 'priority', 'reserved']

/** What helps, and what no field of this dialect says. */
function addHints(wire: JsonObject, request: ChatRequest, context: WriteContext): void {
  const { losses } = context
  const { serviceTier, metadata } = request
  if (serviceTier !== undefined && tiers.includes(serviceTier) && context.takes('serviceTier')) {
    wire.serviceTier = { type: serviceTier }
  } else if (serviceTier !== undefined && serviceTier !== 'auto') losses.hint('service_tier')
  if (metadata && Object.keys(metadata).length > 0) {
    if (isTakenMetadata(metadata) && context.takes('requestMetadata')) {
      wire.requestMetadata = metadata
    } else losses.hint('metadata')
  }
  losses.openAiOnly(request)
  if (request.user !== undefined) losses.hint('user')
}

/** Bedrock's own rules for what it writes into its log of invocations. */
function isTakenMetadata(metadata: Readonly<Record<string, string>>): boolean {
  const entries = Object.entries(metadata)
  const isTaken = (text: string) => /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/.test(text)
  return (
    entries.length <= 16 &&
    entries.every(([key, value]) => key !== '' && isTaken(key) && isTaken(value))
  )
}
