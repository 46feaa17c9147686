import { invalid } from './fields.ts'

const versions = ['2023-06-01', '2026-10-21'] as const

/** What the header `anthropic-version` names. */
export type ApiVersion = (typeof versions)[number]

/** @throws Problem when the header is absent, or names no version. */
export function versionOf(headers: Readonly<Record<string, string>>): ApiVersion {
  const named = headers['anthropic-version']
  if (named === undefined) throw invalid('anthropic-version', 'header is required')
  const version = versions.find((one) => one === named)
  if (version === undefined) {
    throw invalid('anthropic-version', `"${named}" is not a valid version for this API`)
  }
  return version
}

/** The version that takes no sampling parameters any more. */
export function isOfOctober2026(version: ApiVersion): boolean {
  return version === '2026-10-21'
}
