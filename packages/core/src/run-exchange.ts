import {
  type CallSignal,
  type Clock,
  type ExchangeAnswer,
  type ExchangeStep,
  HubError,
  type TransportResponse,
} from '@aigne-hub/protocol'
import type { ExchangeLane, WholeAnswer } from './lane.ts'
import type { ProviderLine } from './provider-line.ts'

/** What the answers of one step may hold together. */
const maxStepBytes = 128 * 1024 * 1024
/** Requests of one step that are under way at once. */
const atOnce = 4

interface ExchangePorts {
  line: ProviderLine
  signal: CallSignal
  clock: Clock
  /** @throws HubError for an answer that is not 2xx. */
  check(response: TransportResponse): Promise<void>
}

/**
 * Does what an exchange asks for, step by step, until it has the answer.
 * @throws HubError what the exchange or one of its requests ends with.
 */
export async function runExchange(lane: ExchangeLane, ports: ExchangePorts): Promise<WholeAnswer> {
  let step: ExchangeStep | WholeAnswer = lane.first
  while ('do' in step) step = lane.next(await take(step, ports))
  return step
}

function take(step: ExchangeStep, ports: ExchangePorts): Promise<ExchangeAnswer[]> {
  const { line, check } = ports
  let left = maxStepBytes
  const answerOf = async ({ status, headers, body }: TransportResponse) => {
    const bytes = await body.bytes(left)
    left -= bytes.length
    if (left < 0) throw tooLarge()
    return { status, headers, body: bytes }
  }
  switch (step.do) {
    case 'send':
      return fewAtOnce(step.requests, async (wire) => {
        const response = await line.send(wire)
        await check(response)
        return answerOf(response)
      })
    case 'fetch':
      return fewAtOnce(step.urls, async (url) => {
        const response = await line.fetch(url)
        if (response.status > 299) throw gone(response.status)
        return answerOf(response)
      })
    case 'wait':
      return pause(step.milliseconds, ports).then(() => [])
  }
}

function tooLarge(): HubError {
  return new HubError(
    'upstream_failed',
    `The provider's files are larger than ${maxStepBytes / 1024 / 1024} MiB together. Ask for fewer or smaller ones.`,
  )
}

function gone(status: number): HubError {
  return new HubError(
    'upstream_failed',
    `The provider made a file that cannot be fetched (HTTP ${status}). Try again.`,
  )
}

/** The results in the order of the items. The first failure ends the rest before they begin. */
async function fewAtOnce<I, R>(items: readonly I[], work: (item: I) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const at = next++
      try {
        results[at] = await work(items[at] as I)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return results
}

function pause(milliseconds: number, { clock, signal }: ExchangePorts): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const stop = () => {
      cancel()
      reject(signal.reason)
    }
    const cancel = clock.after(milliseconds, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    signal.addEventListener('abort', stop)
  })
}
