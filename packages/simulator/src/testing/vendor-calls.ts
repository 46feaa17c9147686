import OpenAI from 'openai'
import { isObject, type JsonObject } from '../json.ts'
import type { Listening } from '../server.ts'

/** The official client of OpenAI, with the address of another vendor. */
export function clientAt({ url }: Listening, base: string, apiKey = 'sk-test'): OpenAI {
  return new OpenAI({ baseURL: url + base, apiKey, maxRetries: 0 })
}

/** What came back. */
export interface Called {
  status: number
  /** By lower-case name. */
  headers: ReadonlyMap<string, string>
  text: string
}

/** A request by hand. */
export async function call(
  { url }: Listening,
  path: string,
  body?: JsonObject,
  headers: Record<string, string> = {},
): Promise<Called> {
  const response = await fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: new Map(response.headers), text }
}

/** The JSON of each event of a stream, comments and names left out. */
export function chunksIn(stream: string): JsonObject[] {
  return stream
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line): JsonObject => JSON.parse(line.slice('data: '.length)))
}

/** The deltas of the first choice. */
export function deltasIn(stream: string): JsonObject[] {
  return chunksIn(stream).flatMap(({ choices }) => {
    const [choice] = Array.isArray(choices) ? choices : []
    return isObject(choice) && isObject(choice.delta) ? [choice.delta] : []
  })
}

/** What a field of the deltas adds up to. */
export function joined(deltas: readonly JsonObject[], field: string): string {
  return deltas.map((delta) => (typeof delta[field] === 'string' ? delta[field] : '')).join('')
}

/** A tool that every question about the weather calls. */
export const weatherTool = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'The weather in a city.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
}
