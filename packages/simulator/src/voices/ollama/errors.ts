import type { Problem, ProblemKind } from '../../problem.ts'

/** Where Ollama's status is another than most vendors'. */
const statuses: Partial<Record<ProblemKind, number>> = { overloaded: 503 }

const busy = 'server busy, please try again.  maximum pending requests exceeded'

/** The status line's number. */
export function statusOf({ kind, status }: Problem): number {
  return statuses[kind] ?? status
}

/** The body of an error, and the line that ends a stream. */
export function errorBody({ kind, message }: Problem): string {
  const isBusy = kind === 'overloaded' || kind === 'unavailable'
  return JSON.stringify({ error: isBusy ? busy : message })
}

/** What the router itself refuses is no JSON. */
export function routerText({ kind }: Problem): string | undefined {
  if (kind === 'notFound') return '404 page not found'
  return kind === 'wrongMethod' ? '405 method not allowed' : undefined
}
