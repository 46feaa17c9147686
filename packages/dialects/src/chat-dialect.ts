// What every dialect of chat has, beyond what the contract asks of dialects.

import type {
  InboundDialect,
  OutboundDialect,
  RelayHalf,
  Usage,
  WireTarget,
} from '@aigne-hub/protocol'

export type ChatInbound = InboundDialect<'chat'> &
  Required<Pick<InboundDialect<'chat'>, 'streamWriter'>>

export type ChatOutbound = OutboundDialect<'chat'> &
  Required<Pick<OutboundDialect<'chat'>, 'streamReader'>>

/** How it is passed through: whole answers, whose usage does not depend on the request, and streams. */
export type ChatRelay = Required<Pick<RelayHalf<'chat'>, 'edits' | 'scanner'>> & {
  readUsage(body: Uint8Array, target: WireTarget): Usage
}
