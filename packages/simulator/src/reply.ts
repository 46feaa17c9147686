/** A header's name is lower-case. */
export type Header = readonly [name: string, value: string]

/** How a connection ends other than well: no more bytes ever, closed, or torn down with a RST. */
export type Ending = 'hang' | 'close' | 'reset'

/** One thing that happens on the connection after the head. */
export type Step =
  | { send: string | Uint8Array; tokens?: number }
  | { waitMs: number }
  | { ending: Ending }

/** What a provider answers, as it will go over the wire. */
export interface Reply {
  status: number
  /** Without those that frame the body. */
  headers: Header[]
  steps: Step[]
  /** Sent in chunks, at the pace of the simulator; else whole, at once, with its length announced. */
  streamed: boolean
  /** The length a whole reply announces; absent = the right one. */
  announcedBytes?: number
  /** The time before the head. */
  delayMs?: number
  /** Instead of all of the above: the connection ends before there is a head. */
  silent?: Ending
}

/** The bytes of one piece. */
export function byteLength(piece: string | Uint8Array): number {
  return typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length
}

function sentBytes(steps: readonly Step[]): number {
  let total = 0
  for (const step of steps) if ('send' in step) total += byteLength(step.send)
  return total
}

/** The reply's headers, with the length of a whole one. */
export function wireHeaders(reply: Reply): Header[] {
  if (reply.streamed) return reply.headers
  const length = reply.announcedBytes ?? sentBytes(reply.steps)
  return [...reply.headers, ['content-length', String(length)]]
}
