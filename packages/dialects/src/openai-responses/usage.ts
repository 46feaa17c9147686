import {
  isJsonObject,
  type Json,
  type JsonObject,
  readCount,
  type Usage,
  usageOf,
} from '@aigne-hub/protocol'
import { countServerTools } from './hosted-items.ts'

function details(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

/**
 * The usage a response object reports, or undefined when it reports none. Besides OpenAI's form:
 * `cost` (OpenRouter, in dollars) and `cost_in_usd_ticks` (xAI, 10^10 a dollar).
 */
export function readUsage({ usage, service_tier: tier, output }: JsonObject): Usage | undefined {
  if (!isJsonObject(usage)) return undefined
  const inputs = details(usage.input_tokens_details)
  const outputs = details(usage.output_tokens_details)
  const read = usageOf({
    input: readCount(usage.input_tokens),
    cacheRead: readCount(inputs.cached_tokens),
    cacheWrite5m: readCount(inputs.cache_write_tokens),
    output: readCount(usage.output_tokens),
    reasoning: readCount(outputs.reasoning_tokens),
    audioIn: readCount(inputs.audio_tokens),
    audioOut: readCount(outputs.audio_tokens),
    imageIn: readCount(inputs.image_tokens),
    imageOut: readCount(outputs.image_tokens),
    serverToolRequests: countServerTools(output),
  })
  const { cacheRead, reasoning } = read
  // xAI leaves reasoning out of `output_tokens`, and at times cached tokens out of `input_tokens`.
  if (reasoning > 0 && readCount(usage.total_tokens) === read.input + read.output + reasoning) {
    read.output += reasoning
  }
  if (cacheRead > read.input) read.input += cacheRead
  if (reasoning > read.output) read.output += reasoning
  if (typeof tier === 'string') read.serviceTier = tier
  const cost = providerCost(usage)
  if (cost !== undefined) read.providerCost = cost
  return read
}

/** In nano-dollars. With a key of the account's own at the provider (`is_byok`), `cost` is only a fee. */
function providerCost({ cost, cost_in_usd_ticks: ticks, is_byok: byok }: JsonObject) {
  const dollars = typeof ticks === 'number' ? ticks / 1e10 : byok === true ? undefined : cost
  if (typeof dollars !== 'number' || !(dollars >= 0 && dollars < 1e6)) return undefined
  return BigInt(Math.ceil(Number((dollars * 1e9).toFixed(3))))
}

/** `ResponseUsage`: cache reads and writes inside `input_tokens`, reasoning inside `output_tokens`. */
export function writeUsage(usage: Usage): JsonObject {
  const { cacheWrite5m, cacheWrite1h, audioIn, audioOut, imageIn, imageOut } = usage
  return {
    input_tokens: usage.input,
    input_tokens_details: {
      cached_tokens: usage.cacheRead,
      cache_write_tokens: cacheWrite5m + cacheWrite1h,
      ...(audioIn > 0 && { audio_tokens: audioIn }),
      ...(imageIn > 0 && { image_tokens: imageIn }),
    },
    output_tokens: usage.output,
    output_tokens_details: {
      reasoning_tokens: usage.reasoning,
      ...(audioOut > 0 && { audio_tokens: audioOut }),
      ...(imageOut > 0 && { image_tokens: imageOut }),
    },
    total_tokens: usage.input + usage.output,
  }
}
