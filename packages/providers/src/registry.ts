import type { ProviderAdapter } from '@aigne-hub/protocol'
import { anthropicAdapter } from './catalog/anthropic.ts'
import { azureOpenaiAdapter } from './catalog/azure-openai.ts'
import { bedrockAdapter } from './catalog/bedrock.ts'
import { deepseekAdapter } from './catalog/deepseek.ts'
import { doubaoAdapter } from './catalog/doubao.ts'
import { googleAdapter } from './catalog/google.ts'
import { groqAdapter } from './catalog/groq.ts'
import { ideogramAdapter } from './catalog/ideogram.ts'
import { lmstudioAdapter } from './catalog/lmstudio.ts'
import { mistralAdapter } from './catalog/mistral.ts'
import { ollamaAdapter } from './catalog/ollama.ts'
import { openaiAdapter } from './catalog/openai.ts'
import { openrouterAdapter } from './catalog/openrouter.ts'
import { poeAdapter } from './catalog/poe.ts'
import { simAdapter } from './catalog/sim.ts'
import { vertexAdapter } from './catalog/vertex.ts'
import { xaiAdapter } from './catalog/xai.ts'

interface Entry {
  adapter: ProviderAdapter
  /** Other names people use for it. */
  aliases?: readonly string[]
}

const entries: readonly Entry[] = [
  { adapter: openaiAdapter },
  { adapter: anthropicAdapter },
  { adapter: googleAdapter, aliases: ['gemini'] },
  { adapter: bedrockAdapter, aliases: ['aws-bedrock'] },
  { adapter: deepseekAdapter },
  { adapter: ollamaAdapter },
  { adapter: openrouterAdapter },
  { adapter: xaiAdapter, aliases: ['grok'] },
  { adapter: doubaoAdapter },
  { adapter: poeAdapter },
  { adapter: ideogramAdapter },
  { adapter: lmstudioAdapter, aliases: ['lm-studio'] },
  { adapter: azureOpenaiAdapter },
  { adapter: vertexAdapter },
  { adapter: mistralAdapter },
  { adapter: groqAdapter },
  { adapter: simAdapter },
]

/** Every provider we know. `sim` needs a transport of its own: see `sim()`. */
export const registry: readonly ProviderAdapter[] = entries.map(({ adapter }) => adapter)

const byName: ReadonlyMap<string, ProviderAdapter> = new Map(
  entries.flatMap(({ adapter, aliases = [] }) =>
    [adapter.id, ...aliases].map((name) => [name, adapter] as const),
  ),
)

/** The provider of this id or alias. */
export function findProvider(name: string): ProviderAdapter | undefined {
  return byName.get(name)
}
