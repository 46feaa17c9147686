import type { AnswerStore, PinnedTarget, StoredAnswer } from '@aigne-hub/core'
import type { Message } from '@aigne-hub/protocol'
import type { StoredAnswerRow, StoredAnswers } from '@aigne-hub/store'
import { type Envelope, SealBroken } from '@aigne-hub/vault'
import type { Logger } from './log.ts'

const dayMs = 24 * 60 * 60 * 1000

/** The words of one turn, as they are sealed. */
interface Words {
  messages: readonly Message[]
  body: string
}

/** Answers that callers may continue, read and delete by their id. */
export interface AnswerKeeping extends AnswerStore {
  /** Where its provider keeps an answer; undefined for one that is here, or nowhere. */
  place(accountId: string, id: string): Promise<PinnedTarget | undefined>
  remove(accountId: string, id: string): Promise<boolean>
}

/** The store's rows with their words sealed: each opens in its own row only. */
export function sealedAnswers(
  rows: StoredAnswers,
  envelope: Envelope,
  { days, log }: { days: number; log: Logger },
): AnswerKeeping {
  const context = (accountId: string, id: string) => `${accountId}/${id}`

  function wordsOf({ accountId, id, sealed }: StoredAnswerRow): Words | undefined {
    if (sealed === undefined) return undefined
    try {
      return JSON.parse(envelope.open(sealed, context(accountId, id))) as Words
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error
      log.error('a stored response cannot be opened: was the master key changed?')
      return undefined
    }
  }

  return {
    async find(accountId, id) {
      const chain = await rows.chain(accountId, id)
      const last = chain.at(-1)
      if (!last) return undefined
      const at = placeOf(last)
      if (at) return { at }
      const messages: Message[] = []
      for (const row of chain) {
        const words = wordsOf(row)
        if (!words) return undefined
        messages.push(...words.messages)
      }
      return { messages }
    },

    async keep(answer: StoredAnswer) {
      const { accountId, id, at, previousId, messages = [], body = '' } = answer
      const createdAt = Date.now()
      const words: Words = { messages, body }
      const sealed = () => envelope.seal(JSON.stringify(words), context(accountId, id))
      await rows.keep({
        accountId,
        id,
        ...(previousId !== undefined && { previousId }),
        ...(at ?? { sealed: sealed() }),
        createdAt,
        expiresAt: createdAt + days * dayMs,
      })
    },

    async read(accountId, id) {
      const row = await rows.get(accountId, id)
      return row && wordsOf(row)?.body
    },

    async place(accountId, id) {
      const row = await rows.get(accountId, id)
      return row && placeOf(row)
    },

    remove: (accountId, id) => rows.remove(accountId, id),
  }
}

function placeOf({ provider, credentialId }: StoredAnswerRow): PinnedTarget | undefined {
  if (provider === undefined || credentialId === undefined) return undefined
  return { provider, credentialId }
}
