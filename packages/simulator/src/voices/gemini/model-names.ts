import type { MediaNames } from '../openai-media/media-names.ts'

/** Names of Google's, and the model of the simulator that answers for them. */
export const googleNames: MediaNames = [
  [/^gemini-.*-image|^nano-banana/, 'image'],
  [/^(?:gemini|text|text-multilingual)-embedding-/, 'embed-256'],
  [/^veo-/, 'video'],
]
