import {
  isJsonObject,
  type Json,
  type JsonObject,
  readCount,
  type Usage,
  usageOf,
} from '@aigne-hub/protocol'

/** The tokens of one modality in a `…TokensDetails` list. */
function countOf(list: Json | undefined, modality: string): number {
  if (!Array.isArray(list)) return 0
  let sum = 0
  for (const entry of list) {
    if (isJsonObject(entry) && entry.modality === modality) sum += readCount(entry.tokenCount)
  }
  return sum
}

/**
 * The usage an answer or a chunk reports in `usageMetadata`, or undefined when it reports none.
 * `candidatesTokenCount` is without thoughts, `promptTokenCount` includes what came from a cache.
 * @param searches how many queries the provider's own search tool made so far.
 */
export function readUsage({ usageMetadata: report }: JsonObject, searches = 0): Usage | undefined {
  if (!isJsonObject(report)) return undefined
  const { promptTokensDetails: prompt, toolUsePromptTokensDetails: tools } = report
  const { candidatesTokensDetails: answer } = report
  const reasoning = readCount(report.thoughtsTokenCount)
  const cacheRead = readCount(report.cachedContentTokenCount)
  const input = readCount(report.promptTokenCount) + readCount(report.toolUsePromptTokenCount)
  const usage = usageOf({
    input: readCount(Math.max(input, cacheRead)),
    cacheRead,
    output: readCount(readCount(report.candidatesTokenCount) + reasoning),
    reasoning,
  })
  if (prompt ?? tools) {
    usage.audioIn = readCount(countOf(prompt, 'AUDIO') + countOf(tools, 'AUDIO'))
    usage.imageIn = readCount(countOf(prompt, 'IMAGE') + countOf(tools, 'IMAGE'))
  }
  if (answer) {
    usage.audioOut = readCount(countOf(answer, 'AUDIO'))
    usage.imageOut = readCount(countOf(answer, 'IMAGE'))
  }
  if (searches > 0) usage.serverToolRequests = { googleSearch: searches }
  return usage
}

export function writeUsage(usage: Usage): JsonObject {
  const { input, cacheRead, output, reasoning, audioIn, imageIn, audioOut, imageOut } = usage
  const spoken = Math.max(0, output - reasoning)
  return {
    promptTokenCount: input,
    ...(cacheRead > 0 && { cachedContentTokenCount: cacheRead }),
    candidatesTokenCount: spoken,
    ...(reasoning > 0 && { thoughtsTokenCount: reasoning }),
    totalTokenCount: input + spoken + reasoning,
    ...(audioIn + imageIn > 0 && { promptTokensDetails: details(input, audioIn, imageIn) }),
    ...(audioOut + imageOut > 0 && {
      candidatesTokensDetails: details(spoken, audioOut, imageOut),
    }),
  }
}

function details(all: number, audio: number, image: number): Json[] {
  const text = Math.max(0, all - audio - image)
  const counts = [
    { modality: 'TEXT', tokenCount: text },
    { modality: 'AUDIO', tokenCount: audio },
    { modality: 'IMAGE', tokenCount: image },
  ]
  return counts.filter(({ tokenCount }) => tokenCount > 0)
}
