import { isJsonObject, type JsonObject, readCount, type Usage, usageOf } from '@aigne-hub/protocol'
import { completeUsage, usageDetails } from '../openai-usage.ts'
import { countServerTools } from './hosted-items.ts'

/**
 * The usage a response object reports, or undefined when it reports none. Besides OpenAI's form:
 * `cost` (OpenRouter, in dollars) and `cost_in_usd_ticks` (xAI, 10^10 a dollar).
 */
export function readUsage({ usage, service_tier: tier, output }: JsonObject): Usage | undefined {
  if (!isJsonObject(usage)) return undefined
  const inputs = usageDetails(usage.input_tokens_details)
  const outputs = usageDetails(usage.output_tokens_details)
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
  return completeUsage(read, usage, tier)
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
