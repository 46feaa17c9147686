import type { ListedModel, ModelFile } from '../../packages/providers/src/model-file.ts'

/** What is new, gone and other in `after`, a line each, in words. */
export function difference(before: ModelFile, after: ModelFile): string[] {
  const old = new Map(before.models.map((model) => [model.id, model]))
  const now = new Map(after.models.map((model) => [model.id, model]))
  const lines: string[] = []
  for (const [id, model] of now) {
    const was = old.get(id)
    if (was === undefined) lines.push(`+ ${id}: ${priced(model)}`)
    else lines.push(...changes(was, model).map((change) => `~ ${id}: ${change}`))
  }
  for (const id of old.keys()) if (!now.has(id)) lines.push(`- ${id}`)
  if (told(before.families) !== told(after.families)) lines.push('~ the rules of the families')
  return lines
}

const told = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))

function priced({ prices }: ListedModel): string {
  return prices.length === 0 ? 'without a price' : told(prices)
}

function changes(was: ListedModel, is: ListedModel): string[] {
  const fields = new Set([...Object.keys(was), ...Object.keys(is)]) as Set<keyof ListedModel>
  return [...fields]
    .filter((field) => told(was[field]) !== told(is[field]))
    .map((field) => `${field} ${told(was[field])} → ${told(is[field])}`)
}
