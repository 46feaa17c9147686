import { readFileSync } from 'node:fs'
import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml'
import type { z } from 'zod'
import type { Environment } from './config.ts'
import { ConfigError } from './config-error.ts'
import { HubFile } from './hub-file-schema.ts'

type Path = readonly PropertyKey[]

/**
 * Reads and checks `hub.yaml` as a whole. `${NAME}` in a value is replaced by that variable.
 * @throws ConfigError naming the file, the line and what to change; nothing is half applied.
 */
export function readHubFile(
  { path, required }: { path: string; required: boolean },
  env: Environment,
): HubFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && !required) return HubFile.parse({})
    throw new ConfigError(
      required
        ? `HUB_CONFIG names ${path}, which cannot be read (${code}).`
        : `${path} cannot be read (${code}). Mend it, or name another file with HUB_CONFIG.`,
    )
  }
  return parseHubFile(text, path, env)
}

/** The same from text; `path` is only for messages. */
export function parseHubFile(text: string, path: string, env: Environment): HubFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const fail = (offset: number, message: string): never => {
    throw new ConfigError(`${path}:${lines.linePos(offset).line}: ${message}`)
  }
  const [syntaxError] = document.errors
  if (syntaxError) fail(syntaxError.pos[0], inWords(syntaxError))

  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return
      node.value = node.value.replace(/\$\{([^}]*)\}/g, (_match, name: string) => {
        const value = env[name]
        if (value !== undefined && value !== '') return value
        return fail(
          node.range?.[0] ?? 0,
          name === ''
            ? `"\${}" names no environment variable. Write its name between the braces.`
            : `the environment variable ${name} is not set. Set it, or remove this line.`,
        )
      })
    },
    Alias(_, node) {
      if (node.resolve(document)) return
      fail(
        node.range?.[0] ?? 0,
        `there is no anchor "&${node.source}" before this. Add it, or write the value out.`,
      )
    },
  })

  const result = HubFile.safeParse(read(document, fail) ?? {})
  if (result.success) return result.data
  const issue = result.error.issues[0] as z.core.$ZodIssue
  const { path: at, message } = describe(issue)
  return fail(offsetOf(document.contents, at), message)
}

function inWords({ code, message }: YAMLParseError): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here. Keep one.'
  const line = message.split('\n')[0] ?? ''
  return `${line.endsWith('.') ? line : `${line}.`} Mend the YAML.`
}

/** The one thing that is only noticed here: a few anchors can stand for gigabytes. */
function read(document: Document, fail: (offset: number, message: string) => never): unknown {
  try {
    return document.toJS()
  } catch {
    return fail(0, 'its anchors are repeated too often. Write the values out.')
  }
}

/** `providers[0].baseUrl` */
function written(path: Path): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number'
        ? `${text}[${step}]`
        : text
          ? `${text}.${String(step)}`
          : String(step),
    '',
  )
}

/** What is wrong, in words, and the path of the node to point at. */
function describe(issue: z.core.$ZodIssue): { path: Path; message: string } {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? ''
    const place = issue.path.length > 0 ? ` in ${written(issue.path)}` : ''
    return {
      path: [...issue.path, key],
      message: `unknown key "${key}"${place}. Check its spelling, or remove it.`,
    }
  }
  // A missing value has no node of its own: point at what should hold it.
  const field = written(issue.path)
  return {
    path: issue.path,
    message: field ? `${field}: ${issue.message}` : issue.message,
  }
}

/** Where the node of a path begins; the nearest one that exists, when it does not. */
function offsetOf(root: Node | null, path: Path): number {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step)
      if (!pair) break
      offset = (pair.key as Node).range?.[0] ?? offset
      node = pair.value
    } else {
      const items = (node as { items?: unknown[] } | null)?.items
      if (!items || typeof step !== 'number' || !items[step]) break
      node = items[step]
      offset = (node as Node).range?.[0] ?? offset
    }
  }
  return offset
}
