/** An answer whose body is JSON, or undefined when there is none. */
export interface JsonAnswer {
  status: number
  headers: Headers
  json: unknown
}

async function answerOf(response: Response): Promise<JsonAnswer> {
  const text = await response.text()
  const json: unknown = text === '' ? undefined : JSON.parse(text)
  return { status: response.status, headers: response.headers, json }
}

/** Sends JSON with a key as bearer token. `base` is asked for at each request: servers start late. */
export function jsonClient(base: () => string, key = 'key') {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return {
    post: async (path: string, body: object) =>
      answerOf(await fetch(base() + path, { method: 'POST', headers, body: JSON.stringify(body) })),
    get: async (path: string) => answerOf(await fetch(base() + path, { headers })),
    remove: async (path: string) =>
      answerOf(await fetch(base() + path, { method: 'DELETE', headers })),
  }
}
