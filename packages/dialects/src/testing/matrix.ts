// The translation matrix: what a caller of one dialect asks and a provider of another answers, as golden
// files written from the dialects' own documentation. One file a feature; see `Feature`.

import { isJsonObject, type Json, type JsonObject } from '@aigne-hub/protocol'

export const callerDialects = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'aigne',
] as const
export type CallerDialect = (typeof callerDialects)[number]

export const providerDialects = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'bedrock-converse',
  'ollama',
] as const
export type ProviderDialect = (typeof providerDialects)[number]

/** What differs from the golden body: a merge patch (RFC 7396) on it, or a whole other body. */
interface Difference {
  patch?: Json
  body?: Json
  why: string
}

/** One feature in every dialect. Keys of the differences: `<caller's> -> <provider's>`, `<caller's> <- <provider's>`. */
export interface Feature {
  feature: string
  title: string
  /** The caller's body. For `{signature}` see `signed`. */
  requests: Partial<Record<CallerDialect, JsonObject>>
  requestDiffers?: Record<string, Difference>
  /** The body a provider must get, whatever the caller's dialect. */
  written: Partial<Record<ProviderDialect, JsonObject>>
  writtenDiffers?: Record<string, Difference & { dropped?: string[] }>
  /** Hints that a provider's dialect has no words for, by their name in the caller's request. */
  dropped?: Partial<Record<ProviderDialect, string[]>>
  /** `*` stands for any dialect. Without `error` the caller's dialect cannot say it. */
  impossible?: Record<string, Impossible>
  /** What a provider answers, whole. */
  replies: Partial<Record<ProviderDialect, JsonObject>>
  /**
   * The same answer as a stream: the data of server-sent events, without `[DONE]`; Bedrock's events, each
   * as the value of its type; Ollama's lines.
   */
  streams: Partial<Record<ProviderDialect, JsonObject[]>>
  /** The body a caller must get, whole. */
  answers: Partial<Record<CallerDialect, JsonObject>>
  answerDiffers?: Record<string, Difference>
}

export interface Impossible {
  why: string
  error?: { code: string; param?: string }
}

type Lane = 'whole' | 'stream'

/** One exchange to be checked. */
export interface Cell {
  name: string
  feature: Feature
  from: CallerDialect
  to: ProviderDialect
  lane: Lane
}

/** Every combination of two dialects and a lane. */
export function cellsOf(feature: Feature): Cell[] {
  return callerDialects.flatMap((from) =>
    providerDialects.flatMap((to) =>
      (['whole', 'stream'] as const).map((lane) => ({
        name: `${feature.feature}: ${from} → ${to}, ${lane}`,
        feature,
        from,
        to,
        lane,
      })),
    ),
  )
}

/** Keys of a file's exceptions that name no pair of dialects: slips of the pen, which would do nothing. */
export function strayKeys(feature: Feature): string[] {
  const { impossible = {}, writtenDiffers = {}, answerDiffers = {} } = feature
  const pairs = (arrow: string) =>
    callerDialects.flatMap((from) => providerDialects.map((to) => `${from} ${arrow} ${to}`))
  const wide = [
    ...providerDialects.map((to) => `* -> ${to}`),
    ...callerDialects.map((from) => `${from} -> *`),
  ]
  const stray = (keys: object, known: readonly string[]) =>
    Object.keys(keys).filter((key) => !known.includes(key))
  return [
    ...stray(impossible, [...pairs('->'), ...wide]),
    ...stray(writtenDiffers, pairs('->')),
    ...stray(answerDiffers, pairs('<-')),
  ]
}

type Place = Pick<Cell, 'feature' | 'from' | 'to'>

export function impossibleAt({ feature, from, to }: Place): Impossible | undefined {
  const { impossible = {} } = feature
  // What a caller cannot even say comes before what a provider has no words for.
  return impossible[`${from} -> ${to}`] ?? impossible[`${from} -> *`] ?? impossible[`* -> ${to}`]
}

/** @throws TypeError naming what the file lacks. */
function given<T>(value: T | undefined, feature: Feature, what: string): T {
  if (value === undefined) throw new TypeError(`${feature.feature}.json lacks ${what}.`)
  return value
}

export function requestOf({ feature, from, to }: Place): JsonObject {
  const difference = feature.requestDiffers?.[`${from} -> ${to}`]
  const common = difference?.body ?? given(feature.requests[from], feature, `requests["${from}"]`)
  return signed(differing(common, difference), to)
}

/** `{signature}` stands for "sig", signed by the provider and wrapped for a caller's dialect. */
function signed(body: Json, to: ProviderDialect): JsonObject {
  return JSON.parse(JSON.stringify(body).replaceAll('{signature}', `hub1.acme-${to}.c2ln`))
}

export function replyOf({ feature, to }: Place): JsonObject {
  return given(feature.replies[to], feature, `replies["${to}"]`)
}

export function streamOf({ feature, to }: Place): JsonObject[] {
  return given(feature.streams[to], feature, `streams["${to}"]`)
}

/** The body a provider must get, and what the caller must be told was left out. */
export function expectedWritten({ feature, from, to }: Place): { body: Json; dropped: string[] } {
  const difference = feature.writtenDiffers?.[`${from} -> ${to}`]
  const common = difference?.body ?? given(feature.written[to], feature, `written["${to}"]`)
  return {
    body: differing(common, difference),
    dropped: difference?.dropped ?? feature.dropped?.[to] ?? [],
  }
}

/** The body a caller must get. */
export function expectedAnswer({ feature, from, to }: Place): Json {
  const difference = feature.answerDiffers?.[`${from} <- ${to}`]
  const common = difference?.body ?? given(feature.answers[from], feature, `answers["${from}"]`)
  return signed(differing(common, difference), to)
}

function differing(common: Json, difference: Difference | undefined): Json {
  return difference?.patch === undefined ? common : mergePatch(common, difference.patch)
}

/** RFC 7396: objects merge, null removes, anything else replaces. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isJsonObject(patch)) return patch
  const merged: JsonObject = isJsonObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else if (value !== undefined) merged[key] = mergePatch(merged[key] ?? null, value)
  }
  return merged
}
