import type { Json } from '@aigne-hub/protocol'

/** Walks down from `root`, the way `path` chooses, and puts `value` in the place of what it finds. */
export function replaceSomewhere(root: Json, path: Iterator<number>, value: Json): void {
  let node = root as Record<string, Json>
  for (;;) {
    const keys = Object.keys(node)
    const key = keys[(path.next().value as number) % keys.length] as string
    const child = node[key] ?? null
    const isLeaf = typeof child !== 'object' || child === null || Object.keys(child).length === 0
    if (isLeaf || (path.next().value as number) % 3 === 0) {
      node[key] = value
      return
    }
    node = child as Record<string, Json>
  }
}
