/**
 * Text as one segment of a path. Half a surrogate pair, which JSON can hold and no address can, becomes
 * U+FFFD.
 */
export function pathSegment(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD'))
}
