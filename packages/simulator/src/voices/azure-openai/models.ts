import type { ModelRow } from '../../behaviour/models.ts'
import type { JsonObject } from '../../json.ts'
import { modelCreated } from '../openai-family/models.ts'

/** A model that may be deployed, with what it can do. */
export function writeAzureModel({ id, operations }: ModelRow): JsonObject {
  return {
    id,
    object: 'model',
    status: 'succeeded',
    created_at: modelCreated,
    updated_at: modelCreated,
    lifecycle_status: 'generally-available',
    deprecation: {},
    capabilities: {
      fine_tune: false,
      inference: true,
      completion: false,
      chat_completion: operations.includes('chat'),
      embeddings: operations.includes('embeddings'),
    },
  }
}
