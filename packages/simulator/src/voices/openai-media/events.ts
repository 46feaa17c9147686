import type { JsonObject } from '../../json.ts'
import type { Step } from '../../reply.ts'

/** A server-sent event whose name is the `type` of its data, as OpenAI sends them. */
export function namedEvent(data: JsonObject & { type: string }): Step {
  return { send: `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n` }
}

/** A server-sent event without a name. */
export function dataEvent(data: JsonObject, tokens = 0): Step {
  return { send: `data: ${JSON.stringify(data)}\n\n`, tokens }
}
