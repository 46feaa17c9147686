import type { ModelRow } from '../../behaviour/models.ts'
import { listedModels } from '../openai-family/model-names.ts'
import { modelCreated } from '../openai-family/models.ts'
import { wholeReply } from '../openai-family/replies.ts'
import type { Route } from '../openai-family/vendor.ts'
import { models } from './chat.ts'

const day = '2026-09-21T00:00:00.000000Z'

/** What the key is good for. */
export const apiKeyRoute: Route = () =>
  wholeReply({
    redacted_api_key: 'xai-...simu',
    api_key_id: '5f0a2c11-0000-4000-8000-000000000001',
    user_id: '5f0a2c11-0000-4000-8000-000000000002',
    team_id: '5f0a2c11-0000-4000-8000-000000000003',
    name: 'Simulator',
    create_time: day,
    modify_time: day,
    modified_by: '5f0a2c11-0000-4000-8000-000000000002',
    acls: ['api-key:model:*', 'api-key:endpoint:*'],
    team_blocked: false,
    api_key_blocked: false,
    api_key_disabled: false,
  })

/** Models that talk, with their prices in whole units a token. */
export const languageModelsRoute: Route = (_request, { behaviour }) =>
  wholeReply({
    models: listedModels(models, behaviour)
      .filter(({ operations }) => operations.includes('chat'))
      .map(writeLanguageModel),
  })

function writeLanguageModel({ id, persona }: ModelRow) {
  return {
    id,
    object: 'model',
    created: modelCreated,
    owned_by: 'simulator',
    version: '1.0',
    aliases: [],
    input_modalities: persona === 'vision' ? ['text', 'image'] : ['text'],
    output_modalities: ['text'],
    prompt_text_token_price: 20_000,
    cached_prompt_text_token_price: 5_000,
    completion_text_token_price: 60_000,
  }
}
