// What a provider of the registry is sent for a chat.

import type {
  ChatRequest,
  JsonObject,
  Model,
  OutboundDialect,
  WireTarget,
} from '@aigne-hub/protocol'
import { findProvider } from '../registry.ts'

/** What is known of a model, listed or not. */
export function modelOf(provider: string, id: string): Model | undefined {
  const adapter = findProvider(provider)
  return adapter?.models.find((model) => model.id === id) ?? adapter?.unlisted?.(id, 'chat')
}

/** The dialect a chat with `provider/model` is written in, and the target as a router would build it. */
export function route(name: string): [OutboundDialect<'chat'>, WireTarget] {
  const slash = name.indexOf('/')
  const provider = name.slice(0, slash)
  const id = name.slice(slash + 1)
  const adapter = findProvider(provider)
  const model = modelOf(provider, id)
  const chat = adapter?.dialects.chat?.find(
    (dialect) => model?.dialects?.includes(dialect.id) ?? true,
  )
  if (!adapter || !chat || !model) throw new Error(`Nobody serves ${name}.`)
  const { quirks = adapter.quirks, limits = {} } = model
  return [chat, { provider, model: id, quirks, limits }]
}

export const hello: ChatRequest = {
  model: 'asked-for',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
  sampling: {},
}

/** What `provider/model` is sent. */
export function written(
  name: string,
  asked: Partial<ChatRequest>,
): { path: string; body: JsonObject; dropped: string[] } {
  const [chat, target] = route(name)
  const { path, body, dropped } = chat.writeRequest({ ...hello, ...asked }, target)
  return { path, body: JSON.parse(String(body)), dropped }
}
