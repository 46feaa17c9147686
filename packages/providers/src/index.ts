export type { CompatibleOptions } from './adapter-from-data.ts'
export { anthropicCompatible } from './anthropic-compatible.ts'
export { bearer } from './auth/bearer.ts'
export { header } from './auth/header.ts'
export { readBaseUrl } from './base-url.ts'
export { anthropic } from './catalog/anthropic.ts'
export { google } from './catalog/google.ts'
export { openai } from './catalog/openai.ts'
export { sim } from './catalog/sim.ts'
export {
  type CustomDialect,
  type CustomProviderOptions,
  customProvider,
} from './custom-provider.ts'
export { geminiCompatible } from './gemini-compatible.ts'
export { type OpenAiCompatibleOptions, openAiCompatible } from './open-ai-compatible.ts'
export { findProvider, registry } from './registry.ts'
export { type ProviderSetUp, setUpProvider } from './set-up-provider.ts'
