import type { ModelRow } from '../../behaviour/models.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { listedModels } from '../openai-family/model-names.ts'
import { modelCreated } from '../openai-family/models.ts'
import { wholeReply } from '../openai-family/replies.ts'
import type { Route } from '../openai-family/vendor.ts'
import { models } from './chat.ts'

const contextTokens = 131_072
const parameters =
  'max_tokens temperature top_p stop seed tools tool_choice response_format structured_outputs reasoning include_reasoning'

function writeModel({ id, operations, persona, does }: ModelRow): JsonObject {
  const isTalking = operations.includes('chat')
  return {
    id: `simulator/${id}`,
    canonical_slug: `simulator/${id}`,
    name: `Simulator: ${id}`,
    description: does,
    created: modelCreated,
    context_length: contextTokens,
    architecture: {
      input_modalities: persona === 'vision' ? ['text', 'image'] : ['text'],
      output_modalities: isTalking
        ? ['text']
        : operations.includes('images')
          ? ['image']
          : ['embeddings'],
      tokenizer: 'Other',
      instruct_type: null,
    },
    // US dollars a token, as decimal text.
    pricing: {
      prompt: '0.000002',
      completion: '0.000006',
      request: '0',
      image: '0',
      web_search: '0',
      internal_reasoning: '0',
      input_cache_read: '0.0000005',
    },
    top_provider: {
      context_length: contextTokens,
      max_completion_tokens: null,
      is_moderated: false,
    },
    per_request_limits: null,
    supported_parameters: isTalking ? parameters.split(' ') : [],
  }
}

/** All models, with prices. */
export const modelsRoute: Route = (_request, { behaviour }) =>
  wholeReply({ data: listedModels(models, behaviour).map(writeModel) })

/** What the key is and what is left on it. */
export const keyRoute: Route = () =>
  wholeReply({
    data: {
      label: 'sk-or-v1-sim...ula',
      usage: 1.5,
      usage_daily: 0.5,
      limit: 100,
      limit_remaining: 98.5,
      is_free_tier: false,
      is_provisioning_key: false,
      rate_limit: { requests: -1, interval: '10s' },
    },
  })

/** Credits that were bought and used. */
export const creditsRoute: Route = () =>
  wholeReply({ data: { total_credits: 100, total_usage: 1.5 } })

/** What one answer cost, by its id. */
export const generationRoute: Route = ({ query = '' }, { kept }) => {
  const id = new URLSearchParams(query).get('id') ?? ''
  const found = kept.get(id)
  if (found) return wholeReply({ data: found.response })
  throw new Problem('notFound', `Generation ${id} not found`)
}
