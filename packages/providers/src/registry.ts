import type { ProviderAdapter } from '@aigne-hub/protocol'
import { anthropicAdapter } from './catalog/anthropic.ts'
import { googleAdapter } from './catalog/google.ts'
import { openaiAdapter } from './catalog/openai.ts'
import { simAdapter } from './catalog/sim.ts'

interface Entry {
  adapter: ProviderAdapter
  /** Other names people use for it. */
  aliases?: readonly string[]
}

const entries: readonly Entry[] = [
  { adapter: openaiAdapter },
  { adapter: anthropicAdapter },
  { adapter: googleAdapter, aliases: ['gemini'] },
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
