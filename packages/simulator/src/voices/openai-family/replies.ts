// Replies without the headers that all of a vendor's have: `vendorVoice` adds those.

import type { Json } from '../../json.ts'
import type { Reply, Step } from '../../reply.ts'

/** A whole answer. `lead` goes before the JSON. */
export function wholeReply(value: Json, lead = ''): Reply {
  return {
    status: 200,
    headers: [['content-type', 'application/json']],
    streamed: false,
    steps: [{ send: lead + JSON.stringify(value) }],
  }
}

/** An answer as server-sent events. */
export function eventsReply(steps: Step[]): Reply {
  return {
    status: 200,
    headers: [
      ['content-type', 'text/event-stream; charset=utf-8'],
      ['cache-control', 'no-cache'],
    ],
    streamed: true,
    steps,
  }
}

/** A file. */
export function bytesReply(contentType: string, bytes: Uint8Array): Reply {
  return {
    status: 200,
    headers: [['content-type', contentType]],
    streamed: false,
    steps: [{ send: bytes }],
  }
}
