import { hash } from '../../random.ts'
import { splitTokens } from '../../tokens.ts'
import { invalid, missing, requiredText } from '../openai/fields.ts'
import { bodyOf } from '../openai/replies.ts'
import { wholeReply } from '../openai-family/replies.ts'
import type { Route } from '../openai-family/vendor.ts'

const vocabulary = 100_000

function tokensOf(text: string, index: number) {
  const tokens = splitTokens(text)
  let end = 0
  return {
    index,
    object: 'tokenization',
    total_tokens: tokens.length,
    token_ids: tokens.map((token) => hash(token) % vocabulary),
    offset_mapping: tokens.map((token) => {
      const start = end
      end += token.length
      return [start, end]
    }),
  }
}

/** Texts as tokens. */
export const tokenizationRoute: Route = (request, { requestId, nowMs }) => {
  const body = bodyOf(request)
  const model = requiredText(body, 'model')
  if (body.text == null) throw missing('text')
  const data = [body.text].flat().map((text, index) => {
    if (typeof text !== 'string') throw invalid('text', 'it must be a text or an array of texts')
    return tokensOf(text, index)
  })
  const created = Math.floor(nowMs / 1000)
  return wholeReply({ id: requestId, object: 'list', created, model, data })
}
