import type { Server } from './servers.ts'

const messages = [
  { role: 'system', content: 'You are a careful assistant. Answer in a few plain sentences.' },
  {
    role: 'user',
    content:
      'Our team calls several models from several providers, each with its own key and its own ' +
      'error messages. What does a gateway change about that, and what does it cost us in time?',
  },
]

export interface Asked {
  stream: boolean
  /** The hub sends it on in another dialect. */
  translated?: boolean
}

/** The bytes of a chat request that `server` answers. */
export function chatRequest(server: Server, { stream, translated = false }: Asked): Buffer {
  const body = JSON.stringify({
    model: (translated && server.translatedModel) || server.model,
    messages,
    temperature: 0.7,
    max_tokens: 256,
    ...(stream && { stream }),
  })
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    `host: 127.0.0.1:${server.port}`,
    'content-type: application/json',
    `authorization: Bearer ${server.apiKey}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ].join('\r\n')
  return Buffer.from(`${head}\r\n\r\n${body}`)
}
