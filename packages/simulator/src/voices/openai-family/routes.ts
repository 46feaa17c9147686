import { Problem } from '../../problem.ts'
import { decodedId } from '../openai/replies.ts'
import type { PathNames, Route, Routes } from './vendor.ts'

interface Row {
  method: string
  pattern: RegExp
  route: Route
}

export type FindRoute = (method: string, path: string) => { route: Route; names: PathNames }

const placeholder = /\\\{([a-z]+)(\\\.\\\.\\\.)?\\\}/g

function rowOf(key: string, route: Route): Row {
  const [method = '', path = ''] = key.split(' ')
  const literal = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pattern = literal.replace(placeholder, (_, name: string, rest?: string) =>
    rest === undefined ? `(?<${name}>[^/]+)` : `(?<${name}>.+)`,
  )
  return { method, pattern: new RegExp(`^${pattern}$`), route }
}

/** Finds the route of a request. What it returns throws Problem when there is none. */
export function routeFinder(routes: Routes): FindRoute {
  const rows = Object.entries(routes).map(([key, route]) => rowOf(key, route))
  return (method, path) => {
    const taken: string[] = []
    for (const row of rows) {
      const found = row.pattern.exec(path)
      if (!found) continue
      if (row.method === method) return { route: row.route, names: namesIn(found) }
      taken.push(row.method)
    }
    if (taken.length === 0) throw new Problem('notFound', `There is nothing at ${method} ${path}.`)
    throw new Problem('wrongMethod', `${path} takes ${taken.join(' and ')}, not ${method}.`)
  }
}

function namesIn({ groups = {} }: RegExpExecArray): PathNames {
  return Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, decodedId(text)]))
}
