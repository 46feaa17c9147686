import type { Headers } from '@aigne-hub/protocol'

/**
 * How long a provider asks to be left alone, in milliseconds, or undefined when it does not say.
 * `retry-after-ms` wins over `retry-after` (seconds or an HTTP date, RFC 9110 §10.2.3); a date counts
 * from the answer's own `date` header, so that neither clock has to be right.
 */
export function readRetryAfterMs(headers: Headers): number | undefined {
  const milliseconds = amount(headers['retry-after-ms'])
  if (milliseconds !== undefined) return Math.ceil(milliseconds)
  const value = headers['retry-after']
  const seconds = amount(value)
  if (seconds !== undefined) return Math.ceil(seconds * 1000)
  const wait = Date.parse(value ?? '') - Date.parse(headers.date ?? '')
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}

function amount(value: string | undefined): number | undefined {
  if (value === undefined || !/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return undefined
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER / 1000)
}
