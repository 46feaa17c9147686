import type { Json, JsonObject } from '../json.ts'

/** The body of a chat request with one message. */
export function chatBody(content: Json, more: JsonObject = {}): JsonObject {
  return { model: 'chat', messages: [{ role: 'user', content }], ...more }
}

/** The JSON of every event of a stream but the last, which must be `[DONE]`. */
export function eventsOf(stream: string): JsonObject[] {
  const frames = stream.split('\n\n')
  if (frames.pop() !== '') throw new Error('The stream does not end with a blank line.')
  if (frames.pop() !== 'data: [DONE]') throw new Error('The stream does not end with [DONE].')
  return frames.map((frame) => JSON.parse(frame.replace(/^data: /, '')) as JsonObject)
}
