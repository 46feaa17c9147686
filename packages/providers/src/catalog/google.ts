import type { Provider } from '@aigne-hub/protocol'
import models from '../../models/google.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { geminiCompatible } from '../gemini-compatible.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

/** Above it files have to be uploaded first (Gemini API, "Files API"). */
const quirks = { maxRequestBytes: 20 * 1024 * 1024 }

/** The Gemini API. Source: the types of Google's SDK, November 2026. */
export const googleAdapter = geminiCompatible({
  id: 'google',
  name: 'Google Gemini',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  credentialFields: [{ ...apiKeyField, environment: 'GEMINI_API_KEY' }],
  quirks,
  ...readModelFile(models as ModelFile, quirks),
})

/**
 * Google's Gemini API, with your key.
 * @throws HubError `invalid_request` when the key is empty or the base URL cannot be used.
 */
export function google(options: ProviderSetUp & { apiKey: string | readonly string[] }): Provider {
  return setUpProvider(googleAdapter, options)
}
