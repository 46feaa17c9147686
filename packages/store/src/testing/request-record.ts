import type { RequestRecord } from '@aigne-hub/core'
import { usageOf } from '@aigne-hub/protocol'

/** A plain record, with whatever a test wants otherwise. */
export function requestRecord(id: string, changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id,
    createdAt: 1_795_184_208_087,
    accountId: 'system',
    keyId: 'k1',
    operation: 'chat',
    dialect: 'openai-chat',
    requestedModel: 'sim/chat',
    stream: false,
    status: 200,
    attempts: [],
    usage: usageOf({ input: 100, output: 50 }),
    dropped: [],
    durationMs: 12.5,
    ...changes,
  }
}
