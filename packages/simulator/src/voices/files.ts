// Files that answers link to: pictures and films, under the mount of the vendor that made them.

import type { KeptFile } from '../kept.ts'
import { Problem } from '../problem.ts'
import { httpDate, problemReply } from './openai/replies.ts'
import type { Voice, VoiceContext, VoiceRequest } from './voice.ts'

const extensions = {
  'image/png': 'png',
  'video/mp4': 'mp4',
} as const

/** What a link leads to. */
export type LinkedType = keyof typeof extensions

const linkLifetimeMs = 24 * 60 * 60 * 1000

/** Where links lead, without a slash at the end; undefined in process, where there is no such place. */
function mountUrl({ headers, target, path }: VoiceRequest): string | undefined {
  const { host } = headers
  if (host === undefined) return undefined
  const [bare = ''] = target.split('?', 1)
  const mount = bare.endsWith(path) ? bare.slice(0, -path.length) : ''
  return `http://${host}${mount}`
}

/** A link to a file that anybody can follow for a day; in process a data URL. */
export function linkTo(
  bytes: Uint8Array,
  contentType: LinkedType,
  request: VoiceRequest,
  { files, random, nowMs }: VoiceContext,
): string {
  const place = mountUrl(request)
  if (place === undefined) {
    return `data:${contentType};base64,${Buffer.from(bytes).toString('base64')}`
  }
  const name = `${random.id(24)}.${extensions[contentType]}`
  files.put(name, { contentType, bytes, expiresMs: nowMs + linkLifetimeMs })
  return `${place}/files/${name}`
}

const linkPath = /^(?:\/[a-z-]+)?\/files\/([A-Za-z0-9]{24}\.[a-z0-9]+)$/

/** Whether `path`, with its mount, is one that `linkTo` makes. */
export function isLink(path: string): boolean {
  return linkPath.test(path)
}

function fileAt(path: string, { files, nowMs }: VoiceContext): KeptFile {
  const file = files.get(linkPath.exec(path)?.[1] ?? '')
  if (file && file.expiresMs > nowMs) return file
  throw new Problem('notFound', `There is no file at ${path}: it may have expired.`)
}

export const files: Voice = {
  keyOf: () => undefined,
  isOpen: () => true,
  answer({ method, path }, context) {
    if (method !== 'GET') throw new Problem('wrongMethod', `${path} takes GET, not ${method}.`)
    const { contentType, bytes } = fileAt(path, context)
    return {
      status: 200,
      headers: [
        ['content-type', contentType],
        ['date', httpDate(context.nowMs)],
      ],
      streamed: false,
      steps: [{ send: bytes }],
    }
  },
  problem: problemReply,
  problemFrame: () => '',
}
