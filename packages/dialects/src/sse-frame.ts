// Single frames of server-sent events, and the JSON in them. Source: WHATWG HTML, "Server-sent events",
// 9.2.6.

import { isJsonObject, type Json, type JsonObject } from '@aigne-hub/protocol'

const LF = 0x0a
const CR = 0x0d
const decoder = new TextDecoder()

/** The position after the blank line that ends the frame at `start`; the end of `bytes` without one. */
export function frameEnd(bytes: Uint8Array, start: number): number {
  let lineStart = start
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte !== LF && byte !== CR) continue
    const isBlank = at === lineStart
    if (byte === CR && bytes[at + 1] === LF) at++
    if (isBlank) return at + 1
    lineStart = at + 1
  }
  return bytes.length
}

/** What a frame says. */
export interface SseFrame {
  /** Its `data:` lines; undefined when it has none. */
  data?: string
  event?: string
  /** A line that opens with a bracket and all that follows it: JSON that is no event. */
  json?: string
}

export function readFrame(bytes: Uint8Array): SseFrame {
  const frame: SseFrame = {}
  const lines = decoder.decode(bytes).split(/\r\n|\n|\r/)
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string
    if (line.startsWith('data:')) {
      const value = line.slice(line[5] === ' ' ? 6 : 5)
      frame.data = frame.data === undefined ? value : `${frame.data}\n${value}`
    } else if (line.startsWith('event:')) frame.event = line.slice('event:'.length).trim()
    else if (line.startsWith('{') || line.startsWith('[')) {
      frame.json = lines.slice(at).join('\n').trim()
      break
    }
  }
  return frame
}

/** The object in the data of a frame; some servers wrap an error in an array. */
export function parseEvent(data: string): JsonObject | undefined {
  try {
    const value = JSON.parse(data) as Json
    const event = Array.isArray(value) ? value[0] : value
    return isJsonObject(event) ? event : undefined
  } catch {
    return undefined
  }
}
