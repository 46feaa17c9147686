import type { Count, Question, Usage } from '../../behaviour/chat-types.ts'
import { imageTokens } from '../../behaviour/image-tokens.ts'
import type { JsonObject } from '../../json.ts'
import type { GoogleHost } from './replies.ts'

/** Tokens of an answer so far. */
export interface Spent {
  thoughts: number
  candidates: number
}

function isNumber(count: Count | undefined): count is number {
  return typeof count === 'number'
}

/** Thoughts are counted apart; a count that is not one stays as it is. */
function candidatesOf({ output, reasoning }: Partial<Usage>): Count | undefined {
  return isNumber(output) && isNumber(reasoning) ? output - reasoning : output
}

function imagesIn({ turns }: Question): number {
  let tokens = 0
  for (const { images } of turns) for (const image of images) tokens += imageTokens(image)
  return tokens
}

/** What the prompt's tokens are of. */
export function promptDetails(input: number, question: Question): JsonObject[] {
  const images = imagesIn(question)
  const text = { modality: 'TEXT', tokenCount: input - images }
  return images === 0 ? [text] : [text, { modality: 'IMAGE', tokenCount: images }]
}

/**
 * `usageMetadata`; fields of 0 are left out, as protobuf's JSON does.
 * @param spent what of it has been sent; absent = all
 */
export function writeUsage(
  usage: Partial<Usage>,
  question: Question,
  host: GoogleHost,
  spent?: Spent,
): JsonObject {
  const { input, cached, total } = usage
  const isRunning = spent !== undefined && isNumber(usage.output) && isNumber(input)
  const thoughts = isRunning ? spent.thoughts : usage.reasoning
  const candidates = isRunning ? spent.candidates : candidatesOf(usage)
  const metadata: JsonObject = {}
  const put = (name: string, count: Count | undefined) => {
    if (count !== undefined && count !== 0) metadata[name] = count
  }
  put('promptTokenCount', input)
  put('candidatesTokenCount', candidates)
  put('totalTokenCount', isRunning ? input + spent.thoughts + spent.candidates : total)
  put('cachedContentTokenCount', cached)
  if (isNumber(input)) metadata.promptTokensDetails = promptDetails(input, question)
  if (isNumber(cached) && cached > 0) {
    metadata.cacheTokensDetails = [{ modality: 'TEXT', tokenCount: cached }]
  }
  if (isNumber(candidates) && candidates > 0) {
    metadata.candidatesTokensDetails = [{ modality: 'TEXT', tokenCount: candidates }]
  }
  put('thoughtsTokenCount', thoughts)
  if (host === 'vertex') metadata.trafficType = 'ON_DEMAND'
  return metadata
}
