import {
  isJsonObject,
  type Json,
  type JsonObject,
  readCount,
  type Usage,
  usageOf,
  type WireTarget,
} from '@aigne-hub/protocol'
import { completeUsage, usageDetails } from '../openai-usage.ts'

/**
 * The usage an answer or a chunk reports, or undefined when it reports none. Besides OpenAI's form:
 * `x_groq.usage` (Groq), `prompt_cache_hit_tokens` (DeepSeek), `num_cached_tokens` and
 * `prompt_token_details` (Mistral), `cost` (OpenRouter, in dollars) and `cost_in_usd_ticks` (xAI, 10^10
 * a dollar).
 * @param tier the service tier, where another chunk has told it.
 */
export function readUsage(
  { usage, x_groq: groq, service_tier: ownTier }: JsonObject,
  { quirks }: WireTarget,
  tier: Json | undefined = ownTier,
): Usage | undefined {
  const report = isJsonObject(usage) ? usage : isJsonObject(groq) ? groq.usage : undefined
  if (!isJsonObject(report)) return undefined
  const inputs = usageDetails(report.prompt_tokens_details ?? report.prompt_token_details)
  const outputs = usageDetails(report.completion_tokens_details)
  const read = usageOf({
    input: readCount(report.prompt_tokens),
    cacheRead: readCount(
      inputs.cached_tokens ?? report.prompt_cache_hit_tokens ?? report.num_cached_tokens,
    ),
    cacheWrite5m: readCount(inputs.cache_write_tokens),
    output: readCount(report.completion_tokens),
    reasoning: readCount(outputs.reasoning_tokens),
    audioIn: readCount(inputs.audio_tokens),
    audioOut: readCount(outputs.audio_tokens),
    imageIn: readCount(inputs.image_tokens),
    imageOut: readCount(outputs.image_tokens),
  })
  if (quirks.reasoningBesideCompletion) addReasoning(read, report)
  return completeUsage(read, report, tier)
}

/** Unless the total says that it is in there. */
function addReasoning(read: Usage, { total_tokens: total }: JsonObject): void {
  if (readCount(total) !== read.input + read.output) read.output += read.reasoning
}

/** `CompletionUsage`: cache reads and writes inside `prompt_tokens`, reasoning inside `completion_tokens`. */
export function writeUsage(usage: Usage): JsonObject {
  const cacheWrite = usage.cacheWrite5m + usage.cacheWrite1h
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: {
      cached_tokens: usage.cacheRead,
      audio_tokens: usage.audioIn,
      ...(cacheWrite > 0 && { cache_write_tokens: cacheWrite }),
      ...(usage.imageIn > 0 && { image_tokens: usage.imageIn }),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: usage.audioOut,
      ...(usage.imageOut > 0 && { image_tokens: usage.imageOut }),
    },
  }
}
