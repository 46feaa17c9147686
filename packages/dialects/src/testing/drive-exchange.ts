import type {
  Exchange,
  ExchangeAnswer,
  ExchangeStep,
  Operation,
  ReplyOf,
} from '@aigne-hub/protocol'
import { bytesOf } from './bytes.ts'

/** A JSON value is an answer of status 200 with it as its body. */
export const answerOf = (body: unknown): ExchangeAnswer => ({
  status: 200,
  headers: {},
  body: body instanceof Uint8Array ? body : bytesOf(JSON.stringify(body)),
})

/**
 * Runs an exchange by hand.
 * @param answers of each step, as `answerOf` takes them.
 */
export function driveExchange<O extends Operation>(
  exchange: Exchange<O>,
  answers: readonly (readonly unknown[])[],
): { steps: ExchangeStep[]; reply: ReplyOf<O> } {
  const steps: ExchangeStep[] = []
  let next = exchange.next()
  while (!next.done) {
    const given = answers[steps.length]
    if (given === undefined) throw new Error(`Nothing answers step ${steps.length}.`)
    steps.push(next.value)
    next = exchange.next(given.map(answerOf))
  }
  return { steps, reply: next.value }
}
