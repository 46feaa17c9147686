import type { ChatRequest, EmbeddingsInput, Part } from '@aigne-hub/protocol'
import { base64Length } from '@aigne-hub/protocol'

/** A picture of a megapixel, about (Anthropic, "Vision"); other media for want of anything better. */
const tokensPerMedia = 1600
const bytesPerToken = 4
const encoder = new TextEncoder()

/**
 * How many input tokens a request has, more or less, for providers that cannot count: four bytes of text a
 * token, rounded up, and 1600 tokens for each picture or file that is not text. Words in English have
 * about as many; other languages differ.
 */
export function estimateTokens({ messages, tools, responseFormat }: ChatRequest): number {
  let bytes = 0
  let media = 0
  const add = (part: Part): void => {
    if (part.type === 'toolResult') part.content.forEach(add)
    else if (part.type === 'media' && !part.mimeType?.startsWith('text/')) media++
    else if (part.type === 'media') bytes += base64Length(part.data ?? '')
    else bytes += encoder.encode(textIn(part)).length
  }
  for (const { parts } of messages) parts.forEach(add)
  if (tools) bytes += encoder.encode(JSON.stringify(tools)).length
  if (responseFormat?.type === 'jsonSchema') {
    bytes += encoder.encode(JSON.stringify(responseFormat.schema ?? {})).length
  }
  return Math.ceil(bytes / bytesPerToken) + media * tokensPerMedia
}

/** The same for what is to be embedded. Ids of tokens are counted as what they are. */
export function estimateInputTokens(inputs: readonly EmbeddingsInput[]): number {
  let tokens = 0
  for (const input of inputs) {
    tokens +=
      typeof input === 'string'
        ? Math.ceil(encoder.encode(input).length / bytesPerToken)
        : input.length
  }
  return tokens
}

function textIn(part: Exclude<Part, { type: 'media' | 'toolResult' }>): string {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text
    case 'reasoning':
      return part.text || (part.summary?.join('') ?? '')
    case 'toolCall':
      return part.name + part.input
    case 'serverTool':
      return JSON.stringify(part.data)
    case 'native':
      return JSON.stringify(part.value)
  }
}
