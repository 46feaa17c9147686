import type { Route, Routes } from '../openai-family/vendor.ts'
import { embeddingsRoute } from '../openai-media/embeddings.ts'
import { imageEditsRoute, imagesRoute } from '../openai-media/images.ts'
import type { MediaNames } from '../openai-media/media-names.ts'
import { speechRoute } from '../openai-media/speech.ts'
import { transcriptionRoute } from '../openai-media/transcription.ts'
import { checkVersion } from './versions.ts'

/** Deployments that are called as OpenAI's models are. */
const names: MediaNames = [
  [/^text-embedding-/, 'embed-256'],
  [/^(?:gpt-image|dall-e)-/, 'image'],
  [/tts/, 'speech'],
  [/whisper|transcribe/, 'transcribe'],
]

const operations: Readonly<Record<string, Route>> = {
  embeddings: embeddingsRoute({ names }),
  'images/generations': imagesRoute(names),
  'images/edits': imageEditsRoute(names),
  'audio/speech': speechRoute({ names }),
  'audio/transcriptions': transcriptionRoute(names),
  'audio/translations': transcriptionRoute(names),
}

function checked(route: Route): Route {
  return (request, context, paths) => {
    checkVersion(request, paths.deployment !== undefined, false)
    return route(request, context, paths)
  }
}

/** Each with the deployment in the path, or in the body. */
export const mediaRoutes: Routes = Object.fromEntries(
  Object.entries(operations).flatMap(([path, route]) =>
    ['openai/v1', 'openai/deployments/{deployment}', 'api/projects/{project}/openai/v1'].map(
      (place) => [`POST /${place}/${path}`, checked(route)],
    ),
  ),
)
