import type { Headers } from '@aigne-hub/protocol'

/**
 * How long a provider asks to be left alone, in milliseconds, or undefined when it does not say.
 * `retry-after-ms` wins over `retry-after` (seconds or an HTTP date, RFC 9110 §10.2.3); a date counts
 * from the answer's own `date` header, so that neither clock has to be right. A 429 without them may
 * still tell when its limit begins anew (`x-ratelimit-reset-…`).
 */
export function readRetryAfterMs(headers: Headers, status?: number): number | undefined {
  const milliseconds = amount(headers['retry-after-ms'])
  if (milliseconds !== undefined) return Math.ceil(milliseconds)
  const value = headers['retry-after']
  const seconds = amount(value)
  if (seconds !== undefined) return Math.ceil(seconds * 1000)
  const wait = Date.parse(value ?? '') - Date.parse(headers.date ?? '')
  if (!Number.isNaN(wait)) return Math.max(0, wait)
  return status === 429 ? readLimitResetMs(headers) : undefined
}

function amount(value: string | undefined): number | undefined {
  if (value === undefined || !/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return undefined
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER / 1000)
}

const dayMs = 86_400_000

/**
 * When the limits that are used up begin anew: `x-ratelimit-reset-requests` and `-tokens`, in seconds
 * (Poe) or as a duration such as `2m59.56s` (OpenAI, Groq). More than a day is no wait but a date.
 */
function readLimitResetMs(headers: Headers): number | undefined {
  let longest: number | undefined
  for (const kind of ['requests', 'tokens']) {
    const left = amount(headers[`x-ratelimit-remaining-${kind}`]) ?? 0
    const reset = headers[`x-ratelimit-reset-${kind}`]
    const seconds = amount(reset)
    const wait = seconds === undefined ? readDurationMs(reset) : Math.ceil(seconds * 1000)
    if (left > 0 || wait === undefined || wait > dayMs) continue
    longest = Math.max(longest ?? 0, wait)
  }
  return longest
}

/** `1h2m3.5s`, `2m59.56s`, `120ms`. */
function readDurationMs(text: string | undefined): number | undefined {
  const parts =
    /^(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,9}(?:\.\d{1,9})?)s)?(?:(\d{1,9}(?:\.\d{1,9})?)ms)?$/.exec(
      text?.trim() ?? '',
    )
  if (!parts || parts[0] === '') return undefined
  const [, hours = '0', minutes = '0', seconds = '0', milliseconds = '0'] = parts
  const wholeMs = Number(hours) * 3_600_000 + Number(minutes) * 60_000
  return Math.ceil(wholeMs + Number(seconds) * 1000 + Number(milliseconds))
}
