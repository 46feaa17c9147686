import type { ModelRow } from '../../behaviour/models.ts'
import type { JsonObject } from '../../json.ts'
import { listedModels } from '../openai-family/model-names.ts'
import { wholeReply } from '../openai-family/replies.ts'
import type { Route } from '../openai-family/vendor.ts'
import { models } from './chat.ts'

const contextTokens = 131_072

/** What is downloaded, and loaded, in LM Studio's own form. */
export const nativeModelsRoute: Route = (_request, { behaviour }) =>
  wholeReply({ models: listedModels(models, behaviour).map(writeNativeModel) })

function writeNativeModel(row: ModelRow): JsonObject {
  const { id, operations, persona, reasoning = false } = row
  const talks = operations.includes('chat')
  return {
    type: talks ? 'llm' : 'embedding',
    key: id,
    display_name: id,
    publisher: 'simulator',
    architecture: 'simulator',
    quantization: { name: 'Q4_K_M', bits_per_weight: 4 },
    size_bytes: 1_000_000,
    params_string: '1B',
    loaded_instances: [{ id, config: { context_length: contextTokens } }],
    max_context_length: contextTokens,
    format: 'gguf',
    capabilities: {
      vision: persona === 'vision',
      trained_for_tool_use: talks,
      reasoning,
    },
  }
}
