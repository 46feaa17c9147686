import type { JsonObject } from '@aigne-hub/protocol'

/** Asks for JSON in words, where a request has no field for it. */
export const inJson =
  'Answer with one JSON object and with nothing else: no other words, no code fences.'

/** The same for JSON of one schema. */
export function inJsonOf(schema: JsonObject): string {
  return `${inJson} Its JSON Schema: ${JSON.stringify(schema)}`
}
