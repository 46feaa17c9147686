import type { ModelRow } from '../../behaviour/models.ts'
import type { JsonObject } from '../../json.ts'
import { writeModel } from '../openai-family/models.ts'

/** A model with what it can do. */
export function writeMistralModel(row: ModelRow): JsonObject {
  const { id, operations, does, persona, reasoning = false } = row
  const talks = operations.includes('chat')
  return {
    ...writeModel(row),
    capabilities: {
      completion_chat: talks,
      completion_fim: false,
      function_calling: talks,
      reasoning,
      fine_tuning: false,
      vision: persona === 'vision',
      ocr: false,
      classification: false,
      moderation: false,
      audio: false,
      audio_transcription: false,
      audio_transcription_realtime: false,
      audio_speech: false,
      unified_resources: false,
    },
    name: id,
    description: does,
    max_context_length: 131_072,
    aliases: [],
    deprecation: null,
    deprecation_replacement_model: null,
    default_model_temperature: 0.3,
    internal: false,
    type: 'base',
  }
}
