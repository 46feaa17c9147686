export {
  checkOperatorKey,
  deriveDemoKey,
  digestApiKey,
  isWellFormed,
  type MintedApiKey,
  type MintOptions,
  maskApiKey,
  mayBeApiKey,
  mintApiKey,
} from './api-key.ts'
export { type CallerDirectory, createCallerDirectory } from './caller.ts'
export { assertMayCallFrom, isLoopback, mayUseModel } from './policy.ts'
export type { ApiKeyRow, ApiKeySource } from './ports.ts'
