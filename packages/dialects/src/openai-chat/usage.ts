import {
  isJsonObject,
  type Json,
  type JsonObject,
  readCount,
  type Usage,
  usageOf,
} from '@aigne-hub/protocol'

function details(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

/**
 * The usage an answer or a chunk reports, or undefined when it reports none. Besides OpenAI's form:
 * `x_groq.usage` (Groq), `prompt_cache_hit_tokens` (DeepSeek), `num_cached_tokens` and
 * `prompt_token_details` (Mistral), `cost` (OpenRouter, in dollars) and `cost_in_usd_ticks` (xAI, 10^10
 * a dollar).
 * @param tier the service tier, where another chunk has told it.
 */
export function readUsage(
  { usage, x_groq: groq, service_tier: ownTier }: JsonObject,
  tier: Json | undefined = ownTier,
): Usage | undefined {
  const report = isJsonObject(usage) ? usage : isJsonObject(groq) ? groq.usage : undefined
  if (!isJsonObject(report)) return undefined
  const inputs = details(report.prompt_tokens_details ?? report.prompt_token_details)
  const outputs = details(report.completion_tokens_details)
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
  const { cacheRead, reasoning } = read
  // xAI leaves reasoning out of `completion_tokens`, and at times cached tokens out of `prompt_tokens`.
  if (reasoning > 0 && readCount(report.total_tokens) === read.input + read.output + reasoning) {
    read.output += reasoning
  }
  if (cacheRead > read.input) read.input += cacheRead
  if (reasoning > read.output) read.output += reasoning
  if (typeof tier === 'string') read.serviceTier = tier
  const cost = providerCost(report)
  if (cost !== undefined) read.providerCost = cost
  return read
}

/** In nano-dollars. With a key of the account's own at the provider (`is_byok`), `cost` is only a fee. */
function providerCost({ cost, cost_in_usd_ticks: ticks, is_byok: byok }: JsonObject) {
  const dollars = typeof ticks === 'number' ? ticks / 1e10 : byok === true ? undefined : cost
  if (typeof dollars !== 'number' || !(dollars >= 0 && dollars < 1e6)) return undefined
  return BigInt(Math.ceil(Number((dollars * 1e9).toFixed(3))))
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
