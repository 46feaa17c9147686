import type { NanoUsd } from './money.ts'

/**
 * What a request consumed, in the one form every provider's report is read into:
 * `input` includes cache reads and writes, `output` includes reasoning. Counts are whole numbers ≥ 0;
 * `seconds` may have a fraction.
 */
export interface Usage {
  /** Input tokens, cache reads and writes included. */
  input: number
  cacheRead: number
  /** Tokens written to a cache that lives five minutes (or the provider's only lifetime). */
  cacheWrite5m: number
  cacheWrite1h: number
  /** Output tokens, reasoning included. */
  output: number
  reasoning: number
  /** Audio and image tokens, counted inside `input` and `output`. */
  audioIn: number
  audioOut: number
  imageIn: number
  imageOut: number
  /** Images made. */
  images: number
  /** Seconds of audio or video. */
  seconds: number
  /** Characters read aloud. */
  characters: number
  /** Calls of tools that run at the provider, by name. */
  serverToolRequests: Record<string, number>
  serviceTier?: string
  /** What the provider itself says the call cost. */
  providerCost?: NanoUsd
  /** True when we counted because the provider did not report. */
  estimated: boolean
}

/** A full `Usage` from the counts that are known; the rest is zero. */
export function usageOf(counts: Partial<Usage> = {}): Usage {
  return {
    input: 0,
    cacheRead: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: 0,
    reasoning: 0,
    audioIn: 0,
    audioOut: 0,
    imageIn: 0,
    imageOut: 0,
    images: 0,
    seconds: 0,
    characters: 0,
    serverToolRequests: {},
    estimated: false,
    ...counts,
  }
}

/**
 * A token or item count as reported by a provider. Anything that is not a number of at least zero
 * counts as zero, and nothing above 2^53 gets through: a provider's bad report never becomes a
 * negative or absurd charge.
 */
export function readCount(value: unknown): number {
  if (typeof value !== 'number' || !(value > 0)) return 0
  return Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER)
}
